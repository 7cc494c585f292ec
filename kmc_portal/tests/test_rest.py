import json

import pytest
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.rest import CleanField, UnknownPath


class TooLong(ServiceError):
    code = "number_too_long"
    message = "The number {number} is too long."
    field = "number"


class Missing(ServiceError):
    code = "number_missing"
    message = "Please give a number."
    field = "number"


class NotFound(ServiceError):
    code = "thing_not_found"
    message = "There is no such thing."
    field = "number"
    http_status = 404


def clean_number(text):
    if not text:
        raise Missing
    if len(text) > 3:
        raise TooLong(number=text)
    return text.upper()


class Question(serializers.Serializer):
    number = CleanField(clean_number)
    nickname = CleanField(clean_number, required=False)
    years = serializers.IntegerField(min_value=1, default=1)


class Answer(serializers.Serializer):
    question = Question()


class Echo(APIView):
    authentication_classes = permission_classes = throttle_classes = ()
    renderer_classes = (JSONRenderer,)
    parser_classes = (JSONParser,)
    serializer = Question
    refusal = None

    def post(self, request):
        if self.refusal:
            raise self.refusal
        question = self.serializer(data=request.data)
        question.is_valid(raise_exception=True)
        return Response(question.validated_data)


def ask(body, view=Echo, content_type="application/json", **attributes):
    """Return the status, the media type and the document that a client gets for `body`."""
    text = body if isinstance(body, str) else json.dumps(body)
    answer = view.as_view(**attributes)(APIRequestFactory().post("/", text, content_type=content_type)).render()
    return answer.status_code, answer.headers["Content-Type"], json.loads(answer.content)


def refusal(status, title, code, detail, field="", **more):
    body = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail, "field": field}
    return status, "application/problem+json", {**body, **more}


def test_a_good_question_is_answered():
    assert ask({"number": "abc"}) == (200, "application/json", {"number": "ABC", "years": 1})


def test_a_refusal_of_the_cleaner_passes_unchanged():
    assert ask({"number": "abcd"}) == refusal(
        422, "Unprocessable Entity", "number_too_long", "The number abcd is too long.", "number"
    )


@pytest.mark.parametrize("body", [{}, {"number": ""}, {"number": None}, {"number": "  "}])
def test_what_is_missing_is_refused_by_the_cleaner(body):
    assert ask(body) == refusal(422, "Unprocessable Entity", "number_missing", "Please give a number.", "number")


def test_a_refusal_has_its_own_status():
    assert ask({}, refusal=NotFound()) == refusal(
        404, "Not Found", "thing_not_found", "There is no such thing.", "number"
    )


def test_wrong_fields_are_all_named_and_the_first_leads():
    sentence = "A valid integer is required."

    assert ask({"number": ["a"], "years": "many"}) == refusal(
        422,
        "Unprocessable Entity",
        "invalid",
        "Not a valid string.",
        "number",
        errors=[{"field": "number", "detail": "Not a valid string."}, {"field": "years", "detail": sentence}],
    )


def test_a_wrong_field_inside_another_is_named_with_both():
    status, _, body = ask({"question": {"number": "a", "years": 0}}, serializer=Answer)

    assert (status, body["field"]) == (422, "question.years")


def test_a_body_that_is_no_object_has_no_field():
    status, _, body = ask([1])

    assert (status, body["code"], body["field"]) == (422, "invalid", "")


def test_malformed_json():
    status, media_type, body = ask("{")

    assert (status, media_type, body["code"]) == (400, "application/problem+json", "malformed_json")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (exceptions.Throttled(wait=7), 429, "throttled"),
        (exceptions.PermissionDenied(), 403, "permission_denied"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (Http404(), 404, "not_found"),
    ],
)
def test_other_refusals_keep_their_status(fault, status, code):
    answered, media_type, body = ask({}, refusal=fault)

    assert (answered, media_type, body["code"]) == (status, "application/problem+json", code)


def test_a_throttled_client_hears_when_to_come_back():
    view = Echo.as_view(refusal=exceptions.Throttled(wait=7))

    assert view(APIRequestFactory().post("/", {}, format="json")).headers["Retry-After"] == "7"


def test_another_media_type_is_refused():
    status, _, body = ask("number=1", content_type="application/x-www-form-urlencoded")

    assert (status, body["code"]) == (415, "unsupported_media_type")


def test_an_unknown_path_is_a_problem_too():
    assert ask({}, view=UnknownPath) == refusal(404, "Not Found", "not_found", "Not found.")


def test_a_fault_is_not_dressed_up():
    with pytest.raises(ZeroDivisionError):
        ask({}, refusal=ZeroDivisionError())
