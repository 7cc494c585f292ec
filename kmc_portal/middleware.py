"""What every page shares: its language, a way on when something is not there, and how much may be sent to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponseNotFound, HttpResponseRedirect, JsonResponse
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.urls import Resolver404, get_script_prefix, resolve, set_script_prefix
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.defaults import page_not_found

from kmc_portal.common.rest import PROBLEM_TYPE, problem_document
from kmc_portal.common.uploads import MEGABYTE, PaperTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponseBase

    GetResponse = Callable[[HttpRequest], HttpResponseBase]

HOOKS = "/hooks/"
MACHINES = (HOOKS, "/api/")
PREFIX = re.compile(rf"/(?P<language>{'|'.join(code for code, _ in settings.LANGUAGES)})(?P<rest>/.*)?")


class Hooks:
    """Take what gateways and Twilio call straight to its view: no session, no language, no page is made for a machine.

    Whatever stands below this in `MIDDLEWARE` is for people.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.for_people = get_response
        self.for_machines = BodyLimit(_answer_hook)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return (self.for_machines if request.path_info.startswith(HOOKS) else self.for_people)(request)


def _answer_hook(request: HttpRequest) -> HttpResponseBase:
    try:
        found = resolve(request.path_info)
    except Resolver404:
        return HttpResponseNotFound()
    request.resolver_match = found
    answer: HttpResponseBase = found.func(request, *found.args, **found.kwargs)
    return answer


class Language:
    """Serve every address in the language of its prefix, or of the reader's cookie or browser when it has none.

    The prefix becomes part of the script prefix, so that `reverse` and `{% url %}` keep it without being told.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        found = PREFIX.fullmatch(request.path_info)
        if found is None:
            return self._by_reader(request)
        if found["rest"] is None:
            return HttpResponseRedirect(f"{request.path}/")
        return self._by_prefix(request, found["language"], found["rest"])

    def _by_reader(self, request: HttpRequest) -> HttpResponseBase:
        response = self._answer(request, translation.get_language_from_request(request))
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response

    def _by_prefix(self, request: HttpRequest, language: str, rest: str) -> HttpResponseBase:
        outside = get_script_prefix()
        request.path_info = rest
        set_script_prefix(f"{outside}{language}/")
        try:
            response = self._answer(request, language)
        finally:
            set_script_prefix(outside)
        if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) != language:
            _remember(response, language)
        return response

    def _answer(self, request: HttpRequest, language: str) -> HttpResponseBase:
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class FriendlyErrors:
    """Show our own page for an unknown address with DEBUG on too, where Django would list its URL patterns."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        # Only Django's own answer has exactly this class: our pages that say "not found" are rendered with a status.
        if settings.DEBUG and type(response) is HttpResponseNotFound:
            return page_not_found(request, Exception())
        return response


class BodyLimit:
    """Refuse a request by the length it announces, before a byte of its body is read. A body of no length is empty."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) <= settings.MOST_BODY_BYTES:
            return self.get_response(request)
        refusal = PaperTooLarge(most=settings.PAPER_MOST_BYTES // MEGABYTE)
        if request.path_info.startswith(MACHINES):
            body = problem_document(refusal.http_status, refusal.code, refusal.user_message)
            return JsonResponse(body, status=refusal.http_status, content_type=PROBLEM_TYPE)
        return render(request, "413.html", {"refusal": refusal.user_message}, status=refusal.http_status)


class Compression(GZipMiddleware):
    """Send text compressed: a slow line has a page in a quarter of the time. Machines read short answers as they are.

    What is secret in a page is masked anew in each answer, and Django adds chance to the length (BREACH). Static files
    come compressed already where they were collected.
    """

    # What a file is called when it goes out compressed is what it is asked for by again; WhiteNoise compares letter by letter.
    WEAK = "W/"
    TEXT = ("text/html", "text/css", "text/javascript", "application/json", "image/svg+xml")

    def process_request(self, request: HttpRequest) -> None:
        if tag := request.META.get("HTTP_IF_NONE_MATCH", ""):
            request.META["HTTP_IF_NONE_MATCH"] = tag.removeprefix(self.WEAK)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.headers.get("Content-Type", "").startswith(self.TEXT):
            return response
        return super().process_response(request, response)


def _remember(response: HttpResponseBase, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=60 * 60 * 24 * 365,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )
