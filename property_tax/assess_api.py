"""Door: value a property over REST. Nothing is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from kmc_portal.common.clock import day_of
from kmc_portal.common.rest import Problem
from property_tax.assessment import METHODS, QuestionMalformed, assess
from property_tax.assessment_words import document

if TYPE_CHECKING:
    from rest_framework.request import Request


class Question(serializers.Serializer[Any]):
    """A valuation question: by `annual_value` or by `unit_area`. Numbers and amounts are texts, `"3000.50"`."""

    method = serializers.ChoiceField(METHODS)
    on = serializers.DateField(required=False)
    ward = serializers.CharField(
        required=False, help_text="for its Howrah Bridge tax, where the percentage is not given"
    )
    tax_rate_percent = serializers.CharField(required=False)
    howrah_bridge_tax_percent = serializers.CharField(required=False)
    monthly_rent_rupees = serializers.CharField(required=False)
    annual_value_rupees = serializers.CharField(required=False)
    gross_yearly_receipts_rupees = serializers.CharField(required=False)
    market_value_rupees = serializers.CharField(required=False)
    land_cottahs = serializers.CharField(required=False)
    commercial_annual_value_rupees = serializers.CharField(required=False)
    occupancy = serializers.CharField(required=False)
    category = serializers.CharField(required=False)
    property_class = serializers.CharField(required=False)
    road_width_m = serializers.CharField(required=False)
    location_factor = serializers.CharField(required=False)
    previous_annual_tax_rupees = serializers.CharField(required=False)
    area_sq_ft = serializers.CharField(required=False)
    age_years = serializers.CharField(required=False)
    usage = serializers.CharField(required=False)
    structure = serializers.CharField(required=False)
    usage_factor = serializers.CharField(required=False)
    age_factor = serializers.CharField(required=False)
    structure_factor = serializers.CharField(required=False)
    occupancy_factor = serializers.CharField(required=False)
    what = serializers.ChoiceField(("building", "land"), required=False)
    is_new = serializers.BooleanField(required=False)
    parts = serializers.ListField(child=serializers.DictField(), required=False)


class YearOut(serializers.Serializer[Any]):
    property_tax_paise = serializers.IntegerField()
    howrah_bridge_tax_paise = serializers.IntegerField()
    commercial_surcharge_paise = serializers.IntegerField()
    total_paise = serializers.IntegerField()


class QuarterLineOut(serializers.Serializer[Any]):
    head = serializers.CharField()
    amount_paise = serializers.IntegerField()


class QuarterOut(serializers.Serializer[Any]):
    lines = QuarterLineOut(many=True)
    gross_paise = serializers.IntegerField()
    rebate_paise = serializers.IntegerField()
    net_paise = serializers.IntegerField()


class FactorOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    part = serializers.IntegerField()
    unit = serializers.CharField()
    amount_paise = serializers.IntegerField(allow_null=True)
    value = serializers.CharField(allow_null=True)
    rule = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the metaclass takes fields off the class
    confidence = serializers.CharField()
    arithmetic = serializers.CharField()


class RemarkOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    sentence = serializers.CharField()


class AssessmentOut(serializers.Serializer[Any]):
    method = serializers.CharField()
    on = serializers.DateField()
    annual_value_paise = serializers.IntegerField()
    annual = YearOut()
    uncapped = YearOut(allow_null=True)
    quarter = QuarterOut()
    factors = FactorOut(many=True)
    assumptions = serializers.ListField(child=serializers.CharField())
    remarks = RemarkOut(many=True)


class Assessment(APIView):
    """What a property would be valued at and what a quarter's tax would be, with every figure on the way."""

    @extend_schema(
        operation_id="property_tax_assessment", request=Question, responses={200: AssessmentOut, 422: Problem}
    )
    def post(self, request: Request) -> Response:
        if not isinstance(request.data, dict):
            raise QuestionMalformed
        return Response(document(assess(request.data, today=day_of(timezone.now()))))
