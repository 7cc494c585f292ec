"""What a citizen does, over the wire: writes messages through Twilio, opens links, presses buttons of pages."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import count
from urllib.parse import urljoin

import httpx
from twilio.request_validator import RequestValidator

ACCOUNT_SID = f"AC{'a' * 32}"
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"
HOOK = "/hooks/twilio/inbound/"
SIDS = count(1)


@dataclass
class Citizen:
    """Somebody with a telephone. `portal` is the portal's address."""

    portal: str
    address: str

    def write(self, body: str, *, sid: str = "", signature: str = "") -> httpx.Response:
        """Send one message as Twilio delivers it, and return the portal's answer."""
        fields = self.fields(body, sid or f"SM{next(SIDS):032x}")
        signed = signature or RequestValidator(AUTH_TOKEN).compute_signature(self.portal + HOOK, fields)
        return httpx.post(self.portal + HOOK, data=fields, headers={"X-Twilio-Signature": signed}, timeout=20)

    def says(self, body: str) -> str:
        """Send one message and return the text of the reply."""
        answer = self.write(body)
        assert answer.status_code == 200, answer.text
        return reply_in(answer)

    def taps(self, under: str, name: str, title: str) -> None:
        """Tap a choice under a message of the portal, as Twilio delivers it."""
        fields = self.fields(title, f"SM{next(SIDS):032x}") | {
            "ButtonPayload": name,
            "ButtonText": title,
            "MessageType": "interactive",
            "OriginalRepliedMessageSid": under,
            "OriginalRepliedMessageSender": "whatsapp:+918335999111",
        }
        signed = RequestValidator(AUTH_TOKEN).compute_signature(self.portal + HOOK, fields)
        answer = httpx.post(self.portal + HOOK, data=fields, headers={"X-Twilio-Signature": signed}, timeout=20)
        assert answer.status_code == 200, answer.text

    def fields(self, body: str, sid: str) -> dict[str, str]:
        return {
            "AccountSid": ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
            "Body": body,
            "From": self.address,
            "MessageSid": sid,
            "MessageType": "text",
            "NumMedia": "0",
            "NumSegments": "1",
            "ProfileName": "Rina Das 🙏",
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "SmsStatus": "received",
            "To": "whatsapp:+918335999111",
            "WaId": self.address.removeprefix("whatsapp:+"),
        }


def reply_in(answer: httpx.Response) -> str:
    """Return the text of a TwiML answer."""
    messages = ET.fromstring(answer.content).findall("Message")
    assert len(messages) == 1
    return "".join(messages[0].itertext())


def link_in(text: str) -> str:
    """Return the one payment link of a message."""
    links = re.findall(r"https?://\S+/pay/\S+", text)
    assert len(links) == 1, text
    return links[0]


class Form(HTMLParser):
    """The forms of a page: address and fields of each, buttons with a name among them."""

    def __init__(self, page: httpx.Response) -> None:
        super().__init__()
        self.page = page
        self.forms: list[tuple[str, dict[str, str], list[tuple[str, str]]]] = []
        self.feed(page.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((urljoin(str(self.page.url), found.get("action", "")), {}, []))
        elif tag == "input" and found.get("name") and self.forms:
            if found.get("type") not in ("radio", "checkbox") or "checked" in found:
                self.forms[-1][1][found["name"]] = found.get("value", "")
        elif tag == "button" and found.get("name"):
            self.forms[-1][2].append((found["name"], found.get("value", "")))


def press(web: httpx.Client, page: httpx.Response, towards: str, button: str = "", **fields: str) -> httpx.Response:
    """Submit the last form of a page whose address contains `towards`, with a named button if there is one to choose."""
    address, hidden, buttons = [form for form in Form(page).forms if towards in form[0]][-1]
    chosen = dict(one for one in buttons if one[1] == button)
    return web.post(address, data={**hidden, **fields, **chosen}, headers={"Referer": str(page.url)})


def pay(web: httpx.Client, link: str, button: str = "pay") -> httpx.Response:
    """Open a payment link, go to the gateway's page, press a button there and come back."""
    page = web.get(link)
    assert page.status_code == 200, page.text
    leaving = press(web, page, "/pay/")
    bank = press(web, leaving, "/embeddedsdk")
    back = press(web, bank, "", button)
    return press(web, back, "/pay/return/")
