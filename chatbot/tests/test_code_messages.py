"""A one-time code on its way: outbox, Twilio's SDK, the demo phone; nothing of it stays behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from structlog.testing import capture_logs

from chatbot.channels import whatsapp_twilio
from chatbot.code_messages import code_text
from chatbot.models import OutboundMessage, PhoneMessage
from citizens import services
from citizens.codes import unsealed
from citizens.states import Purpose
from payments import outbox
from payments.models import OutboxMessage
from payments.states import Source

TOKEN, ACCOUNT, MOBILE = "0123456789abcdef0123456789abcdef", "AC" + "a" * 32, "+919830012345"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def portal(settings, live_server):
    settings.PUBLIC_BASE_URL = live_server.url
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
    settings.TWILIO_API_BASE_URL = f"{live_server.url}/demo/phone/twilio"
    yield live_server.url
    # The SDK keeps its connection, and with it the server's thread and that thread's database connection.
    whatsapp_twilio.client(ACCOUNT, TOKEN, f"{live_server.url}/demo/phone/twilio").http_client.session.close()


def ask(*, language="en", mobile=MOBILE, at=None) -> str:
    services.send_code(
        purpose=Purpose.SIGN_IN,
        mobile=mobile,
        subject="" if mobile else "CE-1",
        client="",
        now=at or timezone.now(),
        language=language,
        source=Source.WEB,
    )
    return unsealed(OutboxMessage.objects.latest("id").payload)["code"]


def test_code_arrives_on_the_phone_and_is_kept_nowhere_else(portal):
    code = ask()

    with capture_logs() as lines:
        assert outbox.dispatch(now=timezone.now()) == 1

    message = PhoneMessage.objects.get()
    assert (message.number, message.body.splitlines()[0]) == (MOBILE, f"*{code}* is your code to sign in.")
    assert OutboxMessage.objects.get().payload == {}
    assert not OutboundMessage.objects.filter(body__contains=code).exists()
    assert code not in str(lines)


def test_phone_screen_shows_the_code_and_reports_it_read(portal):
    phone = Client()
    phone.post("/demo/phone/", {"new": ""})
    number = phone.get("/demo/phone/").context["number"]
    code = ask(mobile=number)
    outbox.dispatch(now=timezone.now())

    assert code in phone.get("/demo/phone/").text
    assert PhoneMessage.objects.get().status == "read"


def test_web_sign_in_with_the_code_read_from_the_phone(portal):
    browser = Client()
    browser.post("/en/sign-in/", {"mobile": MOBILE})
    outbox.dispatch(now=timezone.now())

    browser.post("/en/sign-in/code/", {"code": PhoneMessage.objects.get().body[1:7]})

    assert "You are signed in" in browser.get("/en/sign-in/").text


def test_code_for_nobody_is_not_sent_and_not_kept(portal):
    ask(mobile="")

    assert outbox.dispatch(now=timezone.now()) == 1

    assert (PhoneMessage.objects.count(), OutboxMessage.objects.get().payload) == (0, {})


def test_late_code_is_dropped(portal):
    ask(at=timezone.now() - timedelta(minutes=10))

    assert outbox.dispatch(now=timezone.now()) == 1

    assert (PhoneMessage.objects.count(), OutboxMessage.objects.get().payload) == (0, {})


def test_code_waits_while_nobody_answers_and_the_reason_does_not_quote_it(portal, settings):
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:1"
    code = ask()

    assert outbox.dispatch(now=timezone.now()) == 0

    waiting = OutboxMessage.objects.get()
    assert (waiting.sent_at, waiting.last_error) == (None, "ChannelBusy: ")
    settings.TWILIO_API_BASE_URL = f"{portal}/demo/phone/twilio"
    assert outbox.dispatch(now=waiting.available_at) == 1
    assert PhoneMessage.objects.get().body.startswith(f"*{code}*")


def test_code_sealed_under_another_key_is_dropped(portal, settings):
    ask()
    settings.SECRET_KEY = "another key of at least the usual length"

    assert outbox.dispatch(now=timezone.now()) == 1

    assert PhoneMessage.objects.count() == 0


def test_approved_template_is_used_where_there_is_one(portal, settings):
    settings.TWILIO_CODE_TEMPLATES = {"en": "HX" + "b" * 32}
    ask()

    assert outbox.dispatch(now=timezone.now()) == 1

    assert PhoneMessage.objects.get().body == ""  # the phone keeps no template


@pytest.mark.parametrize("language", ["bn", "hi", "en"])
@pytest.mark.parametrize("purpose", Purpose)
def test_text_fits_one_message_and_begins_with_the_code(language, purpose):
    text = code_text(code="012345", purpose=purpose, language=language)

    assert text.startswith("*012345*")
    assert len(text) < 1000
