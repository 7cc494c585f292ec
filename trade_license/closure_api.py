"""Door: closing a certificate of enlistment over REST, in two steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from citizens import inputs as citizens_inputs
from kmc_portal.common.rest import CleanField, Problem
from kmc_portal.common.web import client_address
from payments.states import Source
from trade_license import closure, inputs

if TYPE_CHECKING:
    from rest_framework.request import Request


class CodeSentOut(serializers.Serializer[Any]):
    ends_at = serializers.DateTimeField()


class ClosedOut(serializers.Serializer[Any]):
    ce_number = serializers.CharField()
    closed_on = serializers.DateField()
    application_number = serializers.CharField()


class AskForCode(APIView):
    """Send a code to the mobile on record. The answer is the same for a number that is unknown, closed or without a mobile."""

    class ClosureBody(serializers.Serializer[Any]):
        ce_number = CleanField(inputs.ce_number)

    @extend_schema(
        operation_id="trade_license_ask_for_closure_code",
        request=ClosureBody,
        responses={202: CodeSentOut, 422: Problem, 429: Problem},
    )
    def post(self, request: Request) -> Response:
        body = self.ClosureBody(data=request.data)
        body.is_valid(raise_exception=True)
        sent = closure.ask_for_code(
            **body.validated_data,
            client=client_address(request),
            now=timezone.now(),
            language=get_language() or "",
            source=Source.API,
        )
        return Response(CodeSentOut(sent).data, status=202)


class Close(APIView):
    """Close the certificate by the code. A code is good once, so a repeated request closes nothing twice."""

    class CloseBody(serializers.Serializer[Any]):
        ce_number = CleanField(inputs.ce_number)
        code = CleanField(citizens_inputs.one_time_code)

    @extend_schema(
        operation_id="trade_license_close",
        request=CloseBody,
        responses={200: ClosedOut, 409: Problem, 422: Problem, 429: Problem},
    )
    def post(self, request: Request) -> Response:
        body = self.CloseBody(data=request.data)
        body.is_valid(raise_exception=True)
        done = closure.close_license(
            **body.validated_data, client=client_address(request), now=timezone.now(), source=Source.API
        )
        return Response(ClosedOut(done).data)
