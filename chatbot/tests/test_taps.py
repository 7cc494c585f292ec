"""Buttons on the phone and in the browser: what they do, and what those of an earlier message do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chatbot import services
from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE
from chatbot.models import Conversation, InboundMessage, OutboundMessage, SavedNumber
from chatbot.tests.conftest import CLEAR, OWES
from payments.models import PaymentOrder

pytestmark = pytest.mark.django_db(transaction=True)
EARLIER = "stands under an earlier message, and much may have changed since, so nothing was done."


def test_menu_and_welcome_are_tapped(rina):
    welcome = rina.says("Hi")
    menu = rina.taps(welcome, "English")
    asked = rina.taps(menu, "property_tax")

    assert [title for _id, title, _description in menu.choices][:2] == ["Property tax", "Trade licence"]
    assert asked.body.endswith("Please send its 12 digits. 0 = menu")


def test_payment_link_is_a_button_and_stands_in_full(rina, twilio):
    for text in ("English", OWES):
        rina.says(text)
    offer = rina.says("1")
    link = f"{twilio}/pay/{PaymentOrder.objects.get().token}/"

    assert offer.links == [["Pay now", link]]
    assert offer.body.endswith(f"Pay here, on the corporation's own site:\n{link}")
    assert offer.body == OutboundMessage.objects.latest("pk").body


def test_button_of_the_last_message_does_what_it_says(rina):
    for text in ("English", OWES, "Remember this number", "My house"):
        asked = rina.says(text)
    kept = rina.taps(asked, "no")

    assert [title for _id, title, _description in asked.choices] == ["Yes, remind me", "No, only keep it", "Menu"]
    assert kept.body.startswith("Kept as *My house*.")
    assert SavedNumber.objects.get().is_reminded is False


def test_button_of_an_earlier_message_is_answered_with_what_it_was(rina):
    rina.says("English")
    rina.says("my data")
    sure = rina.says("Forget everything")
    rina.says("menu")
    rina.says(CLEAR)
    told = rina.taps(sure, "yes")

    assert told.body.startswith(f"“Yes, forget everything” {EARLIER} This is where we are now:")
    assert "Nothing is due as of" in told.body
    assert Conversation.objects.get().forget_asked_at is None
    assert InboundMessage.objects.latest("pk").outcome == "unclear"


def test_menu_of_an_earlier_message_opens_its_service(rina):
    menu = rina.says("English")
    rina.says(OWES)

    assert rina.taps(menu, "trade_license").body.endswith("Which certificate number? 0 = menu")


def test_tapping_twice_is_answered_as_an_earlier_message(rina):
    for text in ("English", OWES, "Remember this number", "My house"):
        asked = rina.says(text)
    rina.taps(asked, "yes")

    assert EARLIER in rina.taps(asked, "yes").body
    assert SavedNumber.objects.count() == 1


@pytest.fixture
def browser(street):
    client = Client()
    client.post("/chat/", {"text": "English", "message": "m1"})
    client.post("/chat/", {"text": OWES, "message": "m2"})
    return client


def last_shown(browser):
    return browser.get("/chat/").context["exchanges"][-1]


def test_page_that_stood_open_explains_its_buttons(browser):
    old = last_shown(browser).number
    browser.post("/chat/", {"text": CLEAR, "message": "m3"})
    browser.post("/chat/", {"text": "1", "message": "m4", "under": old})

    assert last_shown(browser).reply.startswith("“Pay everything: ₹")
    assert EARLIER in last_shown(browser).reply
    assert PaymentOrder.objects.count() == 0


def test_button_of_the_last_page_pays(browser):
    browser.post("/chat/", {"text": "1", "message": "m3", "under": last_shown(browser).number})

    assert "/pay/" in last_shown(browser).reply


def test_button_under_a_message_of_somebody_else_tells_nothing(say, now):
    services.receive(Inbound("SM1", "console:2", OWES), channel=CONSOLE, now=now)
    say("English")
    answer = services.receive(Inbound("SM2", "console:1", "1", "SM1", "x"), channel=CONSOLE, now=now)

    assert "Which assessee number?" in answer.text


def test_tap_takes_one_statement_more(say, now):
    say("English")
    first = InboundMessage.objects.get().provider_id
    with CaptureQueriesContext(connection) as captured:
        message = Inbound("SM2", "console:1", "property_tax", first, "Property tax")
        services.receive(message, channel=CONSOLE, now=now + timedelta(seconds=5))

    sent = [query["sql"].split()[0] for query in captured.captured_queries]
    assert [word for word in sent if word in ("SELECT", "WITH")] == ["WITH", "SELECT", "SELECT", "WITH"]
