"""What the chat remembers by consent, what it shows of it, and what is gone when it is asked to forget."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from chatbot import memory
from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE
from chatbot.models import Consent, Conversation, InboundMessage, OutboundMessage, SavedNumber
from chatbot.services import receive
from chatbot.tests.conftest import CLEAR, OWES
from kmc_portal.common.errors import ServiceError
from payments.models import PaymentOrder


def keep(say, name="My house", number=OWES, *, reminded=True, address="console:1"):
    say("English", address=address)
    labels = [label for _id, label in say(number, address=address).options]
    say(str(labels.index("Remember this number") + 1), address=address)
    say(name, address=address)
    return say("1" if reminded else "2", address=address)


def consents():
    return list(Consent.objects.order_by("pk").values_list("purpose", "is_given"))


def test_number_is_kept_with_what_was_said_to_each_question(say):
    keep(say, reminded=False)

    saved = SavedNumber.objects.get()
    assert (saved.kind, saved.number, saved.nickname, saved.is_reminded) == ("property_tax", OWES, "My house", False)
    assert consents() == [("remember", True), ("remind", False)]


def test_kept_number_is_picked_by_its_place_or_its_name(say):
    keep(say)
    for picked in ("1", "my house", "MY HOUSE"):
        say("menu")
        say("1")

        assert say(picked).text.startswith("```11-026-01-0005-1```")


def test_same_number_again_changes_its_name(say):
    keep(say, "Old")
    keep(say, "New", reminded=False)

    assert list(SavedNumber.objects.values_list("nickname", "is_reminded")) == [("New", False)]


def test_numbers_of_one_are_nobody_elses_business(say):
    keep(say)
    say("English", address="console:2")

    assert say("1", address="console:2").options == ()
    assert "No number is kept under a name." in say("my data", address="console:2").text


def test_somebody_elses_number_is_not_forgotten(say, now):
    keep(say)
    say("English", address="console:2")
    other = Conversation.objects.get(address="console:2")

    memory.forget_number(conversation=str(other.pk), saved=SavedNumber.objects.get().pk, now=now)

    assert SavedNumber.objects.count() == 1


def test_room_is_for_twenty(say, now):
    say("English")
    conversation = str(Conversation.objects.get().pk)
    for number in range(memory.MOST_SAVED):
        values = {"kind": "property_tax", "number": str(number), "nickname": "x", "is_reminded": False}
        memory.remember(conversation=conversation, **values, now=now)

    assert keep(say).text.startswith("20 numbers are kept for you already")
    assert SavedNumber.objects.count() == memory.MOST_SAVED


@pytest.mark.parametrize("text", ["", "123", "x" * 25, "*_*"])
def test_name_without_a_letter_or_too_long_is_refused(text):
    with pytest.raises(ServiceError):
        memory.nickname(text)


def test_name_keeps_no_marks_of_a_chat():
    assert memory.nickname("*My*  {shop}\n<b>") == "My shop b"


def test_stop_ends_every_reminder_and_says_nothing_when_there_was_none(say):
    keep(say)
    keep(say, "My flat", CLEAR)
    say("stop")
    say("stop")

    assert set(SavedNumber.objects.values_list("is_reminded", flat=True)) == {False}
    assert consents()[-2:] == [("remind", True), ("remind", False)]


def test_everything_is_forgotten(say, now):
    keep(say)
    say("English", address="console:2")
    say("forget me")
    say("2")
    told = say("1")

    assert told.text.startswith("Done. Your saved numbers are gone")
    assert SavedNumber.objects.count() == 0
    assert memory.erase_asked() == 1
    assert list(Conversation.objects.values_list("address", flat=True)) == ["console:2"]
    assert InboundMessage.objects.exclude(conversation__address="console:2").count() == 0
    assert consents()[-2:] == [("remember", False), ("remind", False)]


def test_who_writes_again_is_known_from_then_on(say, now):
    keep(say)
    say("forget me")
    say("2")
    say("1")
    receive(Inbound("late", "console:1", "menu"), channel=CONSOLE, now=now + timedelta(minutes=1))

    assert memory.erase_asked() == 0
    assert list(InboundMessage.objects.values_list("body", flat=True)) == ["menu"]
    assert Conversation.objects.get().forget_asked_at is None


def test_payment_stays_in_the_books(say):
    say("English")
    say(OWES)
    say("1")
    say("forget me")
    say("1")
    say("1")
    memory.erase_asked()

    assert PaymentOrder.objects.count() == 1


def test_nothing_is_erased_that_nobody_asked_for(say):
    keep(say)

    assert memory.erase_asked() == 0
    assert InboundMessage.objects.count() > 0


def test_what_was_said_long_ago_loses_its_words(say, now):
    say("English")
    OutboundMessage.objects.create(
        dedup_key="receipt:1", conversation=Conversation.objects.get(), body="x", status="sent", created_at=now, available_at=now
    )  # fmt: skip
    assert memory.blank_old_words(now=now + timedelta(days=29)) == 0
    assert memory.blank_old_words(now=now + timedelta(days=30)) == 2

    kept = InboundMessage.objects.get()
    assert (kept.body, kept.reply, kept.options) == ("", "", [])
    assert OutboundMessage.objects.get().body == ""


def test_consents_are_never_changed(say):
    keep(say)
    for act in (lambda: Consent.objects.update(is_given=False), Consent.objects.all().delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("saved_number_has_a_name", {"nickname": ""}),
        ("saved_number_kind_known", {"kind": "water"}),
        ("number_saved_once", {}),
    ],
)
def test_database_refuses_what_is_no_saved_number(constraint, change, say, now):
    keep(say)
    values = {"kind": "property_tax", "number": OWES, "nickname": "x", "saved_at": now, **change}

    with pytest.raises(IntegrityError, match=constraint):
        SavedNumber.objects.create(conversation=Conversation.objects.get(), **values)


def test_database_refuses_an_unknown_consent(db, now):
    with pytest.raises(IntegrityError, match="consent_purpose_known"):
        Consent.objects.create(conversation_number=1, purpose="sell", is_given=True, language="en", said_at=now)


@pytest.mark.parametrize("text", ["1", "my data", "stop", "forget me"])
def test_turn_about_what_is_kept_takes_four_statements_at_most(text, say):
    keep(say)
    say("menu")
    with CaptureQueriesContext(connection) as captured:
        say(text)

    assert len([query for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]) <= 4


def test_state_holds_no_address(say):
    keep(say, address="whatsapp:+919830012345")

    assert "9830012345" not in str(Conversation.objects.get().state)
