"""From the bot to a person and back: who is passed on, what a clerk sees and sends, and when it is too late."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from chatbot import handover, memory
from chatbot.models import Conversation, Handover, OutboundMessage
from chatbot.tests.conftest import OWES
from kmc_portal.common.clock import IST
from kmc_portal.common.errors import ServiceError

QUESTION = "My bill names my late father, what do I do?"


@pytest.fixture
def waiting(say):
    """A citizen who has written a question to the desk."""
    say("English")
    say("talk to a person")
    say(QUESTION)
    return Handover.objects.get()


@pytest.fixture
def clerk(db):
    user = User.objects.create_user("asha", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_handover", "change_handover"]))
    client = Client()
    client.force_login(user)
    return client


def page(waiting):
    return f"/admin/chatbot/handover/{waiting.pk}/talk/"


def sent():
    return list(
        OutboundMessage.objects.filter(dedup_key__startswith="desk:").order_by("pk").values_list("body", flat=True)
    )


def test_what_is_written_waits_at_the_desk(waiting, now):
    assert (waiting.asked_at, waiting.closed_at, waiting.answers) == (now, None, 0)


def test_whatever_is_written_next_goes_to_the_clerk_too(waiting, say):
    told = say("110260100051 is my number")

    assert told.text.startswith("Passed on to the clerk as well.")
    assert Handover.objects.count() == 1


@pytest.mark.parametrize("word", ["menu", "0", "stop", "receipt", "payment status"])
def test_word_that_works_everywhere_leads_back_to_the_bot(word, waiting, say):
    say(word)
    say("menu")

    assert not say(OWES).text.startswith("Passed on")
    assert say(OWES).text.startswith("```11-026")


def test_clerk_reads_what_was_said_and_answers(waiting, clerk, say):
    seen = clerk.get(page(waiting)).text
    answer = clerk.post(page(waiting), {"answer": "Please apply for mutation.", "do": "Send"})

    assert QUESTION in seen
    assert "console:1" not in seen
    assert answer.status_code == 302
    assert sent() == ["*The desk of the corporation:*\nPlease apply for mutation.\n\nWrite here to answer. 0 = menu"]
    waiting.refresh_from_db()
    assert (waiting.answers, waiting.clerk, waiting.closed_at) == (1, "asha", None)
    assert say("thank you, and how long?").text.startswith("Passed on")


def test_clerk_ends_the_talk_and_the_menu_is_back(waiting, clerk, say):
    clerk.post(page(waiting), {"answer": "Done.", "close": "x"})

    assert sent()[0].endswith("This talk is over; the menu is back. 0 = menu. How was it? Write *rate*.")
    assert say(OWES).text.startswith("```11-026")
    assert Handover.objects.filter(closed_at=None).count() == 0


def test_talk_is_closed_without_a_word(waiting, clerk):
    clerk.post(page(waiting), {"answer": " ", "close": "x"})

    assert sent() == []
    assert Handover.objects.get().clerk == "asha"


def test_closing_leaves_a_citizen_alone_who_went_on(waiting, clerk, say):
    say(OWES, address="console:1")
    say("menu")
    say(OWES)
    clerk.post(page(waiting), {"answer": "Done.", "close": "x"})

    assert Conversation.objects.get().state["dialog"] == "property_tax"


def test_answer_comes_in_the_frame_of_the_citizens_language(waiting, say, now):
    say("বাংলা")
    handover.answer(waiting.pk, text="মিউটেশনের আবেদন করুন", clerk="asha", closes=False, now=now)

    assert sent()[0].startswith("*পৌরসংস্থার ডেস্ক:*\nমিউটেশনের আবেদন করুন")


def test_page_shows_what_strangers_write_as_text(say, waiting, clerk):
    say("<script>alert(1)</script>")

    assert "<script>alert" not in clerk.get(page(waiting)).text


def test_who_has_no_right_sees_no_talk(waiting, client, db):
    client.force_login(User.objects.create_user("bela", is_staff=True))

    assert client.get(page(waiting)).status_code == 403


def test_after_the_window_no_answer_goes_out(waiting, now):
    Conversation.objects.update(channel="whatsapp")

    with pytest.raises(ServiceError) as refused:
        handover.answer(waiting.pk, text="x", clerk="asha", closes=False, now=now + timedelta(hours=24))

    assert refused.value.code == "window_over"
    assert handover.answer(waiting.pk, text="x", clerk="asha", closes=False, now=now + timedelta(hours=23))


def test_desk_counts_the_window_down(waiting, clerk):
    Conversation.objects.update(channel="whatsapp", last_inbound_at=timezone.now() - timedelta(hours=22, minutes=30))

    listed = clerk.get("/admin/chatbot/handover/").text

    assert "1 h 29 min left" in listed


@pytest.mark.parametrize("text", ["", "  ", "x" * 1001])
def test_answer_without_words_or_with_too_many_is_refused(text, waiting, now):
    with pytest.raises(ServiceError, match="desk_answer_missing"):
        handover.answer(waiting.pk, text=text, clerk="asha", closes=False, now=now)


def test_closed_talk_takes_no_answer(waiting, now):
    handover.close(waiting.pk, clerk="asha", now=now)

    for act in (
        lambda: handover.close(waiting.pk, clerk="asha", now=now),
        lambda: handover.answer(waiting.pk, text="x", clerk="asha", closes=False, now=now),
    ):
        with pytest.raises(ServiceError, match="handover_closed"):
            act()


@pytest.mark.parametrize(
    ("day", "hour", "minute", "is_open"),
    [
        (23, 10, 0, True),
        (23, 17, 29, True),
        (23, 9, 59, False),
        (23, 17, 30, False),
        (28, 12, 0, False),
        (29, 12, 0, False),
    ],
)
def test_office_hours(day, hour, minute, is_open):
    assert handover.is_office_open(datetime(2026, 11, day, hour, minute, tzinfo=IST)) is is_open


def test_forgotten_citizen_takes_the_talk_along(waiting, now):
    memory.forget_all(conversation=str(waiting.conversation_id), now=now)
    memory.erase_asked()

    assert Handover.objects.count() == 0


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("handover_open_once", {}),
        ("handover_answered_by_a_clerk", {"answers": 1, "closed_at": datetime(2026, 11, 23, tzinfo=IST), "clerk": "x"}),
        ("handover_closed_by_a_clerk", {"closed_at": datetime(2026, 11, 23, tzinfo=IST)}),
    ],
)
def test_database_refuses_what_is_no_talk(constraint, change, waiting, now):
    with pytest.raises(IntegrityError, match=constraint):
        Handover.objects.create(conversation=waiting.conversation, asked_at=now, said_at=now, **change)
