"""What the transcripts do not show of people's own words: every intent leads somewhere, in every language, in few statements."""

from __future__ import annotations

import io
import json
import sys

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chatbot.dialogs.catalogue import CATALOGUE
from chatbot.dialogs.guessing import NAME_OF, guess
from chatbot.engine import language as tongue
from chatbot.engine.catalogue import words_of
from chatbot.models import Conversation
from chatbot.tests.conftest import CLEAR, OWES
from chatbot.understanding import intents

WORDS_THAT_WORK_EVERYWHERE = {tongue.MENU, tongue.HELP, tongue.LANGUAGE}


def test_every_intent_leads_somewhere():
    assert set(NAME_OF) == set(intents.ALL) - {intents.OUT_OF_SCOPE}
    assert set(NAME_OF.values()) <= {*CATALOGUE.by_name, *WORDS_THAT_WORK_EVERYWHERE}


def test_no_word_opens_two_dialogs():
    words = [word for dialog in CATALOGUE.by_name.values() for word in words_of(dialog)]

    assert sorted(words) == sorted({*words})
    assert {*words}.isdisjoint({*tongue.MEANINGS, *tongue.LANGUAGES_NAMED})


@pytest.mark.parametrize("language", ["বাংলা", "हिन्दी", "English"])
def test_every_dialog_that_works_anywhere_fits_a_message_and_leads_on(language, say):
    for dialog in CATALOGUE.anywhere:
        say(language)
        told = say(dialog.name)

        assert len(told.text) <= 900, dialog.name
        assert "0" in told.text.splitlines()[-1] or "menu" in dict(told.options), dialog.name
        assert say("0").options == say("menu").options


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("amar ghorer tax koto", "bn"),
        ("mere ghar ka tax kitna hai", "hi"),
        ("tell me my tax due", "en"),
        ("main road e jol jome ache", "bn"),
        ("banglay bolun", "bn"),
        ("hindi me batao", "hi"),
        ("English please", "en"),
        ("আমার ট্যাক্স কত", "bn"),
        ("मेरा टैक्स", "hi"),
    ],
)
def test_first_message_is_answered_in_its_language(text, language, say):
    say(text)

    assert Conversation.objects.get().language == language


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        (f"NDC for {CLEAR}", "No-dues certificate ND-026/"),
        (f"NDC for {OWES}", "₹4,449.00 is due under"),
        (f"no dues certificate {OWES[:-1]}", "An assessee number has 12 digits; you sent 11."),
        (f"mutation {OWES}", "```11-026-01-0005-1```"),
    ],
)
def test_wish_with_a_number_takes_the_number_along(text, begins, say):
    say("English")

    assert say(text).text.startswith(begins)


def test_number_that_is_nearly_there_is_offered_where_a_certificate_is_asked_for(say):
    say("English")

    assert ("110260100062", "11-026-01-0006-2") in say("NDC for 110260100063").options


def test_mutation_is_answered_in_the_middle_of_the_question_for_a_number(say):
    say("English")
    say("1")

    assert say("I need mutation of my flat").text.startswith("Mutation cannot be applied for in this chat yet.")


@pytest.mark.parametrize("text", ["110260100052", f"{OWES} {CLEAR}", OWES[:-1], "NDC for 110260100063", "mutation"])
def test_turn_takes_five_statements_at_most(text, say):
    say("English")
    with CaptureQueriesContext(connection) as captured:
        say(text)

    assert len([query for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]) <= 5


def test_what_is_not_sure_is_asked_about():
    assert guess("সার্টিফিকেট চাই").is_sure is False
    assert guess("ration card").names == ()


def understood(text, monkeypatch, *options):
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    out = io.StringIO()
    call_command("understand", *options, stdout=out)
    return out.getvalue()


def test_command_says_what_each_line_means(monkeypatch):
    lines = "mutation korte chai\n১১-০২৬-০১-০০০৫-১ কত?\nno 11026010005\n110260100051, 110260100062\n\n"
    told = [json.loads(line) for line in understood(lines, monkeypatch, "--json").splitlines()]

    assert [list(each) for each in told] == [
        ["text", "intent", "confidence", "decision", "assessee_numbers", "number_problem"]
    ] * 5
    assert [(each["intent"], each["decision"]) for each in told] == [
        ("mutation", "act"), ("property_tax", "act"), ("property_tax", "act"), ("property_tax", "act"), ("out_of_scope", "menu"),
    ]  # fmt: skip
    assert [each["assessee_numbers"] for each in told] == [[], [OWES], [], [OWES, CLEAR], []]
    assert [each["number_problem"] for each in told] == [None, None, "assessee_number_too_short", None, None]
    assert all(0 <= each["confidence"] <= 1 for each in told)


def test_command_can_be_read(monkeypatch):
    assert understood("stop\n", monkeypatch).startswith("act  stop  ")
