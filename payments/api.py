"""Door: payment orders and receipts over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from kmc_portal.common.clock import IST, day_of
from kmc_portal.common.rest import Problem
from kmc_portal.common.web import client_address
from payments import guesses, queries
from payments.services import OrderNotFound
from payments.verifiables import CodeNotGenuine, verification

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


class PaperOut(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="receipt, no_dues_certificate …")
    number = serializers.CharField()
    receipt_number = serializers.CharField(allow_null=True, help_text="the same, of a receipt")
    issued_on = serializers.DateField()
    paid_on = serializers.DateField(allow_null=True)
    amount_paise = serializers.IntegerField(allow_null=True)
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
        responses={200: PaymentOrderOut, 404: Problem, 429: Problem},
    )
    def get(self, request: Request, number: str) -> Response:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        token = given if scheme.lower() == "bearer" else request.query_params.get("token", "")
        try:
            found = queries.order_status(token=token)
        except OrderNotFound:
            guesses.note_guess(address=client_address(request), now=timezone.now())
            raise
        if found.order.order_number != number:
            raise OrderNotFound
        return Response(order_document(found.order, receipt_token=found.receipt_token))


class Paper(APIView):
    """What `/verify/` shows of a receipt, or of another paper of ours: is it genuine, and what does it prove today."""

    @extend_schema(operation_id="receipt", responses={200: PaperOut, 404: Problem, 422: Problem, 429: Problem})
    def get(self, request: Request, code: str) -> Response:
        try:
            found = verification(code=code, on=day_of(timezone.now()))
        except CodeNotGenuine:
            guesses.note_guess(address=client_address(request), now=timezone.now())
            raise
        return Response(
            {
                "kind": found.kind,
                "number": found.number,
                "receipt_number": found.number if found.kind == "receipt" else None,
                "issued_on": found.issued_on.isoformat() if found.issued_on else None,
                "paid_on": found.paid_on.isoformat() if found.paid_on else None,
                "amount_paise": found.amount_paise,
                "status": found.status,
            }
        )
