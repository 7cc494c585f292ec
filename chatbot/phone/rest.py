"""The part of Twilio's REST API that the portal uses, played on loopback, as strict as the published description."""

from __future__ import annotations

import base64
import hmac
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from chatbot.models import PhoneContent, PhoneMessage
from chatbot.phone.wire import API_VERSION, new_sid

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, QueryDict

WHATSAPP = "whatsapp:"
LONGEST_BODY = 1600
LONGEST_PAGE = 50
LOOPBACK = ("127.0.0.1", "localhost", "::1")

# Twilio's OpenAPI description, "CreateMessage", read 2026-11.
KNOWN = frozenset(
    {
        "To", "StatusCallback", "ApplicationSid", "MaxPrice", "ProvideFeedback", "Attempt", "ValidityPeriod", "ForceDelivery",
        "ContentRetention", "AddressRetention", "SmartEncoded", "PersistentAction", "TrafficType", "ShortenUrls",
        "ScheduleType", "SendAt", "SendAsMms", "ContentVariables", "RiskCheck", "From", "FallbackFrom",
        "MessagingServiceSid", "Body", "MediaUrl", "ContentSid",
    }
)  # fmt: skip


class RuleBroken(Exception):
    """A request that Twilio would refuse: the HTTP status, Twilio's own code and a sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@csrf_exempt
@require_http_methods(["GET", "POST"])
def messages(request: HttpRequest, account_sid: str) -> JsonResponse:
    """Take a message for the phone, or list those to one recipient, newest first."""
    try:
        check_caller(request, account_sid)
        if request.method == "GET":
            return JsonResponse(listed(request.GET))
        for rule in RULES:
            rule(request.POST)
    except RuleBroken as broken:
        answer = {"code": broken.code, "message": str(broken), "more_info": "", "status": broken.status}
        return JsonResponse(answer, status=broken.status)
    return JsonResponse(resource(keep(request.POST)), status=201)


def keep(form: QueryDict) -> PhoneMessage:
    """Put a message on the phone's screen; it is reported on when somebody looks."""
    return PhoneMessage.objects.create(
        number=str(form["To"]).removeprefix(WHATSAPP),
        sid=new_sid(),
        is_mine=False,
        body=form.get("Body", "") or body_of_content(form),
        status="queued",
        status_callback=form.get("StatusCallback", ""),
        created_at=timezone.now(),
    )


def body_of_content(form: QueryDict) -> str:
    """Return the words of the content that a message names; a content of another account has none here."""
    from chatbot.phone.content_rest import filled  # noqa: PLC0415 - beside this, it takes the caller's check from here

    made = PhoneContent.objects.filter(sid=form.get("ContentSid", "")).first()
    return filled(made.body, form.get("ContentVariables", "")) if made else ""


def listed(question: QueryDict) -> dict[str, object]:
    """Return one page of messages as the API lists them."""
    number = question.get("To", "").removeprefix(WHATSAPP)
    to_portal = question.get("To", "") == settings.TWILIO_WHATSAPP_FROM
    wanted = {"is_mine": True} if to_portal else {"number": number, "is_mine": False}
    found = PhoneMessage.objects.filter(**wanted).order_by("-id")[:LONGEST_PAGE]
    return {
        "messages": [resource(message) for message in found],
        "page": 0,
        "page_size": LONGEST_PAGE,
        "next_page_uri": None,
    }


def resource(kept: PhoneMessage) -> dict[str, object]:
    """Return a message as the API shows it."""
    moment, account_sid = format_datetime(kept.created_at), settings.TWILIO_ACCOUNT_SID
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": kept.body,
        "date_created": moment,
        "date_sent": None,
        "date_updated": moment,
        "direction": "inbound" if kept.is_mine else "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": WHATSAPP + kept.number if kept.is_mine else settings.TWILIO_WHATSAPP_FROM,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": kept.sid,
        "status": kept.status,
        "subresource_uris": {},
        "to": settings.TWILIO_WHATSAPP_FROM if kept.is_mine else WHATSAPP + kept.number,
        "uri": f"/{API_VERSION}/Accounts/{account_sid}/Messages/{kept.sid}.json",
    }


def check_caller(request: HttpRequest, account_sid: str) -> None:
    """Pass who knows the account and its token."""
    pair = f"{settings.TWILIO_ACCOUNT_SID}:{settings.TWILIO_AUTH_TOKEN}".encode()
    expected = f"Basic {base64.b64encode(pair).decode()}"
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode()):
        raise RuleBroken(401, 20003, "Authenticate")
    if account_sid != settings.TWILIO_ACCOUNT_SID:
        raise RuleBroken(404, 20404, "The requested resource was not found")


def only_known_parameters(form: QueryDict) -> None:
    unknown = sorted(set(form) - KNOWN)
    if unknown:
        raise RuleBroken(400, 20001, f"Unknown parameter {unknown[0]}")


def a_recipient(form: QueryDict) -> None:
    to = form.get("To", "")
    if not to:
        raise RuleBroken(400, 21604, "A 'To' phone number is required.")
    if not to.startswith(WHATSAPP) or to == WHATSAPP:
        raise RuleBroken(400, 21211, f"Invalid 'To' phone number: {to}")


def a_sender(form: QueryDict) -> None:
    sender = form.get("From", "")
    if not sender and not form.get("MessagingServiceSid"):
        raise RuleBroken(400, 21603, "A 'From' phone number is required.")
    if sender and (not sender.startswith(WHATSAPP) or sender == WHATSAPP):
        raise RuleBroken(400, 21212, f"Invalid 'From' phone number: {sender}")


def a_body(form: QueryDict) -> None:
    body = form.get("Body", "")
    if not body and not form.get("ContentSid") and not form.get("MediaUrl"):
        raise RuleBroken(400, 21602, "Message body is required.")
    if len(body) > LONGEST_BODY:
        raise RuleBroken(400, 21617, f"The concatenated message body exceeds the {LONGEST_BODY} character limit.")


def absolute_addresses(form: QueryDict) -> None:
    if len(form.getlist("MediaUrl")) > 1:
        raise RuleBroken(400, 21623, "Number of media files exceeds allowed limit")
    for name, code in (("StatusCallback", 21609), ("MediaUrl", 21620)):
        for address in form.getlist(name):
            parts = urlsplit(address)
            if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
                raise RuleBroken(400, code, f"The {name} URL {address} is not a valid URL.")


RULES: tuple[Callable[[QueryDict], None], ...] = (
    only_known_parameters,
    a_recipient,
    a_sender,
    a_body,
    absolute_addresses,
)
