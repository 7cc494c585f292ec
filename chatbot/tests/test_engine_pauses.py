"""What is left of a conversation: after a pause, under another version of its dialog, and when an old button is tapped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chatbot.dialogs.catalogue import CATALOGUE
from chatbot.engine.catalogue import Group
from chatbot.engine.state import State
from chatbot.engine.steps import Ask, Choose
from chatbot.tests.test_engine import CONTEXT, SHOP, catalogue_of, talk

ASKED_TO_GO_ON = "GO ON WITH Shop?"


def later(**pause):
    return replace(CONTEXT, now=CONTEXT.now + timedelta(**pause))


def waiting():
    return talk("123").state


def test_half_an_hour_is_no_pause():
    assert talk("2", state=waiting(), context=later(minutes=30)).reply.text == "Bought: blue 123 for 7."


@pytest.mark.parametrize("text", ["2", "blue", "9", "x", "back of the shelf", "👍"])
def test_answer_after_a_pause_is_met_with_the_question_whether_to_go_on(text):
    taken = talk(text, state=waiting(), context=later(minutes=31))

    assert taken.reply.text.endswith(ASKED_TO_GO_ON)
    assert taken.reply.options == (("go_on", "Yes"), ("menu", "Menu"))
    assert "123" not in taken.reply.text


def test_who_goes_on_sees_the_question_with_what_leads_up_to_it():
    asked = talk("2", state=waiting(), context=later(hours=2)).state

    assert talk("1", state=asked, context=later(hours=2)).reply.text == "Found N123.\n\nWhich colour?"
    assert talk("1", "2", state=asked, context=later(hours=2)).reply.text == "Bought: blue 123 for 7."
    assert talk("2", state=asked, context=later(hours=2)).reply.text == "MENU"


@pytest.mark.parametrize(
    ("texts", "reply"),
    [
        (("hindi",), ASKED_TO_GO_ON),
        (("language", "2"), ASKED_TO_GO_ON),
        (("help",), f"HELP\n\n{ASKED_TO_GO_ON}"),
        (("back",), "MENU"),
        (("menu",), "MENU"),
        (("leave me alone",), "Not here."),
        (("124",), "Found N124.\n\nWhich colour?"),
        (("sale or aside",), "WHICH?"),
    ],
)
def test_after_a_pause_nothing_private_is_shown_unasked(texts, reply):
    assert talk(*texts, state=waiting(), context=later(hours=3)).reply.text == reply


def test_question_whether_to_go_on_is_put_until_it_is_answered():
    taken = talk("x", "7", "123456", state=waiting(), context=later(hours=3))

    assert taken.reply.text == ASKED_TO_GO_ON
    assert taken.state.paused


def test_after_a_day_the_answers_are_forgotten():
    taken = talk("2", state=waiting(), context=later(hours=25))

    assert taken.reply.text == "NONE OF THESE\n\nMENU"
    assert taken.state.answers == {}


def test_question_without_an_answer_before_it_waits_for_ever():
    assert talk("777", state=talk("buy").state, context=later(days=9)).reply.text.startswith("Found N777.")


def test_service_that_went_away_during_the_pause_is_said_to_be_renewed():
    gone = catalogue_of(Group("shops", "Shops", ()))

    assert talk("2", state=waiting(), context=later(hours=2), catalogue=gone).reply.text == "CHANGED\n\nMENU"


@pytest.mark.parametrize(
    ("stored", "reply"),
    [
        ({"dialog": "shop", "version": 1, "key": "colour"}, "CHANGED\n\nWhich number?"),
        ({"dialog": "shop", "version": 1, "key": "colour", "answers": {"number": "5"}}, "CHANGED\n\nWhich number?"),
        ({"dialog": "closed_shop", "version": 1, "key": "colour"}, "CHANGED\n\nMENU"),
        ({"dialog": "shop", "version": 2, "key": "size", "kept_by_another_version": 1}, "CHANGED\n\nWhich number?"),
    ],
)
def test_conversation_of_another_version_goes_on_in_the_new_one(stored, reply):
    assert talk("1", state=State.from_json({"language": "en", **stored})).reply.text == reply


def test_answer_that_means_the_same_survives_a_new_version():
    newer = replace(SHOP, version=3, keeps={2: ("number",)})
    catalogue = catalogue_of(Group("shops", "Shops", (newer,)))
    taken = talk("2", state=waiting(), catalogue=catalogue)

    assert taken.reply.text == "CHANGED\n\nFound N123.\n\nWhich colour?"
    assert talk("2", state=taken.state, catalogue=catalogue).reply.text == "Bought: blue 123 for 7."


def test_number_sent_across_a_new_version_is_answered():
    older = replace(waiting(), version=1)

    assert talk("124", state=older).reply.text == "Found N124.\n\nWhich colour?"


@pytest.mark.parametrize("dialog", CATALOGUE.by_name.values(), ids=lambda dialog: dialog.name)
def test_every_answer_that_is_kept_is_still_asked_for(dialog):
    keys = {step.key for step in dialog.steps if isinstance(step, Ask | Choose)}

    assert {key for kept in dialog.keeps.values() for key in kept} <= keys
    assert all(version < dialog.version for version in dialog.keeps)


@pytest.mark.parametrize("text", ["blue", "2", "go_on"])
def test_button_of_an_earlier_message_is_answered_with_what_it_was(text):
    taken = talk(text, state=waiting(), stale="Blue N99")

    assert taken.reply.text == "OLD Blue N99\n\nFound N123.\n\nWhich colour?"
    assert taken.outcome == "unclear"
    assert talk(text, stale="Blue N99").reply.text == "OLD Blue N99\n\nMENU"


def test_button_of_an_earlier_message_shows_nothing_private_after_a_pause():
    taken = talk("blue", state=waiting(), stale="Blue N99", context=later(hours=1))

    assert taken.reply.text == f"OLD Blue N99\n\n{ASKED_TO_GO_ON}"


@pytest.mark.parametrize(("text", "reply"), [("shop", "Which number?"), ("menu", "MENU"), ("हिन्दी", "Found N123.")])
def test_button_that_means_the_same_everywhere_is_done(text, reply):
    assert talk(text, state=waiting(), stale="Whatever").reply.text.startswith(reply)
