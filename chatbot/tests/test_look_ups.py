"""Nobody walks through a ward's numbers in the chat, and nobody who asks for their own is counted twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE
from chatbot.models import Conversation
from chatbot.services import receive
from chatbot.tests.conftest import CLEAR, OWES

LIMIT = "You have looked up"
STREET = "11026010"
FOUND = "```11-026"


@pytest.fixture
def few(settings):
    settings.CHAT_LOOK_UPS_FREE = 4
    settings.CHAT_LOOK_UP_WAITS = [timedelta(minutes=1), timedelta(minutes=5)]


def unknown(say, count):
    return [say(f"{STREET}{number:03}1").text for number in range(901, 901 + count)]


@pytest.fixture
def later(now):
    """Say something some time after what was said before, in the same conversation."""

    def later(text, **after):
        return receive(
            Inbound(f"{text} {after}", "console:1", text), channel=CONSOLE, now=now + timedelta(**after)
        ).text

    return later


def test_walk_through_numbers_that_nobody_has_costs_double(few, say):
    say("English")

    assert [text.startswith(LIMIT) for text in unknown(say, 4)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("opened_by", "text"),
    [
        ("menu", OWES),
        ("trade licence", "CE/26/000051"),
        ("close licence", "CE/26/000051"),
        ("menu", f"NDC for {CLEAR}"),
        ("payment status", "CE/26/000051"),
        ("application status", "LA261123ABC123"),
    ],
)
def test_every_door_of_the_chat_is_counted(opened_by, text, few, say):
    say("English")
    unknown(say, 2)
    say("menu")
    say(opened_by)

    assert say(text).text.startswith("You have looked up 2 different numbers today")


def test_same_number_costs_nothing(few, say):
    say("English")

    assert {say(OWES).text for _time in range(6)} == {say(OWES).text}


def test_number_of_today_is_shown_to_who_has_to_wait(few, say):
    say("English")
    say(OWES)
    unknown(say, 3)

    assert say(OWES).text.startswith(FOUND)


def test_wait_grows_with_each_number(few, say, later):
    say("English")
    unknown(say, 2)

    assert "send it in 1 min" in later(OWES, seconds=59)
    assert later(OWES, seconds=60).startswith(FOUND)
    assert "send it in 5 min" in later(CLEAR, seconds=61)
    assert later(CLEAR, minutes=6).startswith(FOUND)
    assert "send it in 5 min" in later(f"{STREET}9991", minutes=6), "the last wait is repeated"


def test_next_day_begins_anew(few, say, later):
    say("English")
    unknown(say, 3)

    assert later(OWES, days=1).startswith(FOUND)


def test_other_conversations_are_not_held_up(few, say):
    say("English")
    unknown(say, 3)
    say("English", address="console:2")

    assert say(OWES, address="console:2").text.startswith(FOUND)


def test_menu_and_help_work_for_who_has_to_wait(few, say):
    say("English")
    unknown(say, 3)

    assert say("menu").options
    assert STREET not in str(Conversation.objects.get().state["looked_up"])


def test_state_of_an_older_portal_is_taken(few, say):
    say("English")
    held = Conversation.objects.get()
    held.state["looked_up"] = {"hour": "2026112710", "numbers": ["0123abcd"]}
    held.save()

    assert say(OWES).text.startswith(FOUND)


def test_language_of_the_limit_is_the_citizens(few, say):
    say("বাংলা")

    assert unknown(say, 3)[-1].startswith("আজ আপনি ২টি আলাদা নম্বর দেখেছেন")
