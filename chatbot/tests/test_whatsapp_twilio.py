"""Twilio's signatures and errors, against vectors made elsewhere."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import fromstring

import pytest
from django.http import QueryDict
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from chatbot.channels.base import (
    ChannelBusy,
    ChannelError,
    Delivery,
    Inbound,
    RawRequest,
    RecipientUnreachable,
    SignatureRejected,
    WindowClosed,
)
from chatbot.channels.whatsapp_twilio import TwilioWhatsApp, _error, twiml

CALL = "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309"
REPEATED = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234"
TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT = "AC" + "a" * 32
RECORDED = Path(__file__).parent / "recorded"
MESSAGE = (RECORDED / "inbound_text.form").read_text()
PATH = "/chat/whatsapp/inbound/"
TAPPED = Inbound(f"SM{'c' * 32}", "whatsapp:+919830012345", "ALL", f"MM{'d' * 32}", "Pay everything")
SIGNATURE = "boKSnaCRbRanpgdoIFaer6S3WvY="


def sender(base="https://kmc.example.org", tokens=(TOKEN,), account=""):
    return TwilioWhatsApp(account, tokens, "whatsapp:+14155238886", base, "")


def request(form, signature, path=PATH, **headers):
    return RawRequest(path, QueryDict(form), {"x-twilio-signature": signature, **headers})


@pytest.mark.parametrize(
    ("base", "form", "signature"),
    [
        ("https://mycompany.com", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com", CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("http://mycompany.com", CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("https://mycompany.com", REPEATED, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    ],
    ids=["plain", "signed with :443", "http signed with :80", "a name twice"],
)
def test_published_signature_is_accepted(base, form, signature):
    assert sender(base, tokens=("12345",)).read(request(form, signature, "/myapp.php?foo=1&bar=2")) == []


def test_message_is_read_with_its_blank_at_the_end():
    message = Inbound(f"SM{'b' * 32}", "whatsapp:+919830012345", "আমার সম্পত্তি কর কত বাকি? ")

    assert sender().read(request(MESSAGE, SIGNATURE)) == [message]


def test_bengali_digit_is_signed():
    form = QueryDict(MESSAGE, mutable=True)
    form["Body"] = "১"

    [message] = sender().read(RawRequest(PATH, form, {"x-twilio-signature": "1cdTCr68dbHBfgfkPaTeCNLz/4Y="}))

    assert message.text == "১"


def test_second_token_is_accepted_while_tokens_are_changed():
    assert len(sender(tokens=("f" * 32, TOKEN)).read(request(MESSAGE, SIGNATURE))) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"signature": ""}, "unsigned"),
        ({"signature": SIGNATURE[:-3] + "xx="}, "wrong_signature"),
        ({"signature": "নয়"}, "wrong_signature"),
        ({"form": MESSAGE.replace("%3F+", "%3F")}, "wrong_signature"),
        ({"form": MESSAGE + "&Extra=1"}, "wrong_signature"),
        ({"path": PATH + "?x=1"}, "wrong_signature"),
        ({"base": "https://evil.example.org"}, "wrong_signature"),
        ({"tokens": ("f" * 32,)}, "wrong_signature"),
        ({"tokens": ()}, "wrong_signature"),
        ({"account": "AC" + "f" * 32}, "other_account"),
        ({"x-twilio-webhooks-signature-settings": "key=k,algorithm=HMAC_SHA256"}, "wrong_signature"),
        ({"x-twilio-webhooks-signature-settings": "key=k,algorithm=NONE"}, "wrong_signature"),
    ],
)
def test_forgery_is_rejected(change, reason):
    channel = sender(**{name: change.pop(name) for name in ("base", "tokens", "account") if name in change})
    forged = request(**{"form": MESSAGE, "signature": SIGNATURE, **change})

    with pytest.raises(SignatureRejected, match=f"^{reason}$"):
        channel.read(forged)


def test_account_is_compared_when_it_is_known():
    assert len(sender(account=ACCOUNT).read(request(MESSAGE, SIGNATURE))) == 1


def signed(fields: str) -> RawRequest:
    form = QueryDict(fields)
    return RawRequest(
        PATH,
        form,
        {"x-twilio-signature": RequestValidator(TOKEN).compute_signature("https://kmc.example.org" + PATH, form)},
    )


@pytest.mark.parametrize(
    ("file", "event"),
    [
        ("inbound_button", TAPPED),
        ("inbound_voice", Inbound("SM" + "c" * 32, "whatsapp:IN.4566000000000001", "")),
        ("status_undelivered", Delivery("SM" + "e" * 32, "whatsapp:+919830012345", "undelivered", 6, "63016")),
    ],
)
def test_recorded_form_is_read(file, event):
    assert sender(account=ACCOUNT).read(signed((RECORDED / f"{file}.form").read_text())) == [event]


@pytest.mark.parametrize(
    ("fields", "text"), [("Body=Pay&ListId=PD", "PD"), ("Latitude=22.5&Longitude=88.3", ""), ("Body=+1", " 1")]
)
def test_what_the_citizen_says_by_kind_of_message(fields, text):
    [message] = sender().read(signed(f"MessageSid=SM1&From=whatsapp%3A%2B91&{fields}"))

    assert message.text == text


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (429, 20429, ChannelBusy),
        (400, 63018, ChannelBusy),
        (503, None, ChannelBusy),
        (400, 21610, RecipientUnreachable),
        (400, 63003, RecipientUnreachable),
        (400, 63016, WindowClosed),
        (400, 21617, ChannelError),
        (401, 20003, ChannelError),
    ],
)
def test_twilio_code_means_what_may_be_done_next(status, code, kind):
    assert type(_error(TwilioRestException(status, "/", "no", code))) is kind


@pytest.mark.parametrize("text", ["Das & Sons <3", "মোট ₹১২,৩৪৫.০০\n\n1. *সব* > ১", "😀 \"a\" 'b' &amp;", ""])
def test_twiml_is_what_the_sdk_writes(text):
    response = MessagingResponse()
    if text:
        response.message(text)
    assert twiml(text) == str(response)


def test_twiml_leaves_out_what_xml_cannot_hold():
    answer = fromstring(twiml("a\x0bb\x00c\ufffe\ud800d\te"))
    assert answer.findtext("Message") == "abcd\te"
