"""The phone's side of the wire: signed webhooks out to the portal, as Twilio posts them."""

from __future__ import annotations

import secrets
import xml.etree.ElementTree as ET  # noqa: S405 - parses the portal's own answers, in the demo
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
from django.conf import settings
from twilio.request_validator import RequestValidator

if TYPE_CHECKING:
    from collections.abc import Mapping

INBOUND_PATH = "/hooks/twilio/inbound/"
TIMEOUT_SECONDS = 15.0
# Twilio docs, "WhatsApp media messages", read 2026-11.
MOST_BYTES = 16 * 1024 * 1024
API_VERSION = "2010-04-01"


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the portal answered to one webhook: the HTTP status, and the texts of the TwiML."""

    status_code: int
    replies: tuple[str, ...]


def new_sid(prefix: str = "SM") -> str:
    """Return an identifier as Twilio makes them: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


def address_of(number: str) -> str:
    """Return the WhatsApp address of `+919830012345`, or of the opaque `IN.4566…` of somebody who hides the number."""
    return f"whatsapp:{number}"


def send_message(*, sid: str, number: str, body: str, tap: Mapping[str, str] | None = None) -> Exchange:
    """Post a citizen's message to the portal's webhook and return what it answered. A dead line answers status 0.

    `tap` is what comes besides where a button or a row was tapped; see `tap_of`.
    """
    fields = {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "রীনা দাস",
        "MessageType": "text",
        "SmsSid": sid,
        "SmsStatus": "received",
        "Body": body,
        "To": settings.TWILIO_WHATSAPP_FROM,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "ChannelMetadata": '{"type":"whatsapp","data":{"context":{"ProfileName":"রীনা দাস"}}}',
        "From": address_of(number),
        "ApiVersion": API_VERSION,
        "ExternalUserId": f"whatsapp:IN.{zlib.crc32(number.encode()):016}",
        **(tap or {}),
    }
    if number.startswith("+"):
        fields["WaId"] = number[1:]
    answer = post(settings.PUBLIC_BASE_URL + INBOUND_PATH, fields)
    return Exchange(0, ()) if answer is None else Exchange(answer.status_code, texts_of(answer))


def tap_of(*, sid: str, name: str, title: str, is_row: bool) -> dict[str, str]:
    """Return what Twilio adds where somebody taps a button, or a row of a list, under the message `sid`."""
    named = {"ListId": name, "ListTitle": title} if is_row else {"ButtonPayload": name, "ButtonText": title}
    return {
        **named,
        "MessageType": "interactive",
        "OriginalRepliedMessageSid": sid,
        "OriginalRepliedMessageSender": settings.TWILIO_WHATSAPP_FROM,
    }


def fetch(url: str) -> httpx.Response | None:
    """Fetch a paper as Twilio does, asking with HEAD first; None when that brings nothing it would pass on."""
    try:
        told, found = (
            httpx.request(method, url, timeout=TIMEOUT_SECONDS, trust_env=False) for method in ("HEAD", "GET")
        )
    except httpx.HTTPError:
        return None
    kinds = {answer.headers.get("Content-Type") for answer in (told, found)}
    is_whole = told.status_code == found.status_code == httpx.codes.OK and len(found.content) <= MOST_BYTES
    return found if is_whole and kinds == {"application/pdf"} else None


def send_status(*, url: str, sid: str, number: str, status: str, error_code: str = "") -> None:
    """Post a delivery report about a message that the portal sent."""
    fields = {
        "MessageSid": sid,
        "SmsSid": sid,
        "MessageStatus": status,
        "SmsStatus": status,
        "ChannelPrefix": "whatsapp",
        "ChannelInstallSid": "XE" + "0" * 32,
        "To": address_of(number),
        "From": settings.TWILIO_WHATSAPP_FROM,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "ApiVersion": API_VERSION,
        "StructuredMessage": "false",
    }
    if error_code:
        fields["ErrorCode"] = error_code
    if status in ("delivered", "read"):
        fields["EventType"] = status.upper()
    post(url, fields)


def post(url: str, fields: dict[str, str]) -> httpx.Response | None:
    """Post a signed form. Returns None when nobody answers."""
    signature = RequestValidator(settings.TWILIO_AUTH_TOKEN).compute_signature(url, fields)
    headers = {"X-Twilio-Signature": signature, "I-Twilio-Idempotency-Token": secrets.token_hex(16)}
    try:
        return httpx.post(url, data=fields, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False)
    except httpx.HTTPError:
        return None


def texts_of(answer: httpx.Response) -> tuple[str, ...]:
    """Return the texts of the messages in a TwiML answer; none when it is not TwiML."""
    if answer.status_code != httpx.codes.OK or not answer.headers.get("Content-Type", "").startswith("text/xml"):
        return ()
    return tuple(message.text or "" for message in ET.fromstring(answer.content).iter("Message"))  # noqa: S314 - as above
