"""The demo phone as a peer on the wire: signed webhooks in, the SDK's own calls out, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from chatbot import outgoing, tasks
from chatbot.channels import whatsapp_twilio
from chatbot.channels.base import ChannelBusy, ChannelError, MaybeSent, RecipientUnreachable
from chatbot.channels.registry import channel_of
from chatbot.engine.steps import Reply
from chatbot.models import Conversation, OutboundMessage, PhoneMessage
from chatbot.tests.conftest import OWES

TOKEN = "0123456789abcdef0123456789abcdef"
ACCOUNT = "AC" + "a" * 32
PUSHED: Mapping[str, object] = {
    "token": "t" * 22,
    "code": "0123456789ABCDEF",
    "receipt_number": "PT-026/2026-27/000001",
    "order_number": "KP261123ABCDEFG",
    "amount_paise": 444_900,
    "language": "en",
}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def portal(settings, live_server, street):
    settings.PUBLIC_BASE_URL = live_server.url
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
    settings.TWILIO_API_BASE_URL = f"{live_server.url}/demo/phone/twilio"
    settings.CHAT_REPLY_VIA = "twiml"
    yield live_server.url
    # The SDK keeps its connection, and with it the server's thread and that thread's database connection.
    whatsapp_twilio.client(ACCOUNT, TOKEN, f"{live_server.url}/demo/phone/twilio").http_client.session.close()


@pytest.fixture
def phone(portal):
    browser = Client()
    browser.get("/demo/phone/")
    return browser


def bodies() -> list[str]:
    return list(PhoneMessage.objects.filter(is_mine=False).order_by("id").values_list("body", flat=True))


def test_conversation_from_language_to_link(phone):
    for text in ("Hi", "১", "১", OWES, "1"):
        assert phone.post("/demo/phone/", {"text": text}).status_code == 302

    assert len(bodies()) == 5
    assert "/pay/" in bodies()[-1]
    assert set(PhoneMessage.objects.values_list("status", flat=True)) == {"read"}
    assert Conversation.objects.get().turns == 5


def test_screen_has_a_button_for_each_numbered_line(phone):
    phone.post("/demo/phone/", {"text": "Hi"})

    page = phone.get("/demo/phone/").content.decode()

    assert [f'value="{number}"><b>{number}</b>' in page for number in range(1, 5)] == [True, True, True, False]


def test_screen_says_when_nothing_is_new(phone):
    phone.post("/demo/phone/", {"text": "Hi"})
    shown = phone.get("/demo/phone/screen/")
    seen = shown.context["seen"]

    assert phone.get("/demo/phone/screen/", {"seen": seen}).status_code == 204


def test_hidden_number_is_a_citizen_like_any_other(portal):
    browser = Client()
    browser.post("/demo/phone/", {"new": "hidden"})
    browser.post("/demo/phone/", {"text": "Hi"})

    assert Conversation.objects.get().address.startswith("whatsapp:IN.")


def test_message_that_reaches_nobody_is_marked(phone, settings):
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:1"

    phone.post("/demo/phone/", {"text": "Hi"})

    assert PhoneMessage.objects.get().status == "failed"


def test_receipt_is_pushed_once_and_its_delivery_is_noted(phone):
    phone.post("/demo/phone/", {"text": "English"})
    payload = {**PUSHED, "told_to": [str(Conversation.objects.get().pk)]}

    outgoing.send_receipt(payload)
    outgoing.send_receipt(payload)

    assert bodies()[1:] == [OutboundMessage.objects.get().body]
    assert OutboundMessage.objects.get().status == "queued"
    phone.get("/demo/phone/screen/")
    assert OutboundMessage.objects.get().status == "read"
    assert OutboundMessage.objects.get().provider_id == PhoneMessage.objects.latest("id").sid


def test_receipt_speaks_the_language_of_the_conversation_and_gives_the_address(phone, portal):
    phone.post("/demo/phone/", {"text": "বাংলা"})

    outgoing.send_receipt({**PUSHED, "told_to": [str(Conversation.objects.get().pk)]})

    assert bodies()[-1] == (
        "*₹৪,৪৪৯.০০ পাওয়া গেছে। ধন্যবাদ!*\n"
        "রসিদ PT-026/2026-27/000001, অর্ডার KP261123ABCDEFG। 0123-4567-89AB-CDEF কোড দিয়ে যে কেউ এটি যাচাই করতে পারেন।\n\n"
        f"পি ডি এফ: {portal}/receipts/{'t' * 22}.pdf\n\n"
        f"আপনার রসিদ:\n{portal}/receipts/{'t' * 22}/"
    )


def test_reversal_is_told_once_and_says_what_to_do(phone, portal):
    phone.post("/demo/phone/", {"text": "English"})
    told_to = [str(Conversation.objects.get().pk)]
    payload = {**PUSHED, "reversal_number": "RV-PT-026/2026-27/000001", "told_to": told_to}

    outgoing.send_reversal(payload)
    outgoing.send_reversal(payload)

    assert bodies()[1:] == [
        "*Your receipt PT-026/2026-27/000001 has been reversed.*\n"
        "The ₹4,449.00 of payment KP261123ABCDEFG did not reach the corporation, or was taken back. What it was for is "
        "due again. The reversal is RV-PT-026/2026-27/000001.\n\n"
        "Please look up your dues and pay once more. If you think this is wrong, please take the receipt to your ward "
        "office.\n\n"
        f"The receipt:\n{portal}/receipts/{'t' * 22}/"
    ]


def refund_payload(**changes) -> dict:
    told_to = [str(Conversation.objects.get().pk)]
    return {**PUSHED, "refund_number": "RF2611262345678", "advice_number": "", "told_to": told_to, **changes}


def test_refund_is_told_once_and_says_which_way_it_goes(phone, portal):
    phone.post("/demo/phone/", {"text": "English"})
    payload = refund_payload()

    outgoing.send_refund(payload)
    outgoing.send_refund(payload)
    outgoing.send_refund({**payload, "refund_number": "RF2611269999999", "advice_number": "PA-77/2026"})

    ways = (
        "It goes back the way you paid. Your bank may take some days to show it.",
        "The treasury has paid it, by its payment advice PA-77/2026.",
    )
    assert bodies()[1:] == [
        "*₹4,449.00 has been given back to you.*\n"
        f"It had been paid above what was due, by payment KP261123ABCDEFG. The refund is {number}. {way}\n\n"
        f"The receipt:\n{portal}/receipts/{'t' * 22}/"
        for number, way in zip(("RF2611262345678", "RF2611269999999"), ways, strict=True)
    ]


def test_refund_that_failed_is_told_once_and_says_where_the_money_is(phone, portal):
    phone.post("/demo/phone/", {"text": "हिन्दी"})
    payload = refund_payload()

    outgoing.send_failed_refund(payload)
    outgoing.send_failed_refund(payload)

    assert bodies()[1:] == [
        "*आपको ₹4,449.00 लौटाए नहीं जा सके।*\n"
        "भुगतान KP261123ABCDEFG की धन-वापसी RF2611262345678 बैंक या गेटवे ने नहीं ली। राशि पहले की तरह आपके नाम रखी है। कृपया रसीद "
        "लेकर अपने वार्ड कार्यालय में पूछें।\n\n"
        f"रसीद:\n{portal}/receipts/{'t' * 22}/"
    ]


MOVED = {**PUSHED, "amount_paise": 100_000, "bills": ["PD-1"], "reference": "110260100069", "key": "placement:1"}


@pytest.mark.parametrize(
    ("language", "happened", "said"),
    [
        ("English", "named", "It has been put on the bills that it was meant for, as of the day you paid: PD-1."),
        ("English", "due", "It has been put on what is due: PD-1."),
        ("English", "advance", "It is kept in advance for you; your next bills will take it."),
        ("English", "other", "It is kept in advance for the number 110260100069, for which it was meant."),
        ("English", "charged", "Your bank has taken it back."),
        ("বাংলা", "due", "যা বকেয়া আছে তাতে এটি জমা হয়েছে: PD-1।"),
        ("हिन्दी", "due", "जो बकाया है उसमें यह जमा कर दिया गया है: PD-1।"),
    ],
)
def test_money_that_has_moved_is_told_once(phone, portal, language, happened, said):
    phone.post("/demo/phone/", {"text": language})
    payload = {**MOVED, "happened": happened, "told_to": [str(Conversation.objects.get().pk)]}

    outgoing.send_move(payload)
    outgoing.send_move(payload)

    (body,) = bodies()[1:]
    assert said in body
    assert body.endswith(f"{portal}/receipts/{'t' * 22}/")


def two_phones() -> list[int]:
    """Have two citizens say hello, in two languages, and return their conversations."""
    for language in ("English", "বাংলা"):
        browser = Client()
        browser.post("/demo/phone/", {"new": "visible"})
        browser.post("/demo/phone/", {"text": language})
    return list(Conversation.objects.order_by("pk").values_list("pk", flat=True))


def test_everybody_who_asked_is_told_and_nobody_learns_who_else_did(portal):
    first, second = two_phones()
    payload = {**PUSHED, "told_to": [str(first), str(second)]}

    outgoing.send_receipt(payload)
    outgoing.send_receipt(payload)

    told = dict(OutboundMessage.objects.values_list("conversation_id", "body"))
    assert list(told) == [first, second]
    assert told[first].startswith("*₹4,449.00 received. Thank you!*")
    assert told[second].startswith("*₹৪,৪৪৯.০০ পাওয়া গেছে। ধন্যবাদ!*")
    mobiles = [
        address.removeprefix("whatsapp:+91") for address in Conversation.objects.values_list("address", flat=True)
    ]
    assert not [mobile for mobile in mobiles for body in told.values() if mobile in body]
    assert PhoneMessage.objects.filter(is_mine=False, body__in=told.values()).count() == 2


def test_one_who_cannot_be_reached_stops_no_other(portal):
    first, second = two_phones()
    Conversation.objects.filter(pk=first).update(address="whatsapp:")
    payload = {**PUSHED, "told_to": [str(first), str(second)]}

    outgoing.send_receipt(payload)

    assert dict(OutboundMessage.objects.values_list("conversation_id", "status")) == {first: "failed", second: "queued"}


@pytest.mark.parametrize("told_to", [[], ["999999"], ["someone"]])
def test_receipt_of_another_door_says_nothing(told_to, portal):
    outgoing.send_receipt({**PUSHED, "told_to": told_to})

    assert OutboundMessage.objects.count() == 0


def test_busy_channel_keeps_the_message_for_later(phone, settings, portal):
    phone.post("/demo/phone/", {"text": "English"})
    payload = {**PUSHED, "told_to": [str(Conversation.objects.get().pk)]}
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:1"

    with pytest.raises(ChannelBusy):
        outgoing.send_receipt(payload)
    tasks.send_waiting()
    assert OutboundMessage.objects.get().status == "waiting"

    settings.TWILIO_API_BASE_URL = f"{portal}/demo/phone/twilio"
    outgoing.send_receipt(payload)
    assert OutboundMessage.objects.get().status == "queued"


@pytest.fixture
def lossy_line(portal):
    """A line to Twilio on which every answer to a message is lost after it was taken."""

    class Line(BaseHTTPRequestHandler):
        def do_POST(self):
            self.forward("POST", self.rfile.read(int(self.headers["Content-Length"])))
            self.connection.close()

        def do_GET(self):
            answer = self.forward("GET", None)
            self.send_response(answer.status_code)
            self.end_headers()
            self.wfile.write(answer.content)

        def forward(self, method, content):
            kept = {name: self.headers[name] for name in ("Authorization", "Content-Type") if self.headers[name]}
            return httpx.request(method, portal + self.path, content=content, headers=kept, trust_env=False)

        def log_message(self, *_words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Line)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/demo/phone/twilio"
    server.shutdown()
    server.server_close()


def test_message_whose_answer_was_lost_is_found_and_not_sent_again(phone, settings, lossy_line):
    phone.post("/demo/phone/", {"text": "English"})
    payload = {**PUSHED, "told_to": [str(Conversation.objects.get().pk)]}
    settings.TWILIO_API_BASE_URL = lossy_line

    with pytest.raises(MaybeSent):
        outgoing.send_receipt(payload)
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:1"
    with pytest.raises(MaybeSent):
        outgoing.send_receipt(payload)
    settings.TWILIO_API_BASE_URL = lossy_line
    outgoing.send_receipt(payload)

    assert len(bodies()) == 2
    assert OutboundMessage.objects.values_list("status", "provider_id", "error_code").get() == (
        "queued",
        PhoneMessage.objects.latest("id").sid,
        "",
    )


def test_message_of_a_sender_that_died_is_looked_for_and_not_sent_again(phone):
    phone.post("/demo/phone/", {"text": "English"})
    now, conversation = timezone.now(), Conversation.objects.get()
    OutboundMessage.objects.create(
        dedup_key="news", conversation=conversation, body="News", created_at=now, available_at=now
    )
    with connection.cursor() as cursor:
        taken = {"key": "news", "now": now, "lease": now + outgoing.LEASE, "unsure": outgoing.UNSURE}
        cursor.execute(outgoing.TAKE, taken)
    channel_of("whatsapp").send(recipient=conversation.address, reply=Reply("News"), reference="news")

    outgoing.send("news", now=now)
    assert OutboundMessage.objects.get().status == "waiting"

    outgoing.send("news", now=now + outgoing.LEASE)
    assert OutboundMessage.objects.get().status == "queued"
    assert bodies()[1:] == ["News"]


def test_message_that_can_never_arrive_is_marked_failed(phone):
    phone.post("/demo/phone/", {"text": "English"})
    Conversation.objects.update(address="whatsapp:")

    outgoing.send_receipt({**PUSHED, "told_to": [str(Conversation.objects.get().pk)]})

    assert OutboundMessage.objects.values_list("status", "error_code").get() == ("failed", "21211")


def test_reply_by_api_arrives_as_a_message_of_its_own(phone, settings, monkeypatch):
    settings.CHAT_REPLY_VIA = "api"
    monkeypatch.setattr(tasks.send_message, "delay", lambda **_values: None)
    phone.post("/demo/phone/", {"text": "English"})

    tasks.send_waiting()

    assert bodies() == [OutboundMessage.objects.get().body]


def test_sdk_refuses_what_twilio_refuses(portal):
    channel = channel_of("whatsapp")

    with pytest.raises(RecipientUnreachable):
        channel.send(recipient="+919830012345", reply=Reply("Hi"), reference="1")
    with pytest.raises(ChannelError, match="Message body is required"):
        channel.send(recipient="whatsapp:+919830012345", reply=Reply(""), reference="2")
    assert (
        channel.send_template(recipient="whatsapp:+91", template=f"HX{'1' * 32}", variables={"1": "x"}, reference="3")[
            :2
        ]
        == "SM"
    )


VALID = {"To": "whatsapp:+919830012345", "From": "whatsapp:+918335999111", "Body": "Hi"}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({}, 201, None),
        ({"Body": "x" * 1600}, 201, None),
        ({"StatusCallback": "https://kmc.example.org/x"}, 201, None),
        ({"Body": "x" * 1601}, 400, 21617),
        ({"Body": ""}, 400, 21602),
        ({"To": ""}, 400, 21604),
        ({"To": "+919830012345"}, 400, 21211),
        ({"From": ""}, 400, 21603),
        ({"From": "+918335999111"}, 400, 21212),
        ({"StatusCallback": "/hooks/"}, 400, 21609),
        ({"StatusCallback": "http://kmc.example.org/"}, 400, 21609),
        ({"MediaUrl": ["https://a/1", "https://a/2"]}, 400, 21623),
        ({"Colour": "red"}, 400, 20001),
    ],
)
def test_rest_door_of_the_phone_is_as_strict_as_twilio(change, status, code, portal):
    answer = httpx.post(
        f"{portal}/demo/phone/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
        data={**VALID, **change},
        auth=(ACCOUNT, TOKEN),
        trust_env=False,
    )

    assert (answer.status_code, answer.json().get("code")) == (status, code)


@pytest.mark.parametrize(("account", "token", "status"), [(ACCOUNT, "f" * 32, 401), ("AC1", TOKEN, 401)])
def test_rest_door_wants_the_account_and_its_token(account, token, status, portal):
    url = f"{portal}/demo/phone/twilio/2010-04-01/Accounts/{ACCOUNT}/Messages.json"

    assert httpx.post(url, data=VALID, auth=(account, token), trust_env=False).status_code == status


def test_phone_has_no_inline_script_or_style(phone):
    page = phone.get("/demo/phone/").content.decode()

    assert ("<style" in page, "style=" in page, "<script>" in page, "onclick" in page) == (False,) * 4
    assert json.dumps(page).count("<script") == 1
