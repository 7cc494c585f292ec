"""Every request that leaves for Twilio, whatever for, against our own copy of its published rules."""

from __future__ import annotations

import ast
import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from chatbot import code_messages, contents, handover, outgoing, reminders
from chatbot.channels import whatsapp_twilio
from chatbot.channels.base import Inbound
from chatbot.engine.steps import Reply
from chatbot.models import Conversation, Handover, OutboundMessage
from chatbot.phone.content_rules import check_content, check_template
from chatbot.phone.rules import RuleBroken, check_message
from chatbot.services import receive
from chatbot.tests.conftest import ACCOUNT_SID, AUTH_TOKEN, CLEAR, OWES
from payments.models import Receipt

HIDDEN = "whatsapp:IN.4566000000000001"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


class Wire:
    """Somebody who plays Twilio, checks every request and remembers it."""

    def __init__(self):
        self.seen, self.broken = [], []
        wire = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.answer("POST", self.rfile.read(int(self.headers["Content-Length"])).decode())

            def do_GET(self):
                self.answer("GET", "")

            def answer(self, method, body):
                status, document = wire.take(method, self.path, body, self.headers)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(document).encode())

            def log_message(self, *_words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, method, address, body, headers):
        path = urlsplit(address).path
        try:
            assert headers["Authorization"].startswith("Basic ")
            return self.checked(method, path, body, headers)
        except (RuleBroken, AssertionError, ValueError) as fault:
            self.broken.append((method, path, body, repr(fault)))
            return 400, {"code": 20001, "message": str(fault), "status": 400}

    def checked(self, method, path, body, headers):
        number = len(self.seen)
        if (method, path) == ("POST", MESSAGES):
            assert headers["Content-Type"] == "application/x-www-form-urlencoded"
            form = MultiValueDict(parse_qs(body, keep_blank_values=True))
            check_message(form)
            self.seen.append(("message", form))
            return 201, {"sid": f"SM{number:032x}", "status": "queued"}
        if method == "GET" and path == MESSAGES:
            self.seen.append(("list", path))
            return 200, {"messages": [], "page": 0, "page_size": 50, "next_page_uri": None}
        return self.content(method, path, body, headers, f"HX{number:032x}")

    def content(self, method, path, body, headers, sid):
        if method == "GET":
            assert path.endswith("/ApprovalRequests"), path
            self.seen.append(("approval asked after", path))
            return 200, {"whatsapp": {"status": "approved"}}
        assert headers["Content-Type"] == "application/json"
        asked = json.loads(body)
        if path == "/v1/Content":
            check_content(asked)
            assert "twilio/text" in asked["types"]
            self.seen.append(("content", asked))
            return 201, {"sid": sid, **asked}
        assert path.endswith("/ApprovalRequests/whatsapp"), path
        made = {f"HX{place:032x}": kept for place, (_kind, kept) in enumerate(self.seen)}[path.split("/")[3]]
        check_template(made["types"]["twilio/text"]["body"], asked)
        self.seen.append(("approval", asked))
        return 201, {"name": asked["name"], "category": asked["category"], "status": "received"}

    def messages(self):
        return [kept for kind, kept in self.seen if kind == "message"]


@pytest.fixture
def wire(settings):
    found = Wire()
    settings.PUBLIC_BASE_URL, settings.CHAT_REPLY_VIA = "https://portal.example.org", "api"
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT_SID, AUTH_TOKEN
    settings.TWILIO_API_BASE_URL = found.url
    yield found
    found.server.shutdown()
    found.server.server_close()
    whatsapp_twilio.client(ACCOUNT_SID, AUTH_TOKEN, found.url).http_client.session.close()
    assert found.broken == []


@pytest.fixture
def synced(wire):
    for _time in range(2):
        list(contents.sync(whatsapp_twilio.from_settings(), now=timezone.now()))
    return wire


def hear(*texts):
    """Take messages of a citizen whose number is hidden, and send the replies."""
    channel = whatsapp_twilio.from_settings()
    for text in texts:
        now = timezone.now()
        sid = f"SM{now.timestamp()}{text}"
        receive(Inbound(sid, HIDDEN, text), channel=channel, now=now, queue_reply=True)
        send_all()


def send_all(wait=timedelta(0)):
    now = timezone.now() + wait
    for key in outgoing.waiting(now=now):
        outgoing.send(key, now=now)


@pytest.mark.django_db
def test_contents_and_their_approval(synced):
    kinds = [kind for kind, _kept in synced.seen]
    templates = [content for content in contents.declared() if content.category]

    assert kinds.count("content") == len(contents.declared())
    assert kinds.count("approval") == kinds.count("approval asked after") == len(templates)


@pytest.mark.django_db
def test_replies_in_words_with_buttons_with_a_link_and_as_a_paper(synced, street):
    hear("Hi", "English", OWES, "1", "0", OWES, "papers", "statement", "no dues certificate", CLEAR, "my data")
    sent = [next(name for name in ("MediaUrl", "ContentSid", "Body") if name in form) for form in synced.messages()]

    assert sent == [
        *("ContentSid", "ContentSid", "Body", "ContentSid", "ContentSid"),
        *("Body", "Body", "MediaUrl", "Body", "MediaUrl", "Body"),
    ]
    paid = json.loads(synced.messages()[3]["ContentVariables"])
    assert paid["1"] == "₹4,449.00"
    assert paid["5"].startswith("pay/")


@pytest.mark.django_db
def test_news_of_payments(synced, paid):
    hear("English")
    receipt = Receipt.objects.get(receipt_number="PT-026/2026-27/000001")
    news = {
        "kind": "property_tax", "token": receipt.token, "code": receipt.code, "receipt_number": receipt.receipt_number,
        "order_number": "KP261123ABCDEFG", "amount_paise": 1, "told_to": [str(Conversation.objects.get().pk)],
        "reversal_number": "RV-1", "refund_number": "RF1", "advice_number": "", "key": "placement:1", "bills": ["PD-1"],
        "happened": "due", "reference": OWES,
    }  # fmt: skip
    for tell in (
        *(outgoing.send_receipt, outgoing.send_reversal, outgoing.send_refund, outgoing.send_failed_refund),
        outgoing.send_move,
    ):
        tell(news)
    send_all(wait=timedelta(minutes=1))

    assert len(synced.messages()) == 1 + 5 + 1
    assert synced.messages()[-1]["MediaUrl"].startswith("https://portal.example.org/chat/papers/")


@pytest.mark.django_db
def test_reminder_in_and_outside_the_window(synced, street, now):
    hear("English", OWES, "Remember this number", "My house", "1")
    reminders.write_reminders(now=now)
    key = OutboundMessage.objects.get(dedup_key__startswith="reminder:").dedup_key
    Conversation.objects.update(last_inbound_at=now - timedelta(days=2))
    outgoing.send(key, now=now)

    assert json.loads(synced.messages()[-1]["ContentVariables"])["1"] == "My house"


@pytest.mark.django_db
def test_clerk_and_code(wire, street):
    hear("English", "clerk", "My bill is wrong")
    handover.answer(Handover.objects.get().pk, text="Which bill?", clerk="bela", closes=True, now=timezone.now())
    send_all()
    told = {"mobile": "+919830012345", "code": "123456", "purpose": "sign_in", "language": "bn", "reference": "code:1"}
    code_messages._hand_over(whatsapp_twilio.from_settings(), told)

    assert [form["To"] for form in wire.messages()] == [*[HIDDEN] * 4, "whatsapp:+919830012345"]


@pytest.mark.django_db
def test_looking_for_what_was_sent_and_for_what_was_missed(wire):
    channel = whatsapp_twilio.from_settings()

    assert channel.find(recipient=HIDDEN, reply=Reply("Hi"), since=timezone.now()) == ""
    assert channel.heard_since(timezone.now()) == []
    assert [kind for kind, _kept in wire.seen] == ["list", "list"]


def test_nothing_else_in_the_portal_speaks_to_twilio():
    """Every call of the SDK stands in one file, and every kind of it is made above."""
    root = Path(__file__).resolve().parents[2]
    callers = set()
    for path in root.glob("*/**/*.py"):
        if ".venv" in path.parts or "tests" in path.parts:
            continue
        names = {
            ast.unparse(node) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
        }
        if any("twilio.rest" in name for name in names):
            callers.add(path.relative_to(root).as_posix())

    assert callers == {"chatbot/channels/whatsapp_twilio.py"}


VALID = {"To": "whatsapp:+919830012345", "From": "whatsapp:+918335999111"}
CONTENT = {**VALID, "ContentSid": f"HX{'a' * 32}"}


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({**VALID, "Body": "Hi", "ContentSid": f"HX{'a' * 32}"}, 21619),
        ({**CONTENT, "MediaUrl": "https://a.example/1.pdf"}, 21619),
        ({**VALID, "ContentSid": "HX1"}, 21655),
        ({**CONTENT, "ContentVariables": "{"}, 21656),
        ({**CONTENT, "ContentVariables": "{}"}, 21656),
        ({**CONTENT, "ContentVariables": '{"1": 5}'}, 21656),
        ({**CONTENT, "ContentVariables": '{"1": ""}'}, 21656),
        ({**CONTENT, "ContentVariables": json.dumps({"1": "x" * 256})}, 21656),
        ({**CONTENT, "ContentVariables": json.dumps({"1": "a\nb"})}, 63013),
        ({**VALID, "Body": "Hi", "ContentVariables": '{"1": "x"}'}, 21656),
        ({**VALID, "Body": "Hi", "To": "whatsapp:919830012345"}, 21211),
        ({**VALID, "Body": "Hi", "To": "whatsapp:IN."}, 21211),
        ({"To": "whatsapp:+91", "MessagingServiceSid": "MG1", "Body": "Hi"}, 21701),
        ({**VALID, "Body": "Hi", "MediaUrl": "/receipts/x.pdf"}, 21620),
        ({**VALID, "Body": "Hi", "MediaUrl": "https:///x.pdf"}, 21620),
        ({**VALID, "Body": "Hi", "ValidityPeriod": "36001"}, 21621),
        ({**VALID, "Body": "Hi", "ContentRetention": "forget"}, 20001),
        ({**VALID, "Body": "Hi", "SendAt": "2026-11-27T00:00:00Z"}, 35111),
    ],
    ids=str,
)
def test_rule_that_is_broken_is_named(form, code):
    with pytest.raises(RuleBroken) as broken:
        check_message(MultiValueDict({name: [value] for name, value in form.items()}))

    assert broken.value.code == code


def test_parameter_stands_once():
    with pytest.raises(RuleBroken, match="stands twice"):
        check_message(QueryDict("To=whatsapp%3A%2B91&To=whatsapp%3A%2B92&From=whatsapp%3A%2B93&Body=Hi"))


LINK = {"type": "URL", "title": "Pay now", "url": "https://portal.example.org/{{2}}"}


@pytest.mark.parametrize(
    "change",
    [
        {"actions": [{**LINK, "title": "x" * 21}]},
        {"actions": [{**LINK, "url": "http://portal.example.org/{{2}}"}]},
        {"actions": [{**LINK, "url": "https://portal.example.org/{{2}}/end"}]},
        {"actions": [{**LINK, "url": "{{2}}"}]},
        {"actions": [LINK] * 3},
        {"actions": [{"type": "PHONE_NUMBER", "title": "Call", "phone": "+911"}]},
        {"body": "x" * 1025},
        {"body": "no variable"},
    ],
    ids=str,
)
def test_link_that_the_content_api_would_not_take_is_refused(change):
    drawn = {"body": "Pay {{1}} here", "actions": [LINK], **change}
    asked = {
        "friendly_name": "x", "language": "en", "variables": {"1": "₹5", "2": "pay/"}, "types": {"twilio/call-to-action": drawn}
    }  # fmt: skip

    with pytest.raises(RuleBroken):
        check_content(asked)
