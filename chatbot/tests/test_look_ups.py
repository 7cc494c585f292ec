"""Nobody walks through a ward's numbers in the chat, and nobody who asks for their own is counted twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE
from chatbot.models import Conversation
from chatbot.services import receive
from chatbot.tests.conftest import CLEAR, OWES


@pytest.fixture
def few(settings):
    settings.CHAT_LOOK_UPS_PER_HOUR = 2


def walk(say, count):
    return [say(f"1102601{number:04}1").text for number in range(count)]


def test_walk_through_numbers_comes_to_an_end(few, say):
    say("English")

    told = walk(say, 4)

    assert [text.startswith("You have looked up 2 different numbers this hour") for text in told] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("opened_by", "text"),
    [
        ("menu", OWES),
        ("trade licence", "CE/26/000051"),
        ("close licence", "CE/26/000051"),
        ("menu", f"NDC for {CLEAR}"),
        ("payment status", "CE/26/000051"),
    ],
)
def test_every_door_of_the_chat_is_counted(opened_by, text, few, say):
    say("English")
    walk(say, 2)
    say("menu")
    say(opened_by)

    assert say(text).text.startswith("You have looked up 2 different numbers this hour")


def test_same_number_costs_nothing(few, say):
    say("English")

    assert {say(OWES).text for _time in range(5)} == {say(OWES).text}


def test_next_hour_begins_anew(few, say, now):
    say("English")
    walk(say, 3)

    told = receive(Inbound("late", "console:1", OWES), channel=CONSOLE, now=now + timedelta(hours=1))

    assert told.text.startswith("```11-026")


def test_other_conversations_are_not_held_up(few, say):
    say("English")
    walk(say, 3)
    say("English", address="console:2")

    assert say(OWES, address="console:2").text.startswith("```11-026")


def test_menu_and_help_work_for_who_has_reached_the_limit(few, say):
    say("English")
    walk(say, 3)

    assert say("menu").options
    assert "1102601" not in str(Conversation.objects.get().state["looked_up"])


def test_language_of_the_limit_is_the_citizens(few, say):
    say("বাংলা")

    assert walk(say, 3)[-1].startswith("এই ঘণ্টায় আপনি ২টি আলাদা নম্বর দেখেছেন")
