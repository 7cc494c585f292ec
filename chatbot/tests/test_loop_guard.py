"""Two machines that talk to each other are told so once, and then left alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chatbot import services
from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE
from chatbot.models import Conversation, InboundMessage, OutboundMessage

SILENT = "so this chat is silent now until something else is asked"


@pytest.fixture
def speak(street, now):
    """Say something some seconds after the beginning."""
    numbers = iter(range(1000))

    def send(text, *, after=0, queue_reply=False):
        message = Inbound(f"SM{next(numbers)}", "console:1", text)
        moment = now + timedelta(seconds=after)
        return services.receive(message, channel=CONSOLE, now=moment, queue_reply=queue_reply).text

    send("English")
    return send


def test_same_answer_is_given_twenty_times_then_a_notice_then_nothing(speak):
    said = [speak("Your message is important to us.") for _time in range(24)]

    assert len(set(said[:20])) == 1
    assert SILENT in said[20]
    assert said[21:] == ["", "", ""]


def test_something_else_is_answered_at_once(speak):
    for _time in range(25):
        speak("Your message is important to us.")

    assert speak("help").startswith("Your assessee number is")


def test_machine_that_varies_its_words_is_one_too(speak):
    said = [speak(f"You are number {place} in the queue.") for place in range(24)]

    assert said[-1] == ""


def test_same_words_that_are_understood_are_a_loop_too(speak):
    assert [speak("menu") for _time in range(24)][-1] == ""


def test_two_answers_in_turn_are_a_loop_too(speak):
    said = [speak(text) for _time in range(25) for text in ("beep", "help")]

    assert said[-2:] == ["", ""]


def test_after_five_minutes_it_begins_anew(speak):
    for _time in range(25):
        speak("beep")

    assert speak("beep", after=299) == ""
    assert speak("beep", after=301) != ""


def test_person_who_asks_for_many_things_is_no_loop(speak):
    said = [speak(text, after=place) for place in range(30) for text in ("1", "menu", "2", "back")]

    assert "" not in said


def test_silence_sends_nothing_and_still_takes_the_turn(speak):
    for _time in range(23):
        speak("beep", queue_reply=True)

    assert OutboundMessage.objects.count() == 21
    assert InboundMessage.objects.latest("pk").reply == ""
    assert Conversation.objects.get().turns == 24


def test_state_holds_a_few_digests_only(speak):
    for text in ("1", "0", "2", "back", "help", "my data", "0", "stop", "receipt", "0", "mutation", "complaint"):
        speak(text)

    assert len(Conversation.objects.get().state["answered"]["counts"]) == 8
