"""Door: finding a property without its number, over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from kmc_portal.common.rest import CleanField, Problem
from kmc_portal.common.web import client_address
from property_tax import inputs, privacy
from property_tax.search import by_address

if TYPE_CHECKING:
    from rest_framework.request import Request

QUESTION = [
    OpenApiParameter("ward", str, description="1 to 144"),
    OpenApiParameter("street", str, description="three letters or more, in any script"),
    OpenApiParameter("premises", str, description="premises number: 12 finds 12, 12A and 12/1"),
    OpenApiParameter("owner", str, description="three letters or more, in any script"),
    OpenApiParameter("after", str, description="`after` of the page before"),
]


class FoundOut(serializers.Serializer[Any]):
    assessee_number = serializers.CharField()
    masked_owner = serializers.CharField()
    premises_number = serializers.CharField()
    street_name = serializers.CharField()
    ward = serializers.IntegerField()


class PageOut(serializers.Serializer[Any]):
    found = FoundOut(many=True)
    after = serializers.CharField()
    is_near = serializers.BooleanField()


class Assessees(APIView):
    """Properties of a street, or of an owner within a ward: owners masked, twenty a page, so many searches an hour."""

    class Query(serializers.Serializer[Any]):
        ward = CleanField(inputs.ward)
        street = CleanField(inputs.street)
        premises = CleanField(inputs.premises)
        owner = CleanField(inputs.owner)
        after = serializers.CharField(default="", allow_blank=True, max_length=20)

    @extend_schema(
        operation_id="property_tax_search",
        parameters=QUESTION,
        responses={200: PageOut, 404: Problem, 422: Problem, 429: Problem},
    )
    def get(self, request: Request) -> Response:
        query = self.Query(data=request.query_params)
        query.is_valid(raise_exception=True)
        privacy.spend_search(address=client_address(request), now=timezone.now())
        return Response(PageOut(by_address(**query.validated_data)).data)
