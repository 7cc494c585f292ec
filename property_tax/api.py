"""Door: property tax over REST."""

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
from property_tax import inputs, services
from property_tax.queries import assessee_dues

if TYPE_CHECKING:
    from rest_framework.request import Request


LARGEST_PAISE = 2**53 - 1  # beyond it JSON numbers are no longer exact


class HeadingsOut(serializers.Serializer[Any]):
    PD = HeadingOut()
    FS = HeadingOut()
    LOI = HeadingOut()


class DuesOut(serializers.Serializer[Any]):
    assessee_number = serializers.CharField()
    as_of = serializers.DateField()
    total_paise = serializers.IntegerField()
    headings = HeadingsOut()
    next_change = NextChangeOut(allow_null=True)


class Dues(APIView):
    """Everything due under an assessee number, as of today or of the day in `on`."""

    class Query(serializers.Serializer[Any]):
        on = serializers.DateField(required=False)

    @extend_schema(
        operation_id="property_tax_dues",
        parameters=[OpenApiParameter("on", str, description="as of this day, YYYY-MM-DD")],
        responses={200: DuesOut, 404: Problem, 422: Problem},
    )
    def get(self, request: Request, number: str) -> Response:
        query = self.Query(data=request.query_params)
        query.is_valid(raise_exception=True)
        on = query.validated_data.get("on") or day_of(timezone.now())
        found = assessee_dues(assessee_number=inputs.assessee_number(number), on=on)
        return Response(dues_document("assessee_number", found.assessee.assessee_number, found.dues))


class OpenPayment(APIView):
    """Open an order for everything due under one heading, or under all with `ALL`; for a part of it where the rules allow it."""

    class Body(serializers.Serializer[Any]):
        assessee_number = CleanField(inputs.assessee_number)
        heading = CleanField(inputs.heading)
        amount_paise = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_PAISE)

    @extend_schema(
        operation_id="property_tax_open_payment",
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        request=Body,
        responses={201: PaymentOrderOut, 404: Problem, 409: Problem, 422: Problem},
    )
    def post(self, request: Request) -> Response:
        body = self.Body(data=request.data)
        body.is_valid(raise_exception=True)
        order = services.open_payment(
            **body.validated_data,
            source=Source.API,
            now=timezone.now(),
            language=get_language() or "en",
            idempotency_key=request.headers.get("Idempotency-Key", "")[:80],
        )
        return Response(order_document(order), status=201)
