"""Door: trade licences over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from kmc_portal.common.clock import day_of
from kmc_portal.common.dues import dues_document
from kmc_portal.common.dues_api import HeadingOut, NextChangeOut
from kmc_portal.common.rest import CleanField, Problem
from payments.api import PaymentOrderOut, order_document
from payments.states import Source
from trade_license import inputs, services
from trade_license.queries import license_dues

if TYPE_CHECKING:
    from rest_framework.request import Request


class LicenseHeadingsOut(serializers.Serializer[Any]):
    RENEWAL = HeadingOut()
    ARREARS = HeadingOut()


class LicenseDuesOut(serializers.Serializer[Any]):
    ce_number = serializers.CharField()
    as_of = serializers.DateField()
    total_paise = serializers.IntegerField()
    headings = LicenseHeadingsOut()
    next_change = NextChangeOut(allow_null=True)


class Dues(APIView):
    """Everything due for a certificate of enlistment, as of today or of the day in `on`, and what further years cost."""

    class Query(serializers.Serializer[Any]):
        on = serializers.DateField(required=False)
        years = CleanField(inputs.years, required=False)

    @extend_schema(
        operation_id="trade_license_dues",
        parameters=[
            OpenApiParameter("ce_number", str, OpenApiParameter.PATH),
            OpenApiParameter("on", str, description="as of this day, YYYY-MM-DD"),
            OpenApiParameter("years", str, description="renew for so many years: one of those sold, or `life`"),
        ],
        responses={200: LicenseDuesOut, 404: Problem, 409: Problem, 422: Problem},
    )
    def get(self, request: Request, number: str) -> Response:
        query = self.Query(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        on = asked.get("on") or day_of(timezone.now())
        found = license_dues(ce_number=inputs.ce_number(number), on=on, years=asked.get("years") or "1")
        return Response(dues_document("ce_number", found.license.ce_number, found.dues))


class OpenPayment(APIView):
    """Open an order for everything due for a certificate and for the further years of a term that is sold."""

    class LicenseOrderBody(serializers.Serializer[Any]):
        ce_number = CleanField(inputs.ce_number)
        years = CleanField(inputs.years, required=False, default="1")

    @extend_schema(
        operation_id="trade_license_open_payment",
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        request=LicenseOrderBody,
        responses={201: PaymentOrderOut, 404: Problem, 409: Problem, 422: Problem},
    )
    def post(self, request: Request) -> Response:
        body = self.LicenseOrderBody(data=request.data)
        body.is_valid(raise_exception=True)
        order = services.open_payment(
            **body.validated_data,
            source=Source.API,
            now=timezone.now(),
            language=get_language() or "en",
            idempotency_key=request.headers.get("Idempotency-Key", "")[:80],
        )
        return Response(order_document(order), status=201)
