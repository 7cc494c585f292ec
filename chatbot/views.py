"""The conversation in the browser. It works without a script: one form, one page."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from chatbot import parking, queries
from chatbot.channels.base import Inbound
from chatbot.channels.registry import WEB
from chatbot.engine.language import NAMES

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

COOKIE = "conversation"
LONGEST_MESSAGE = 1000


@never_cache
@require_http_methods(["GET", "POST"])
def chat(request: HttpRequest) -> HttpResponse:
    """Show the conversation of this browser, or take a message and come back to its end."""
    address = str(request.get_signed_cookie(COOKIE, default="", salt=COOKIE))
    if request.method == "POST":
        return _forget() if "end" in request.POST else _take(request, address or f"web:{secrets.token_urlsafe(16)}")
    exchanges = queries.transcript(address=address) if address else []
    context = {
        "exchanges": exchanges,
        "languages_offered": NAMES.items(),
        "message_id": secrets.token_hex(16),
        "longest": LONGEST_MESSAGE,
    }
    return render(request, "chat/chat.html", context)


def _take(request: HttpRequest, address: str) -> HttpResponse:
    text = request.POST.get("text", "").strip()[:LONGEST_MESSAGE]
    if text:
        # The number was drawn with the form, so that a double click is one message.
        number = request.POST.get("message", "")[:32]
        number = number if number.isalnum() else secrets.token_hex(16)
        under = request.POST.get("under", "")[:64]
        message = Inbound(f"{address[:24]}:{number}", address, text, replied_to=under)
        # What cannot be answered now is tried again, and then stands on the page.
        parking.taken_or_noted(message, channel=WEB.code, now=timezone.now())
    response = redirect(f"{reverse('chatbot:chat')}#latest")
    response.set_signed_cookie(
        COOKIE, address, salt=COOKIE, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return response


def _forget() -> HttpResponse:
    """Leave nothing on a computer that several people use."""
    response = redirect("chatbot:chat")
    response.delete_cookie(COOKIE)
    return response
