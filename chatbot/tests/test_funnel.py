"""How far citizens get: counted by service and step, in the turn's own statement, without a word of theirs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chatbot import memory
from chatbot.funnel import Reached, funnel
from chatbot.models import InboundMessage
from chatbot.tests.conftest import CLEAR, OWES


def test_turn_notes_service_step_and_outcome(say):
    for text in ("English", "1", "12", OWES, "1", "gibberish qwx", "payment"):
        say(text)

    assert list(InboundMessage.objects.order_by("pk").values_list("dialog", "step", "outcome")) == [
        ("", "", ""),
        ("property_tax", "assessee_number", ""),
        ("property_tax", "assessee_number", "refused"),
        ("property_tax", "heading", ""),
        ("property_tax", "end", ""),
        ("", "", "unclear"),
        ("", "", "asked_back"),
    ]


def test_steps_are_counted_by_messages_and_citizens(say, now):
    for address in ("console:1", "console:2"):
        for text in ("English", "1", OWES, "back"):
            say(text, address=address)
    say("1", address="console:1")

    later = funnel(now=now + timedelta(days=1))

    assert later.steps == (
        Reached("property_tax", "assessee_number", 5, 2, 1, 2),
        Reached("property_tax", "heading", 2, 2, 0, 0),
    )
    assert [each.stuck for each in funnel(now=now).steps] == [0, 0]


def test_payments_begun_and_paid_are_counted(say, now):
    for text in ("English", OWES, "1", CLEAR):
        say(text)

    assert funnel(now=now).paid == (("property_tax", 1, 0),)


def test_counts_outlive_the_words(say, now):
    for text in ("English", OWES, "qwx zzk"):
        say(text)
    before = funnel(now=now)
    memory.blank_old_words(now=now + timedelta(days=31))

    assert funnel(now=now) == before
    assert before.messages == 3


def test_what_is_older_than_thirty_days_is_left_out(say, now):
    say("English")

    assert funnel(now=now + timedelta(days=31)).messages == 0


@pytest.mark.django_db
def test_page_shows_the_table(say, admin_client):
    say("English")
    say("1")

    page = admin_client.get("/admin/chatbot/inboundmessage/funnel/").text

    assert "<td>property_tax</td><td>assessee_number</td>" in page
    assert "funnel/" in admin_client.get("/admin/chatbot/inboundmessage/").text


def test_scores_are_counted_by_nobodys_name(say, now):
    for address, score in (("console:1", "5"), ("console:2", "2"), ("console:3", "Very good")):
        for text in ("English", "rate", score):
            say(text, address=address)

    assert funnel(now=now).rated == ((2, 1), (5, 2))
    assert set(InboundMessage.objects.filter(step="end").values_list("outcome", flat=True)) == {"rated_5", "rated_2"}
