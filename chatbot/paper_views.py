"""Door: where the provider fetches a paper that goes into a chat. HEAD tells what GET would bring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import resolve
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from chatbot import papers
from kmc_portal.common.web import client_address
from payments.guesses import GuessLimitReached, note_guess

if TYPE_CHECKING:
    from chatbot.papers import Linked

PDF = "application/pdf"
PREFIX = re.compile(r"^/(bn|hi|en)/")


@never_cache
@require_safe
def paper(request: HttpRequest, token: str) -> HttpResponse:
    """Return a paper, as long as its link is good; who tries links that are not is counted as at every other door."""
    try:
        linked = papers.open_link(token=token, is_fetched=request.method == "GET", now=timezone.now())
    except papers.PaperGone as refusal:
        return _refused(request, refusal)
    found = _printed(request, linked)
    if found.headers.get("Content-Type") != PDF:  # it was paid, withdrawn or reversed in the meantime
        return HttpResponse(str(papers.PaperGone.message), status=404, content_type="text/plain; charset=utf-8")
    found.headers["Content-Length"] = str(len(found.content))
    if request.method == "HEAD":
        found.content = b""
    return found


def _printed(request: HttpRequest, linked: Linked) -> HttpResponse:
    """Return what the portal's own address answers, in the language that it begins with, else the citizen's."""
    parts = urlsplit(linked.address)
    prefix, path = PREFIX.match(parts.path), PREFIX.sub("/", parts.path)
    asked = HttpRequest()
    asked.method, asked.path, asked.path_info = "GET", path, path
    asked.META, asked.GET = {**request.META, "QUERY_STRING": parts.query}, QueryDict(parts.query)
    asked.session, asked.user = request.session, request.user
    with translation.override(prefix[1] if prefix else linked.language):
        view, args, values = resolve(path)
        answer = view(asked, *args, **values)
    assert isinstance(answer, HttpResponse)
    return answer


def _refused(request: HttpRequest, refusal: papers.PaperGone) -> HttpResponse:
    try:
        note_guess(address=client_address(request), now=timezone.now())
    except GuessLimitReached as limit:
        return HttpResponse(limit.user_message, status=limit.http_status, content_type="text/plain; charset=utf-8")
    return HttpResponse(refusal.user_message, status=refusal.http_status, content_type="text/plain; charset=utf-8")
