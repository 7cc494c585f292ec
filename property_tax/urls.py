"""Property tax on the web."""

from __future__ import annotations

from django.urls import path

from property_tax import views

app_name = "property_tax"

urlpatterns = [
    path("", views.enquiry, name="enquiry"),
    path("pay/", views.pay, name="pay"),
]
