"""Property tax on the web."""

from __future__ import annotations

from django.urls import path

from property_tax import assess_views, search_views, views

app_name = "property_tax"

urlpatterns = [
    path("", views.enquiry, name="enquiry"),
    path("pay/", views.pay, name="pay"),
    path("search/", search_views.search, name="search"),
    path("assess/", assess_views.methods, name="assess"),
    path("assess/annual-value/", assess_views.annual_value, name="assess_annual_value"),
    path("assess/unit-area/", assess_views.unit_area, name="assess_unit_area"),
]
