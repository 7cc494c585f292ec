"""Reminders: to whom, when, how often, and never at night."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from chatbot import memory, outgoing, reminders
from chatbot.models import Conversation, OutboundMessage, Reminder, SavedNumber
from chatbot.tests.conftest import CLEAR, OWES
from kmc_portal.common.clock import IST
from property_tax.models import Demand

# The bill of OWES has its rebate until 30 November 2026.
EARLY, NEAR, LAST = date(2026, 11, 24), date(2026, 11, 28), date(2026, 11, 30)
HOLDER = "CE26000051"


def at(day, hour=11):
    return datetime(day.year, day.month, day.day, hour, tzinfo=IST)


@pytest.fixture
def kept(say, now):
    """A citizen who wants to be reminded of a house and a shop, and of a flat that owes nothing."""
    say("English")
    conversation = str(Conversation.objects.get().pk)
    for kind, number, nickname in (
        ("property_tax", OWES, "My house"),
        ("property_tax", CLEAR, "My flat"),
        ("trade_license", HOLDER, "My shop"),
    ):
        memory.remember(
            conversation=conversation, kind=kind, number=number, nickname=nickname, is_reminded=True, now=now
        )
    return conversation


def occasions():
    return sorted(Reminder.objects.values_list("saved__nickname", "occasion"))


def test_three_reminders_for_a_last_day_at_most(kept):
    for days in range(9):
        for hour in (11, 12, 17):
            reminders.write_reminders(now=at(EARLY, hour) + timedelta(days=days))

    assert occasions() == [(name, each) for name in ("My house", "My shop") for each in ("early", "last", "near")]
    assert OutboundMessage.objects.filter(dedup_key__startswith="reminder:").count() == 6


@pytest.mark.parametrize("hour", [0, 6, 9, 18, 23])
def test_nothing_is_written_or_sent_at_night(hour, kept, settings):
    reminders.write_reminders(now=at(EARLY))
    key = OutboundMessage.objects.earliest("pk").dedup_key
    Reminder.objects.all().delete()

    assert reminders.write_reminders(now=at(NEAR, hour)) == 0
    assert outgoing.waiting(now=at(NEAR, hour)) == []
    outgoing.send(key, now=at(NEAR, hour))
    assert OutboundMessage.objects.get(dedup_key=key).status == "waiting"
    outgoing.send(key, now=at(NEAR, 12))
    assert OutboundMessage.objects.get(dedup_key=key).status == "queued"


def test_reminder_names_what_the_citizen_named(kept):
    reminders.write_reminders(now=at(EARLY))

    assert OutboundMessage.objects.earliest("pk").body == (
        "A reminder of *My house*, 11-026-01-0005-1: a bill is unpaid. Until 30 November 2026 it can be paid with the rebate.\n\n"
        "Send the number, or pick it under *Property tax*, to see and to pay it. *stop* ends these reminders."
    )
    assert OutboundMessage.objects.latest("pk").body.startswith(
        "A reminder of *My shop*, CE26000051: the licence is not renewed."
    )


@pytest.mark.parametrize(
    ("language", "word"), [("bn", "৩০ নভেম্বর ২০২৬"), ("hi", "30 नवंबर 2026"), ("en", "30 November 2026")]
)
def test_reminder_speaks_the_citizens_language(language, word, kept):
    Conversation.objects.update(language=language)
    reminders.write_reminders(now=at(EARLY))

    assert word in OutboundMessage.objects.earliest("pk").body


def test_who_said_no_or_stop_is_left_in_peace(kept, say):
    say("stop")

    assert reminders.write_reminders(now=at(EARLY)) == 0


@pytest.mark.parametrize(
    ("code", "failed_days_ago", "count"),
    [("63014", 0, 0), ("21610", 0, 0), ("63003", 0, 0), ("63016", 0, 2), ("63014", 9, 2)],
)
def test_who_blocked_us_is_left_in_peace_until_they_write_again(code, failed_days_ago, count, kept):
    failed_at = at(EARLY) - timedelta(days=failed_days_ago)
    OutboundMessage.objects.create(
        dedup_key="news:1", conversation_id=kept, status="undelivered", status_rank=6, error_code=code,
        created_at=failed_at, available_at=failed_at,
    )  # fmt: skip
    reminders.write_reminders(now=at(EARLY))

    assert OutboundMessage.objects.filter(dedup_key__startswith="reminder:").count() == count


def test_who_asked_to_be_forgotten_is_left_in_peace(kept, now):
    memory.forget_all(conversation=kept, now=now)

    assert reminders.write_reminders(now=at(EARLY)) == 0


def test_what_is_paid_is_not_reminded_of(kept):
    Demand.objects.update(paid_on=EARLY)
    SavedNumber.objects.filter(kind="trade_license").delete()

    assert reminders.write_reminders(now=at(EARLY)) == 0


def test_forgotten_number_takes_its_reminders_along(kept, now):
    reminders.write_reminders(now=at(EARLY))
    memory.forget_number(conversation=kept, saved=SavedNumber.objects.get(number=OWES).pk, now=now)

    assert occasions() == [("My shop", "early")]


def test_statements_do_not_grow_with_the_citizens(kept, say, now):
    counts = []
    for number in range(2, 6):
        say("English", address=f"console:{number}")
        conversation = str(Conversation.objects.latest("pk").pk)
        memory.remember(
            conversation=conversation, kind="property_tax", number=OWES, nickname="H", is_reminded=True, now=now
        )
        Reminder.objects.all().delete()
        OutboundMessage.objects.all().delete()
        with CaptureQueriesContext(connection) as captured:
            reminders.write_reminders(now=at(EARLY))
        counts.append(len(captured.captured_queries))

    assert len(set(counts)) == 1


def test_reminders_go_out_a_little_apart(kept):
    reminders.write_reminders(now=at(EARLY))
    first, second = OutboundMessage.objects.order_by("available_at").values_list("available_at", flat=True)

    assert second - first == reminders.APART


def test_outside_the_window_nothing_goes_out_without_a_template(kept, settings):
    Conversation.objects.update(channel="whatsapp", last_inbound_at=at(EARLY) - timedelta(days=2))
    reminders.write_reminders(now=at(EARLY))
    key = OutboundMessage.objects.earliest("pk").dedup_key
    outgoing.send(key, now=at(EARLY))

    message = OutboundMessage.objects.get(dedup_key=key)
    assert (message.status, message.error_code) == ("failed", "63016")


@pytest.mark.parametrize(
    ("constraint", "occasion"), [("reminder_once_per_occasion", "early"), ("reminder_occasion_known", "later")]
)
def test_database_refuses_what_is_no_reminder(constraint, occasion, kept, now):
    reminders.write_reminders(now=at(EARLY))
    told = Reminder.objects.earliest("pk")

    with pytest.raises(IntegrityError, match=constraint):
        Reminder.objects.create(saved=told.saved, last_day=told.last_day, occasion=occasion, written_at=now)
