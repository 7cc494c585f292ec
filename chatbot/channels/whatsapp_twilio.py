"""WhatsApp through Twilio: signed webhooks in, TwiML or the REST API out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils.datastructures import MultiValueDict
from twilio.request_validator import RequestValidator, get_signature_algorithm

from chatbot.channels.base import (
    ChannelBusy,
    ChannelError,
    Delivery,
    Inbound,
    Limits,
    MaybeSent,
    RawRequest,
    RecipientUnreachable,
    SignatureRejected,
    WindowClosed,
    numbered,
)
from chatbot.engine.steps import Reply

if TYPE_CHECKING:
    from twilio.base.exceptions import TwilioRestException
    from twilio.rest import Client

    from chatbot.channels.content import Content

SIGNATURE = "x-twilio-signature"
SIGNATURE_SETTINGS = "x-twilio-webhooks-signature-settings"
STATUS_PATH = "/hooks/twilio/status/"
TIMEOUT_SECONDS = 10.0
LOOKED_AT, SWEPT = 20, 1000
CLOCK_SKEW = timedelta(minutes=1)
TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500
TWIML = '<?xml version="1.0" encoding="UTF-8"?>'
# XML 1.0, 2.2: with one of these in it Twilio takes nothing of an answer, and a register or a nickname may hold one.
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Twilio docs, "Message status", read 2026-11. Callbacks come twice and out of order; the last three never change again.
STATUS_RANK = {
    "scheduled": 1, "accepted": 1, "queued": 1, "sending": 2, "sent": 3, "delivered": 4, "partially_delivered": 4,
    "read": 5, "canceled": 6, "undelivered": 6, "failed": 6,
}  # fmt: skip

# Twilio docs, "Error and warning dictionary", read 2026-11. What is not listed is a fault of ours or of Twilio: later.
ERRORS: Mapping[type[ChannelError], frozenset[int]] = {
    ChannelBusy: frozenset({20429, 30001, 63009, 63010, 63012, 63017, 63018, 63038}),
    RecipientUnreachable: frozenset({21211, 21610, 21614, 63003, 63014, 63015, 63024, 63032, 63033}),
    WindowClosed: frozenset({63016}),
}
ERROR_OF_CODE = {code: error for error, codes in ERRORS.items() for code in codes}


@dataclass(frozen=True, slots=True)
class TwilioWhatsApp:
    """One WhatsApp sender at Twilio. `tokens` holds one auth token, or two while they are being changed."""

    code: ClassVar[str] = "whatsapp"
    limits: ClassVar[Limits] = Limits(text_chars=1600, free_window=timedelta(hours=24), takes_documents=True)

    account_sid: str
    tokens: tuple[str, ...]
    sender: str
    public_base_url: str
    api_base_url: str

    def read(self, request: RawRequest, /) -> Sequence[Inbound | Delivery]:
        """Verify and decode a webhook of either kind. :raises SignatureRejected:"""
        self.verify(request)
        form = request.form
        provider_id, sender = form.get("MessageSid") or "", form.get("From") or ""
        if not provider_id:
            return []
        if form.get("MessageStatus"):
            return [_delivery(provider_id, form)]
        return [_inbound(provider_id, sender, form)] if sender else []

    def verify(self, request: RawRequest) -> None:
        """Return only when Twilio signed this form for the address that the public reaches and for our account.

        The address is built from the setting, never from a header, which the sender of a forgery would choose.

        :raises SignatureRejected: not signed, signed with another token, or for another account
        """
        signature = request.headers.get(SIGNATURE, "")
        if not signature:
            raise SignatureRejected("unsigned")
        algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS, ""))
        address = self.public_base_url + request.path
        if not any(_validator(token).validate(address, request.form, signature, algorithm) for token in self.tokens):
            raise SignatureRejected("wrong_signature")
        if self.account_sid and request.form.get("AccountSid") != self.account_sid:
            raise SignatureRejected("other_account")

    def draw(self, reply: Reply, /) -> str:
        """Return the reply with its options as numbered lines: buttons hold 20 characters, which no amount fits."""
        return numbered(reply)

    def send(self, *, recipient: str, reply: Reply, reference: str) -> str:
        """Send free text, or a paper: Twilio puts no words beside one.

        :raises ChannelBusy, MaybeSent, RecipientUnreachable, WindowClosed:
        """
        if reply.document:
            return self._create(recipient, reference, media_url=[reply.document])
        return self._create(recipient, reference, body=self._body(reply))

    def find(self, *, recipient: str, reply: Reply, since: datetime) -> str:
        """Return the SID of the same text to the same person, looking at the last few. :raises ChannelBusy:

        A paper is never found: one that comes twice does no harm, one that was taken for another would be missed.
        """
        if reply.document:
            return ""
        with _faults():
            for message in self._client().messages.list(to=recipient, from_=self.sender, limit=LOOKED_AT):
                if message.body == self._body(reply) and message.date_created >= since - CLOCK_SKEW:
                    return str(message.sid)
        return ""

    def heard_since(self, since: datetime) -> list[tuple[Inbound, datetime]]:
        """Return what citizens sent us since then, as Twilio keeps it, oldest first, each with its time. :raises ChannelError:"""
        with _faults():
            listed = self._client().messages.list(to=self.sender, date_sent_after=since, limit=SWEPT)
        heard = [each for each in listed if each.direction == "inbound" and each.sid and each.from_]
        return [
            (Inbound(str(each.sid), str(each.from_), each.body or ""), each.date_created) for each in reversed(heard)
        ]

    def send_template(self, *, recipient: str, template: str, variables: Mapping[str, str], reference: str) -> str:
        """Send the content with this SID. :raises ChannelBusy, MaybeSent, RecipientUnreachable, WindowClosed:"""
        filled = {"content_variables": json.dumps(dict(variables))} if variables else {}
        return self._create(recipient, reference, content_sid=template, **filled)

    def make_content(self, content: Content) -> str:
        """Create a content and return its SID. :raises ChannelError:"""
        from twilio.rest.content.v1.content import ContentList  # noqa: PLC0415 - as below

        with _faults():
            made = self._client().content.v1.contents.create(ContentList.ContentCreateRequest(content.as_request()))
        return str(made.sid)

    def ask_approval(self, sid: str, content: Content) -> str:
        """Submit a content to WhatsApp and return how far that is. :raises ChannelError:"""
        from twilio.rest.content.v1.content.approval_create import ApprovalCreateList  # noqa: PLC0415 - as below

        asked = ApprovalCreateList.ContentApprovalRequest({"name": content.name, "category": content.category})
        with _faults():
            return str(self._client().content.v1.contents(sid).approval_create.create(asked).status)

    def approval_of(self, sid: str) -> str:
        """Return how far the approval of a content is. :raises ChannelError:"""
        with _faults():
            found = self._client().content.v1.contents(sid).approval_fetch().fetch()
        return str((found.whatsapp or {}).get("status", ""))

    def _body(self, reply: Reply) -> str:
        return self.draw(reply)[: self.limits.text_chars]

    def _client(self) -> Client:
        return client(self.account_sid, self.tokens[0] if self.tokens else "", self.api_base_url)

    def _create(self, recipient: str, reference: str, **content: Any) -> str:
        callback = f"{self.public_base_url}{STATUS_PATH}?message={reference}"
        with _faults():
            message = self._client().messages.create(
                to=recipient, from_=self.sender, status_callback=callback, **content
            )
        return str(message.sid)


def from_settings() -> TwilioWhatsApp:
    """Return the sender that the environment names."""
    return TwilioWhatsApp(
        account_sid=settings.TWILIO_ACCOUNT_SID,
        tokens=tuple(token for token in (settings.TWILIO_AUTH_TOKEN, settings.TWILIO_AUTH_TOKEN_SECONDARY) if token),
        sender=settings.TWILIO_WHATSAPP_FROM,
        public_base_url=settings.PUBLIC_BASE_URL,
        api_base_url=settings.TWILIO_API_BASE_URL,
    )


def twiml(text: str) -> str:
    """Return the TwiML that answers a message with `text`; empty text answers nothing.

    The SDK would write the same; by a tree of elements that is a twentieth of a turn.
    """
    if not text:
        return f"{TWIML}<Response />"
    return f"{TWIML}<Response><Message>{escape(NOT_XML.sub('', text))}</Message></Response>"


def _inbound(provider_id: str, sender: str, form: MultiValueDict[str, str]) -> Inbound:
    """Return what the citizen says: the id of a tapped button or row, else the words. Media alone says nothing."""
    tapped = form.get("ButtonPayload") or form.get("ListId") or ""
    if not tapped:
        return Inbound(provider_id, sender, form.get("Body") or "")
    label = form.get("ButtonText") or form.get("ListTitle") or form.get("Body") or ""
    return Inbound(provider_id, sender, tapped, form.get("OriginalRepliedMessageSid") or "", label)


def _delivery(provider_id: str, form: MultiValueDict[str, str]) -> Delivery:
    status = form.get("MessageStatus") or ""
    return Delivery(provider_id, form.get("To") or "", status, STATUS_RANK.get(status, 0), form.get("ErrorCode") or "")


@cache
def _validator(token: str) -> RequestValidator:
    return RequestValidator(token)


@cache
def client(account_sid: str, token: str, api_base_url: str) -> Client:
    """Return the SDK's client, which keeps its connection open. An empty `api_base_url` is Twilio's own."""
    from twilio.http.http_client import TwilioHttpClient  # noqa: PLC0415 - half a second to import; a web worker needs none
    from twilio.rest import Client  # noqa: PLC0415 - as above

    found = Client(account_sid, token, http_client=TwilioHttpClient(timeout=TIMEOUT_SECONDS))
    if api_base_url:
        found.api.base_url = found.content.base_url = api_base_url
    return found


@contextmanager
def _faults() -> Iterator[None]:
    """Turn what the SDK raises into what may be done next. :raises ChannelError: or a subclass"""
    from requests.exceptions import ConnectTimeout  # noqa: PLC0415 - as above
    from twilio.base.exceptions import TwilioRestException  # noqa: PLC0415 - as above

    try:
        yield
    except TwilioRestException as error:
        raise _error(error) from error
    except ConnectTimeout as error:
        raise ChannelBusy(type(error).__name__) from error
    except OSError as error:  # every other fault of the connection that `requests` knows
        raise MaybeSent(type(error).__name__) from error


def _error(error: TwilioRestException) -> ChannelError:
    """Return what Twilio's refusal means for the message."""
    is_later = error.status == TOO_MANY_REQUESTS or error.status >= SERVER_ERROR
    kind = ERROR_OF_CODE.get(error.code or 0, ChannelBusy if is_later else ChannelError)
    return kind(error.msg, code=str(error.code or error.status))
