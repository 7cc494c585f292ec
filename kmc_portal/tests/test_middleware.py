"""Every address in three languages, and a way on where there is none."""

from __future__ import annotations

import pytest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.test import RequestFactory
from django.urls import get_script_prefix, reverse
from django.utils import translation

from kmc_portal.middleware import FriendlyErrors, Language


def seen(path: str, **headers: str) -> dict[str, str]:
    """Return what a view would see behind the middleware."""
    found: dict[str, str] = {}

    def view(request: HttpRequest) -> HttpResponse:
        found.update(
            language=translation.get_language() or "",
            path=request.path_info,
            link=reverse("front_page"),
            full=request.path,
        )
        return HttpResponse()

    Language(view)(RequestFactory().get(path, **headers))
    return found


@pytest.mark.parametrize("language", ["bn", "hi", "en"])
def test_a_prefix_chooses_the_language_and_stays_in_links(language):
    assert seen(f"/{language}/property-tax/") == {
        "language": language,
        "path": "/property-tax/",
        "link": f"/{language}/",
        "full": f"/{language}/property-tax/",
    }


@pytest.mark.parametrize(
    ("headers", "language"),
    [
        ({}, "en"),
        ({"HTTP_ACCEPT_LANGUAGE": "bn-IN,bn;q=0.9,en;q=0.5"}, "bn"),
        ({"HTTP_COOKIE": "django_language=hi", "HTTP_ACCEPT_LANGUAGE": "bn"}, "hi"),
        ({"HTTP_COOKIE": "django_language=fr", "HTTP_ACCEPT_LANGUAGE": "ta"}, "en"),
    ],
)
def test_without_a_prefix_the_reader_is_asked(headers, language):
    found = seen("/verify/", **headers)

    assert (found["language"], found["link"]) == (language, "/")


@pytest.mark.parametrize("path", ["/fr/", "/bnx/", "/xbn/", "/BN/"])
def test_an_unknown_prefix_is_an_ordinary_path(path):
    assert seen(path)["path"] == path


def test_a_prefix_without_its_slash_is_completed():
    answer = Language(lambda request: HttpResponse())(RequestFactory().get("/hi"))

    assert (answer.status_code, answer["Location"]) == (302, "/hi/")


def test_a_prefix_is_remembered_once():
    middleware = Language(lambda request: HttpResponse())

    first = middleware(RequestFactory().get("/bn/"))
    again = middleware(RequestFactory().get("/bn/", HTTP_COOKIE="django_language=bn"))

    assert first.cookies["django_language"].value == "bn"
    assert "django_language" not in again.cookies


@pytest.mark.parametrize("path", ["/bn/", "/"])
def test_nothing_is_left_behind_on_the_thread(path):
    def fall(request: HttpRequest) -> HttpResponse:
        raise Http404

    with translation.override("en"):
        with pytest.raises(Http404):
            Language(fall)(RequestFactory().get(path, HTTP_ACCEPT_LANGUAGE="hi"))
        assert (get_script_prefix(), translation.get_language()) == ("/", "en")


def test_caches_are_told_what_a_page_depends_on():
    middleware = Language(lambda request: HttpResponse())

    assert middleware(RequestFactory().get("/"))["Vary"] == "Accept-Language, Cookie"
    assert "Vary" not in middleware(RequestFactory().get("/en/"))
    assert middleware(RequestFactory().get("/en/"))["Content-Language"] == "en"


@pytest.mark.django_db
def test_hook_is_answered_without_session_language_or_page(client):
    answer = client.post("/hooks/twilio/inbound/")

    assert answer.status_code == 403
    assert not hasattr(answer.wsgi_request, "session")
    assert not {"Vary", "Content-Language", "Set-Cookie"} & set(answer.headers)


def test_hook_that_is_too_long_is_refused_by_its_announcement(client, settings):
    settings.MOST_BODY_BYTES = 10

    answer = client.post("/hooks/twilio/inbound/", data={"Body": "x" * 20})

    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


def test_a_missing_slash_is_added_behind_the_prefix(client):
    answer = client.get("/bn/verify?code=1")

    assert (answer.status_code, answer["Location"]) == (301, "/bn/verify/?code=1")


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(
    ("path", "heading"),
    [("/nowhere/", "This page does not exist"), ("/bn/nowhere/", "এই পাতাটি নেই"), ("/fr/", "This page does not exist")],
)
def test_an_unknown_address_gets_our_page(client, settings, debug, path, heading):
    settings.DEBUG = debug

    answer = client.get(path)

    assert answer.status_code == 404
    assert f"<h1>{heading}</h1>" in answer.content.decode()


@pytest.mark.parametrize("answer", [JsonResponse({}, status=404), HttpResponse(b"no such receipt", status=404)])
def test_an_answer_of_our_own_is_left_alone(settings, answer):
    settings.DEBUG = True

    assert FriendlyErrors(lambda request: answer)(RequestFactory().get("/")) is answer


@pytest.mark.parametrize("debug", [True, False])
def test_hook_that_is_not_there_is_answered_in_no_words(client, settings, debug):
    settings.DEBUG = debug

    answer = client.post("/hooks/nobody/")

    assert (answer.status_code, answer.content) == (404, b"")


def test_a_form_without_its_token_says_what_to_do(client):
    client.handler.enforce_csrf_checks = True

    answer = client.post("/hi/admin/login/")

    assert answer.status_code == 403
    assert "<h1>वापस जाकर फिर कोशिश करें</h1>" in answer.content.decode()


def test_a_fault_gets_a_page_that_needs_nothing(client, settings, monkeypatch):
    settings.DEBUG = False
    client.raise_request_exception = False
    monkeypatch.setattr("kmc_portal.common.web.languages", None)

    answer = client.get("/bn/")

    assert answer.status_code == 500
    assert "<h1>আমাদের দিক থেকে একটি গোলমাল হয়েছে</h1>" in answer.content.decode()
