"""Menus with buttons and approved templates: declared here, made at Twilio, sent in the place of free text."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client
from twilio.request_validator import RequestValidator

from chatbot import contents, memory, outgoing, reminders
from chatbot.channels import whatsapp_twilio
from chatbot.channels.content import with_choices
from chatbot.models import Conversation, OutboundMessage, PhoneContent, PhoneMessage, ProviderContent
from chatbot.phone.content_rules import check_content, check_template
from chatbot.phone.rules import RuleBroken
from chatbot.tests.conftest import OWES

TOKEN, ACCOUNT, MOBILE = "0123456789abcdef0123456789abcdef", "AC" + "a" * 32, "+919830012345"


@pytest.fixture
def twilio(db, settings, live_server):
    settings.PUBLIC_BASE_URL, settings.CHAT_REPLY_VIA = live_server.url, "api"
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
    settings.TWILIO_API_BASE_URL = f"{live_server.url}/demo/phone/twilio"
    yield live_server.url
    # The SDK keeps its connection, and with it the server's thread and that thread's database connection.
    whatsapp_twilio.client(ACCOUNT, TOKEN, f"{live_server.url}/demo/phone/twilio").http_client.session.close()


def synced(*options):
    call_command("sync_templates", *options)


def write(site, text, number, **fields):
    """Post a citizen's message and return what the phone then shows."""
    form = {"AccountSid": ACCOUNT, "From": f"whatsapp:{MOBILE}", "MessageSid": f"SM{number}", "Body": text, **fields}
    signature = RequestValidator(TOKEN).compute_signature(f"{site}/hooks/twilio/inbound/", form)
    answer = Client().post("/hooks/twilio/inbound/", form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200
    for key in outgoing.waiting(now=Conversation.objects.get().last_inbound_at + timedelta(seconds=1)):
        outgoing.send(key, now=Conversation.objects.get().last_inbound_at + timedelta(seconds=1))
    return PhoneMessage.objects.latest("pk")


@pytest.mark.parametrize("content", contents.declared(), ids=lambda content: content.name)
def test_declared_content_keeps_the_limits(content):
    check_content(content.as_request())
    if content.category:
        check_template(content.types["twilio/text"]["body"], {"name": content.name, "category": content.category})


def test_every_content_is_in_three_languages_and_has_a_twin():
    declared = [content for content in contents.declared() if content.key not in ("welcome", "languages")]

    assert {(content.key, content.language) for content in declared} == {
        (key, language)
        for key in (
            *("menu", "go_on", "ask_reminders", "ask_sure", "ask_score", "pay_property_tax", "pay_trade_license"),
            *("reminder_property_tax", "reminder_trade_license"),
        )
        for language in ("bn", "hi", "en")
    }
    assert all("twilio/text" in content.types for content in contents.declared())


def test_name_changes_with_every_word():
    first, second = (
        with_choices("menu", "en", body=body, button="B", options=(("a", "A"),), twin=body) for body in ("One", "Two")
    )

    assert first.name != second.name


@pytest.mark.parametrize("count", [1, 3, 4])
def test_few_choices_are_buttons_and_many_are_a_list(count):
    options = tuple((f"id{place}", f"Choice {place}") for place in range(count))
    made = with_choices("x", "en", body="B", button="Choose", options=options, twin="T")

    assert ("twilio/quick-reply" in made.types) is (count <= 3)
    assert ("twilio/list-picker" in made.types) is (count > 3)


@pytest.mark.django_db(transaction=True)
def test_contents_are_made_once_and_approved_in_time(twilio, capsys):
    synced()
    synced("--json")
    synced()

    last = [line.rpartition(": ")[2] for line in capsys.readouterr().out.splitlines()[-len(contents.declared()) :]]
    assert last == ["unchanged"] * len(contents.declared())
    assert PhoneContent.objects.count() == ProviderContent.objects.count() == len(contents.declared())
    assert set(ProviderContent.objects.filter(name__startswith="reminder").values_list("approval", flat=True)) == {
        "approved"
    }


@pytest.mark.django_db(transaction=True)
def test_refusal_of_twilio_is_a_sentence(twilio, settings):
    settings.TWILIO_API_BASE_URL = f"{twilio}/demo/phone/nowhere"

    with pytest.raises(CommandError, match="Twilio refused or did not answer"):
        synced()
    whatsapp_twilio.client(ACCOUNT, TOKEN, f"{twilio}/demo/phone/nowhere").http_client.session.close()


@pytest.mark.django_db(transaction=True)
def test_menu_goes_out_with_its_list_and_a_row_is_picked(twilio, street):
    synced()
    welcome = write(twilio, "Hi", 1)
    menu = write(twilio, "हिन्दी", 2, ButtonPayload="हिन्दी", ButtonText="हिन्दी", MessageType="interactive")
    asked = write(twilio, "x", 3, ListId="property_tax", ListTitle="x", MessageType="interactive")

    assert [title for _id, title, _description in welcome.choices] == ["বাংলা", "हिन्दी", "English"]
    assert menu.choices[0] == ["property_tax", "संपत्ति कर", "देखें और चुकाएँ"]
    assert "12 अंक" in asked.body
    assert list(OutboundMessage.objects.order_by("pk").values_list("template", flat=True))[2] == ""


@pytest.mark.django_db(transaction=True)
def test_without_contents_the_text_twin_goes_out(twilio, street):
    write(twilio, "Hi", 1)

    assert write(twilio, "English", 2).body.startswith("*Kolkata Municipal Corporation*\nWhat do you need?")
    assert "1. Property tax: see and pay" in PhoneMessage.objects.latest("pk").body


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_approved", [True, False])
def test_outside_the_window_only_an_approved_template_goes_out(is_approved, twilio, say, now):
    say("English")
    conversation = Conversation.objects.get()
    memory.remember(
        conversation=str(conversation.pk),
        kind="property_tax",
        number=OWES,
        nickname="My house",
        is_reminded=True,
        now=now,
    )
    wrote = {"channel": "whatsapp", "address": f"whatsapp:{MOBILE}", "last_inbound_at": now - timedelta(days=2)}
    Conversation.objects.update(**wrote)
    synced()
    if is_approved:
        synced()
    reminders.write_reminders(now=now)
    message = OutboundMessage.objects.get()
    outgoing.send(message.dedup_key, now=now)
    message.refresh_from_db()

    shown = [shown.body for shown in PhoneMessage.objects.all()]
    assert shown == ([message.body] if is_approved else [])
    assert (message.status, message.error_code) == (("queued", "") if is_approved else ("failed", "63016"))


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ("{{1}} is due until {{2}} for the house of yours", {}),
        ("Until {{2}} it is due, so please pay it now", {}),
        ("Please pay {{1}} {{2}} now, thank you very much", {}),
        ("Please pay it now", {"category": "CHEAP"}),
        ("Please pay it now", {"name": "Big-Name"}),
    ],
)
def test_phone_refuses_what_whatsapp_would_not_approve(body, asked):
    with pytest.raises(RuleBroken):
        check_template(body, {"name": "x", "category": "UTILITY", **asked})


@pytest.mark.parametrize(
    "types",
    [
        {},
        {"twilio/text": {"body": ""}},
        {"twilio/cards": {"body": "x"}},
        {"twilio/quick-reply": {"body": "x", "actions": [{"type": "QUICK_REPLY", "title": "x" * 21, "id": "1"}]}},
        {"twilio/list-picker": {"body": "x", "button": "b", "items": [{"item": "x" * 25, "id": "1"}]}},
        {"twilio/list-picker": {"body": "x", "button": "b", "items": [{"item": "x", "id": "1"}] * 11}},
    ],
    ids=json.dumps,
)
def test_phone_refuses_what_the_content_api_would_not_take(types):
    with pytest.raises(RuleBroken):
        check_content({"friendly_name": "x", "language": "en", "types": types})


def test_name_and_sid_stand_once(db, now):
    ProviderContent.objects.create(name="menu_en_1", sid="HX1", synced_at=now)

    with pytest.raises(IntegrityError):
        ProviderContent.objects.create(name="menu_en_1", sid="HX2", synced_at=now)
