"""Door: a citizen's papers over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from kmc_portal.common.clock import day_of
from kmc_portal.common.rest import CleanField, Problem
from kmc_portal.common.web import public_url
from payments.states import Source
from property_tax import inputs, statements
from property_tax.certificates import issue_no_dues_certificate

if TYPE_CHECKING:
    from rest_framework.request import Request


class EntryOut(serializers.Serializer[Any]):
    on = serializers.DateField()
    what = serializers.CharField()
    reference = serializers.CharField()
    period = serializers.CharField()
    amount_paise = serializers.IntegerField()
    balance_paise = serializers.IntegerField()


class AddedOut(serializers.Serializer[Any]):
    what = serializers.CharField()
    amount_paise = serializers.IntegerField()


class StatementOut(serializers.Serializer[Any]):
    assessee_number = serializers.CharField()
    since = serializers.DateField()
    until = serializers.DateField()
    opening_paise = serializers.IntegerField()
    entries = EntryOut(many=True)
    closing_paise = serializers.IntegerField()
    added = AddedOut(many=True)
    due_paise = serializers.IntegerField()


class CertificateOut(serializers.Serializer[Any]):
    certificate_number = serializers.CharField()
    issued_on = serializers.DateField()
    code = serializers.CharField()
    url = serializers.URLField()
    pdf_url = serializers.URLField()


class Statement(APIView):
    """Every bill and every payment of some days, with the balance after each and what is due at the end."""

    class Query(serializers.Serializer[Any]):
        since = serializers.DateField(required=False)
        until = serializers.DateField(required=False)

    @extend_schema(
        operation_id="property_tax_statement",
        parameters=[OpenApiParameter("since", str), OpenApiParameter("until", str)],
        responses={200: StatementOut, 404: Problem, 409: Problem, 422: Problem},
    )
    def get(self, request: Request, number: str) -> Response:
        query = self.Query(data=request.query_params)
        query.is_valid(raise_exception=True)
        today = day_of(timezone.now())
        first, last = statements.default_range(today)
        found = statements.statement(
            assessee_number=inputs.assessee_number(number),
            since=query.validated_data.get("since") or first,
            until=query.validated_data.get("until") or last,
            today=today,
        )
        return Response(statement_document(found))


class NoDuesCertificates(APIView):
    """Issue a no-dues certificate: nothing is due under any heading today. The same one for the rest of the day."""

    class CertificateBody(serializers.Serializer[Any]):
        assessee_number = CleanField(inputs.assessee_number)

    @extend_schema(
        operation_id="property_tax_no_dues_certificate",
        request=CertificateBody,
        responses={201: CertificateOut, 404: Problem, 409: Problem, 422: Problem},
    )
    def post(self, request: Request) -> Response:
        body = self.CertificateBody(data=request.data)
        body.is_valid(raise_exception=True)
        issued = issue_no_dues_certificate(
            assessee_number=body.validated_data["assessee_number"], source=Source.API, now=timezone.now()
        )
        document = {
            "certificate_number": issued.certificate_number,
            "issued_on": issued.issued_on.isoformat(),
            "code": issued.code,
            "url": public_url("property_tax:certificate", issued.token),
            "pdf_url": public_url("property_tax:certificate_pdf", issued.token),
        }
        return Response(document, status=201)


def statement_document(statement: statements.Statement) -> dict[str, Any]:
    """Return a statement as JSON. What a movement is called is English, whatever the reader's language."""
    return {
        "assessee_number": statement.found.assessee.assessee_number,
        "since": statement.since.isoformat(),
        "until": statement.until.isoformat(),
        "opening_paise": statement.opening_paise,
        "entries": [
            {
                "on": entry.on.isoformat(),
                "what": entry.label,
                "reference": entry.reference,
                "period": entry.period,
                "amount_paise": entry.amount_paise,
                "balance_paise": balance,
            }
            for entry, balance in statement.balances()
        ],
        "closing_paise": statement.closing_paise,
        "added": [{"what": label, "amount_paise": paise} for label, paise in statement.added],
        "due_paise": statement.due_paise,
    }
