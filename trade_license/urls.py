"""Trade licences on the web."""

from __future__ import annotations

from django.urls import path

from trade_license import apply_views, change_views, closure_views, paper_views, views

app_name = "trade_license"

urlpatterns = [
    path("", views.enquiry, name="enquiry"),
    path("pay/", views.pay, name="pay"),
    path("apply/", apply_views.estimate, name="estimate"),
    path("apply/details/", apply_views.apply, name="apply"),
    path("change/<str:number>/<slug:kind>/", change_views.change, name="change"),
    path("applications/", apply_views.applications, name="applications"),
    path("applications/<slug:number>/", apply_views.application, name="application"),
    path("applications/<slug:number>/withdraw/", apply_views.withdraw, name="withdraw"),
    path("applications/<slug:number>/pay/", apply_views.pay, name="pay_application"),
    path("close/", closure_views.ask, name="close"),
    path("close/code/", closure_views.confirm, name="close_code"),
    path("closed/", closure_views.closed, name="closed"),
    path("certificate.pdf", paper_views.copy_pdf, name="copy_pdf"),
    path("certificates/<slug:token>.pdf", paper_views.certificate_pdf, name="certificate_pdf"),
]
