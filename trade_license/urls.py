"""Trade licences on the web."""

from __future__ import annotations

from django.urls import path

from trade_license import paper_views, views

app_name = "trade_license"

urlpatterns = [
    path("", views.enquiry, name="enquiry"),
    path("pay/", views.pay, name="pay"),
    path("certificate.pdf", paper_views.copy_pdf, name="copy_pdf"),
    path("certificates/<slug:token>.pdf", paper_views.certificate_pdf, name="certificate_pdf"),
]
