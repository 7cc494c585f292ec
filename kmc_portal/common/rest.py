"""REST answers in one shape: every refusal is a problem document (RFC 9457) with `code`, `detail` and `field`."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from rest_framework import exceptions, serializers, views
from rest_framework.fields import empty
from rest_framework.response import Response
from rest_framework.settings import api_settings

from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rest_framework.request import Request

PROBLEM_TYPE = "application/problem+json"
# What REST framework calls by another name than the portal does.
CODES = {"parse_error": "malformed_json"}


def problem(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """Return the problem document for a refusal; None for a fault, which Django logs and answers with 500."""
    if isinstance(exc, ServiceError):
        body = problem_document(exc.http_status, exc.code, exc.user_message, exc.field)
        return Response(body, exc.http_status, content_type=PROBLEM_TYPE)
    answer = views.exception_handler(exc, dict(context))
    if answer is None:
        return None
    if isinstance(exc, exceptions.ValidationError):
        answer.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
        answer.data = _wrong_fields(exc.detail)
    else:
        detail = answer.data["detail"]
        answer.data = problem_document(answer.status_code, CODES.get(detail.code, detail.code), detail)
    answer.content_type = PROBLEM_TYPE
    return answer


def problem_document(status: int, code: str, detail: str, field: str = "") -> dict[str, Any]:
    """Return the body of a refusal. `type` is about:blank: `code` is what a client may rely on."""
    title = HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, "field": field}


class Problem(serializers.Serializer[Any]):
    """A refusal, for the schema."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    field = serializers.CharField()


class CleanField(serializers.CharField):
    """A text field read by the cleaner that the web form and the chat use; its refusal passes through unchanged.

    What is missing, null or blank goes to the cleaner as empty text, so that its own refusal is the answer.
    """

    def __init__(self, cleaner: Callable[[str], str], **options: Any) -> None:
        super().__init__(**options)
        self.cleaner = cleaner

    def run_validation(self, data: Any = empty) -> Any:
        if data is None or (data is empty and self.required) or (isinstance(data, str) and not data.strip()):
            return self.cleaner("")
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        return self.cleaner(super().to_internal_value(data))


class UnknownPath(views.APIView):
    """Answers every path below the API that leads nowhere, so that clients never have to read HTML."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise exceptions.NotFound


def _wrong_fields(detail: Any) -> dict[str, Any]:
    errors = list(_flat(detail, ""))
    first = errors[0]
    body = problem_document(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", first["detail"], first["field"])
    return {**body, "errors": errors}


def _flat(detail: Any, field: str) -> Iterator[dict[str, str]]:
    """Yield one entry a message; a field inside another is written `outer.inner`, a whole-form message has no field."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name == api_settings.NON_FIELD_ERRORS_KEY else str(name)
            yield from _flat(inner, ".".join(filter(None, (field, own))))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flat(inner, field)
    else:
        yield {"field": field, "detail": str(detail)}
