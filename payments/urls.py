"""Payment links, receipts and their verification, and where gateways come back to."""

from __future__ import annotations

from django.urls import path

from payments import hooks, views

app_name = "payments"

urlpatterns = [
    path("pay/<slug:token>/", views.pay, name="pay"),
    path("pay/<slug:token>/upi/", views.pay_by_upi, name="pay_by_upi"),
    path("pay/<slug:token>/status/", views.status, name="status"),
    path("pay/<slug:token>/check/", views.check, name="check"),
    path("pay/return/<slug:account>/", views.gateway_return, name="gateway_return"),
    path("receipts/<slug:token>/", views.receipt, name="receipt"),
    path("receipts/<slug:token>.pdf", views.receipt_pdf, name="receipt_pdf"),
    path("verify/", views.verify, name="verify"),
    path("verify/<str:code>/", views.verify_code, name="verify_code"),
    path("hooks/billdesk/<slug:account>/", hooks.gateway_webhook, name="gateway_webhook"),
    path("hooks/razorpay/<slug:account>/", hooks.gateway_webhook, name="razorpay_webhook"),
]
