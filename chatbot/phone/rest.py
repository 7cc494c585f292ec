"""The part of Twilio's REST API that the portal uses, played on loopback, as strict as the published description."""

from __future__ import annotations

import base64
import hmac
from email.utils import format_datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from chatbot.models import PhoneContent, PhoneMessage
from chatbot.phone.drawing import Drawn, filled
from chatbot.phone.rules import RuleBroken, check_message
from chatbot.phone.wire import API_VERSION, new_sid

if TYPE_CHECKING:
    from django.http import HttpRequest, QueryDict

WHATSAPP = "whatsapp:"
LONGEST_PAGE = 50


@csrf_exempt
@require_http_methods(["GET", "POST"])
def messages(request: HttpRequest, account_sid: str) -> JsonResponse:
    """Take a message for the phone, or list those to one recipient, newest first."""
    try:
        check_caller(request, account_sid)
        if request.method == "GET":
            return JsonResponse(listed(request.GET))
        check_message(request.POST)
    except RuleBroken as broken:
        answer = {"code": broken.code, "message": str(broken), "more_info": "", "status": broken.status}
        return JsonResponse(answer, status=broken.status)
    return JsonResponse(resource(keep(request.POST)), status=201)


def keep(form: QueryDict) -> PhoneMessage:
    """Put a message on the phone's screen; it is reported on when somebody looks."""
    shown = shown_of(form)
    return PhoneMessage.objects.create(
        number=str(form["To"]).removeprefix(WHATSAPP),
        sid=new_sid("MM" if "MediaUrl" in form else "SM"),
        is_mine=False,
        media_url=form.get("MediaUrl", ""),
        status="queued",
        status_callback=form.get("StatusCallback", ""),
        created_at=timezone.now(),
        **shown._asdict(),
    )


def shown_of(form: QueryDict) -> Drawn:
    """Return what a message shows: its own words, or those of the content that it names, filled.

    A content of another account has none here.
    """
    made = PhoneContent.objects.filter(sid=form.get("ContentSid", "")).first()
    if made is None:
        return Drawn(form.get("Body", ""), [], [])
    texts = (made.body, made.choices, made.links)
    words, choices, links = (filled(each, form.get("ContentVariables", "")) for each in texts)
    return Drawn(words, choices, links)


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
        "num_media": "1" if kept.media_url else "0",
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
