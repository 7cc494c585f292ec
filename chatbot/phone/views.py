"""The screen of the demo phone. Works as a form and a page; a small script only makes it livelier."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from chatbot.channels.content import MOST_BUTTONS
from chatbot.models import PhoneMessage
from chatbot.phone import wire

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

COOKIE = "phone"
SHOWN = 60
NUMBERED = re.compile(r"^([0-9]{1,2})\. (.+)$", re.MULTILINE)
FILE_NAME = re.compile(r'filename="([\w.-]+)"')
# Twilio's code for a file that cannot be fetched.
NOT_FETCHED = "63019"
# The mobile on record of a licence of the demo city, for what only its holder may do.
HOLDER = "+919830000073"
QUICK_STARTS = (("bn", "নমস্কার"), ("hi", "नमस्ते"), ("en", "Hi"))


@never_cache
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Show the phone; take what is typed on it."""
    number = str(request.get_signed_cookie(COOKIE, default="", salt=COOKIE))
    if request.method == "POST":
        number = _new_number(request.POST["new"]) if "new" in request.POST else number or _new_number()
        if "tap" in request.POST:
            tap(number, request.POST["under"], request.POST["tap"])
        else:
            say(number, request.POST.get("text", ""))
        response: HttpResponse = redirect(f"{reverse('chatbot:phone')}#latest")
    else:
        number = number or _new_number()
        receive_waiting(number)
        response = render(request, "phone/phone.html", screen_of(number))
    response.set_signed_cookie(COOKIE, number, salt=COOKIE, httponly=True, samesite="Lax")
    return response


@never_cache
@require_GET
def screen(request: HttpRequest) -> HttpResponse:
    """Return the bubbles alone, 204 while the last one is still the one the asker knows."""
    number = str(request.get_signed_cookie(COOKIE, default="", salt=COOKIE))
    receive_waiting(number)
    shown = screen_of(number)
    if request.GET.get("seen") == shown["seen"]:
        return HttpResponse(status=204)
    return render(request, "phone/screen.html", shown)


def screen_of(number: str) -> dict[str, object]:
    """Return what the screen shows: the last bubbles, and a button for each numbered line of the last one.

    Choices that hang under a message are tapped there, as long as it is on the screen.
    """
    messages = list(PhoneMessage.objects.filter(number=number).defer("media").order_by("-id")[:SHOWN])[::-1]
    last = messages[-1] if messages else None
    offers = NUMBERED.findall(last.body) if last and not last.is_mine and not last.choices else []
    return {
        "number": number,
        "is_ready": bool(settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN),
        "messages_shown": messages,
        "offers": offers,
        "quick_starts": QUICK_STARTS,
        "seen": ".".join(f"{message.pk}{message.status[:1]}" for message in messages[-3:]) or "-",
        "portal_address": settings.PUBLIC_BASE_URL + wire.INBOUND_PATH,
    }


@never_cache
@require_GET
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a paper that came to this phone."""
    number = str(request.get_signed_cookie(COOKIE, default="", salt=COOKIE))
    found = get_object_or_404(PhoneMessage, pk=pk, number=number, media__isnull=False)
    headers = {"Content-Disposition": f'inline; filename="{found.media_name}"'}
    return HttpResponse(bytes(found.media or b""), content_type="application/pdf", headers=headers)


def tap(number: str, under: str, name: str) -> None:
    """Tap a choice under a message: it goes out as WhatsApp sends it, with the message that it hangs under."""
    message = PhoneMessage.objects.filter(number=number, sid=under).first()
    for choice, title, _description in message.choices if message else []:
        if choice == name:
            is_row = len(message.choices) > MOST_BUTTONS if message else False
            say(number, title, wire.tap_of(sid=under, name=name, title=title, is_row=is_row))
            return


def say(number: str, body: str, tapped: Mapping[str, str] | None = None) -> None:
    """Send what was typed to the portal, as Twilio would, and keep its answer."""
    if not body.strip():
        return
    sid = wire.new_sid()
    mine = PhoneMessage.objects.create(
        number=number, sid=sid, is_mine=True, body=body, status="sent", created_at=timezone.now()
    )
    exchange = wire.send_message(sid=sid, number=number, body=body, tap=tapped)
    mine.status = "read" if exchange.status_code == 200 else "failed"
    mine.save(update_fields=["status"])
    for reply in exchange.replies:
        PhoneMessage.objects.create(
            number=number, sid=wire.new_sid(), is_mine=False, body=reply, status="read", created_at=timezone.now()
        )


def receive_waiting(number: str) -> None:
    """Report on messages that were pushed to this phone: it is looked at, so they are delivered, and then read.

    A paper is fetched first; one that cannot be fetched is reported so and never shown.
    """
    for message in PhoneMessage.objects.filter(number=number, is_mine=False).exclude(status_callback="").order_by("id"):
        is_there = not message.media_url or _fetched(message)
        for status in ("sent", "delivered", "read") if is_there else ("undelivered",):
            code = "" if is_there else NOT_FETCHED
            wire.send_status(
                url=message.status_callback, sid=message.sid, number=number, status=status, error_code=code
            )
        PhoneMessage.objects.filter(pk=message.pk).update(
            status="read" if is_there else "failed", status_callback="", media_url=""
        )


def _fetched(message: PhoneMessage) -> bool:
    found = wire.fetch(message.media_url)
    if found is None:
        return False
    named = FILE_NAME.search(found.headers.get("Content-Disposition", ""))
    PhoneMessage.objects.filter(pk=message.pk).update(
        media=found.content, media_name=named[1] if named else "paper.pdf"
    )
    return True


def _new_number(kind: str = "") -> str:
    """Return a number that is nobody's contact here, a licence holder's, or the opaque name of a phone that hides it."""
    if kind == "holder":
        return HOLDER
    if kind == "hidden":
        return f"IN.{secrets.randbelow(10**16):016}"
    return f"+9198300{secrets.randbelow(10**5):05}"
