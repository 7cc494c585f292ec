"""Property tax on the web."""

from __future__ import annotations

from django.urls import path

from property_tax import assess_views, paper_views, search_views, views, ward_views

app_name = "property_tax"

urlpatterns = [
    path("", views.enquiry, name="enquiry"),
    path("pay/", views.pay, name="pay"),
    path("statement/", paper_views.statement, name="statement"),
    path("statement.pdf", paper_views.statement_pdf, name="statement_pdf"),
    path("bills/<str:number>/<str:heading>.pdf", paper_views.bill_pdf, name="bill_pdf"),
    path("certificates/", paper_views.issue_certificate, name="issue_certificate"),
    path("certificates/<slug:token>/", paper_views.certificate, name="certificate"),
    path("certificates/<slug:token>.pdf", paper_views.certificate_pdf, name="certificate_pdf"),
    path("wards/", ward_views.wards, name="wards"),
    path("search/", search_views.search, name="search"),
    path("assess/", assess_views.methods, name="assess"),
    path("assess/annual-value/", assess_views.annual_value, name="assess_annual_value"),
    path("assess/unit-area/", assess_views.unit_area, name="assess_unit_area"),
]
