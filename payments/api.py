"""Door: payment orders and receipts over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from kmc_portal.common.clock import IST
from kmc_portal.common.rest import Problem
from payments import queries
from payments.services import OrderNotFound

if TYPE_CHECKING:
    from rest_framework.request import Request

    from payments.models import PaymentOrder


class PaymentOrderOut(serializers.Serializer[Any]):
    order_number = serializers.CharField()
    token = serializers.CharField(help_text="needed to look at the order; whoever holds it may pay")
    amount_paise = serializers.IntegerField()
    state = serializers.CharField()
    pay_url = serializers.URLField()
    expires_at = serializers.DateTimeField()
    receipt_url = serializers.URLField(allow_null=True)
    lines = serializers.ListField(child=serializers.DictField())


class ReceiptOut(serializers.Serializer[Any]):
    receipt_number = serializers.CharField()
    issued_on = serializers.DateField()
    paid_on = serializers.DateField()
    amount_paise = serializers.IntegerField()
    status = serializers.CharField()


def order_document(order: PaymentOrder, *, receipt_token: str = "") -> dict[str, Any]:
    """Return an order as REST shows it to whoever holds its token."""
    receipt = reverse("payments:receipt", args=[receipt_token]) if receipt_token else None
    return {
        "order_number": order.order_number,
        "token": order.token,
        "amount_paise": order.amount_paise,
        "state": order.state,
        "pay_url": settings.PUBLIC_BASE_URL + reverse("payments:pay", args=[order.token]),
        "expires_at": order.expires_at.astimezone(IST).isoformat(),
        "receipt_url": settings.PUBLIC_BASE_URL + receipt if receipt else None,
        "lines": order.snapshot["lines"],
    }


class Order(APIView):
    """An order, for whoever holds its token."""

    @extend_schema(
        operation_id="payment_order",
        parameters=[OpenApiParameter("token", str, required=True, description="or `Authorization: Bearer …`")],
        responses={200: PaymentOrderOut, 404: Problem},
    )
    def get(self, request: Request, number: str) -> Response:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        token = given if scheme.lower() == "bearer" else request.query_params.get("token", "")
        found = queries.order_status(token=token)
        if found.order.order_number != number:
            raise OrderNotFound
        return Response(order_document(found.order, receipt_token=found.receipt_token))


class Receipt(APIView):
    """What `/verify/` shows of a receipt: is this paper genuine."""

    @extend_schema(operation_id="receipt", responses={200: ReceiptOut, 404: Problem, 422: Problem})
    def get(self, request: Request, code: str) -> Response:
        found = queries.verification(code=code)
        return Response(
            {
                "receipt_number": found.receipt_number,
                "issued_on": found.issued_on.isoformat(),
                "paid_on": found.paid_on.isoformat(),
                "amount_paise": found.amount_paise,
                "status": found.status,
            }
        )
