"""Twilio's webhooks. Verified before anything else, counted and forgotten when they are not Twilio's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from chatbot import parking, services, tasks
from chatbot.channels import whatsapp_twilio
from chatbot.channels.base import Delivery, Inbound, RawRequest, SignatureRejected
from chatbot.hurrying import hurry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatbot.channels.whatsapp_twilio import TwilioWhatsApp

log = structlog.get_logger()
XML = "text/xml; charset=utf-8"
# In three languages because what failed may be what knows the citizen's own.
APOLOGY = (
    "দুঃখিত, এই মুহূর্তে পরিষেবা দেওয়া যাচ্ছে না। কিছুক্ষণ পরে আবার লিখুন।\n"
    "क्षमा करें, सेवा अभी उपलब्ध नहीं है। थोड़ी देर बाद फिर लिखें।\n"
    "Sorry, the service is not available at the moment. Please write again in a few minutes."
)


@csrf_exempt
@require_POST
def inbound(request: HttpRequest) -> HttpResponse:
    """Answer a message with TwiML: 403 when it is not Twilio's, 503 when it could not be stored."""
    channel = whatsapp_twilio.from_settings()
    try:
        messages = _read(request, channel)
    except SignatureRejected as refusal:
        return _turn_away("inbound", refusal)
    try:
        return _take(messages, channel)
    except (OperationalError, InterfaceError) as fault:
        return _again(fault)


@csrf_exempt
@require_POST
def status(request: HttpRequest) -> HttpResponse:
    """Note what became of a message of ours: 204, or 403 and 503 as above."""
    channel = whatsapp_twilio.from_settings()
    try:
        messages = _read(request, channel)
    except SignatureRejected as refusal:
        return _turn_away("status", refusal)
    try:
        for delivery in messages:
            if isinstance(delivery, Delivery):
                services.record_delivery(delivery, reference=request.GET.get("message", ""), now=timezone.now())
    except (OperationalError, InterfaceError) as fault:
        return _again(fault)
    return HttpResponse(status=204)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def fallback(request: HttpRequest) -> HttpResponse:
    """Answer in the place of `inbound` when Twilio could make nothing of its answer. Takes no database: it may be what is away.

    The message itself is found in Twilio's own list by the sweep, and answered late.
    """
    try:
        _read(request, whatsapp_twilio.from_settings())
    except SignatureRejected:
        return HttpResponse(status=403)
    log.error("fallback_asked", code=(request.POST or request.GET).get("ErrorCode", "")[:12])
    return HttpResponse(whatsapp_twilio.twiml(f"{APOLOGY}\n{settings.PUBLIC_BASE_URL}"), content_type=XML)


def _again(fault: Exception) -> HttpResponse:
    log.error("database_away", kind=type(fault).__name__)
    return HttpResponse(status=503)


def _read(request: HttpRequest, channel: TwilioWhatsApp) -> Sequence[Inbound | Delivery]:
    headers = {
        name: request.headers.get(name, "") for name in (whatsapp_twilio.SIGNATURE, whatsapp_twilio.SIGNATURE_SETTINGS)
    }
    return channel.read(RawRequest(request.get_full_path(), request.POST, headers))


def _take(messages: Sequence[Inbound | Delivery], channel: TwilioWhatsApp) -> HttpResponse:
    by_api, text = settings.CHAT_REPLY_VIA == "api", ""
    for message in messages:
        if isinstance(message, Inbound):
            answer = _turn(message, channel, by_api=by_api)
            text = "" if by_api and not answer.is_apology else answer.text
            if answer.outbound_key:
                hurry(tasks.send_message, key=answer.outbound_key)
    return HttpResponse(whatsapp_twilio.twiml(text), content_type=XML)


def _turn(message: Inbound, channel: TwilioWhatsApp, *, by_api: bool) -> services.Answer:
    """Take one message. A citizen is owed an answer whatever goes wrong; the message is tried again later.

    :raises OperationalError, InterfaceError: nothing can be written down, not even that
    """
    now = timezone.now()
    try:
        return services.receive(message, channel=channel, now=now, queue_reply=by_api)
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:  # the event holds the traceback
        log.exception("turn_failed")
        parking.note_failure(message, channel=channel.code, fault=fault, now=now)
        return services.Answer(APOLOGY, (), is_apology=True)


def _turn_away(hook: str, refusal: SignatureRejected) -> HttpResponse:
    try:
        services.count_rejection(hook=hook, reason=str(refusal), now=timezone.now())
    except (OperationalError, InterfaceError):
        log.warning("rejection_not_counted", hook=hook)
    return HttpResponse(status=403)
