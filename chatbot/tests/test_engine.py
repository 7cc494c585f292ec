"""The engine by itself, with a dialog of two questions."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from chatbot.engine.catalogue import Catalogue, Group, Guess
from chatbot.engine.choices import nearest
from chatbot.engine.language import language_of, plain
from chatbot.engine.runner import turn
from chatbot.engine.state import State
from chatbot.engine.steps import Ask, Choose, Context, Dialog, Do, Say
from kmc_portal.common.errors import ServiceError

CONTEXT = Context(now=datetime(2026, 11, 23, tzinfo=UTC), conversation="7")


class NotFound(ServiceError):
    code = "not_found"
    message = "No {number} here."
    field = "number"


class SoldOut(ServiceError):
    code = "sold_out"
    message = "Sold out."
    field = "colour"


class OurFault(ServiceError):
    code = "our_fault"
    message = "Our fault."


def number(text):
    if text == "13":
        refusal = NotFound(number=text)
        refusal.instead = (("12", "Twelve"), ("14", "Fourteen"))
        raise refusal
    if not text.isdecimal():
        raise NotFound(number=text)
    return text


def look_up(answers, context):
    if answers["number"] in ("404", "405"):
        refusal = NotFound(number=answers["number"])
        refusal.instead = (("406", "Four-oh-six"),) if answers["number"] == "405" else ()
        raise refusal
    return {"name": f"N{answers['number']}", "secret": "owner"}


def buy(answers, context):
    if answers["colour"] == "red":
        raise SoldOut
    if answers["number"] == "500":
        raise OurFault
    return {"bought": f"{answers['colour']} {answers['number']} for {context.conversation}"}


SHOP = Dialog(
    name="shop",
    version=2,
    title="Shop",
    words="buy",
    accepts=lambda text: text.isdecimal() and len(text) == 3,
    steps=(
        Ask("number", "Which number?", clean=number),
        Do(look_up),
        Say("Found {name}."),
        Say("A lucky one.", when=lambda known: known["number"] == "777"),
        Choose("colour", "Which colour?", options=lambda known: [("red", "Red"), ("blue", f"Blue {known['name']}")]),
        Do(buy),
        Say("Bought: {bought}."),
    ),
)
PLAIN = tuple(Dialog(f"plain{n}", 1, f"Plain {n}", (Say("Said."),)) for n in range(9))


ASIDE = Dialog("aside", 1, "Aside", (Say("Not here."),), words="leave me alone")
GUESSES = {
    "things for sale": Guess(("shop",), is_sure=True),
    "ami kinte chai": Guess(("shop",), is_sure=True, language="bn"),
    "hindi please": Guess(("hi",), is_sure=True),
    "what can you do": Guess(("help",), is_sure=True, is_firm=True),
    "perhaps help": Guess(("help",), is_sure=True),
    "fly me to the moon": Guess(is_foreign=True),
    "sale or aside": Guess(("shop", "aside"), language="bn"),
}


def catalogue_of(*groups: Group) -> Catalogue:
    return Catalogue(
        groups=groups,
        welcome="WELCOME",
        menu="MENU",
        help="HELP",
        choose_language="LANGUAGE?",
        switch_language="SWITCH",
        not_understood="WHAT?",
        not_served="NOT HERE",
        choose_a_number="NONE OF THESE",
        only_text="ONLY TEXT",
        script_changed="CHANGED",
        which_of_these="WHICH?",
        menu_label="Something else",
        go_on="GO ON WITH {title}?",
        go_on_label="Yes",
        menu_word="Menu",
        stale="OLD {label}",
        person="PERSON",
        extras=(("help", "Help"),),
        anywhere=(ASIDE,),
        understand=lambda text: GUESSES.get(text, Guess()),
    )


HELP = ("help", "Help")
SMALL = catalogue_of(Group("shops", "Shops", (SHOP, PLAIN[0])))
LARGE = catalogue_of(Group("shops", "Shops", (SHOP,)), Group("others", "Others", PLAIN))


def talk(*texts, catalogue=SMALL, state=None, context=CONTEXT, stale=""):
    state = state or State("en")
    taken = None
    for text in texts:
        taken = turn(state, text, catalogue=catalogue, context=context, stale=stale)
        state = State.from_json(json.loads(taken.state.as_json()))
        assert state == taken.state
    return taken


def test_steps_run_in_reading_order_to_the_next_question():
    taken = talk("menu", "1", "12")

    assert taken.reply.text == "Found N12.\n\nWhich colour?"
    assert taken.reply.options == (("red", "Red"), ("blue", "Blue N12"))


def test_when_skips_a_step():
    assert talk("777").reply.text == "Found N777.\n\nA lucky one.\n\nWhich colour?"


def test_state_keeps_what_was_answered_and_nothing_that_was_found():
    assert talk("123").state.as_json() == (
        '{"language": "en", "dialog": "shop", "version": 2, "key": "colour", "answers": {"number": "123"}, '
        '"offered": [["red", "Red"], ["blue", "Blue N123"]], "said_at": 1795392000}'
    )


def test_state_is_empty_at_the_end():
    assert talk("123", "2") == turn(talk("123").state, "2", catalogue=SMALL, context=CONTEXT)
    assert talk("123", "2").reply.text == "Bought: blue 123 for 7."
    assert talk("123", "2").state == State("en")


@pytest.mark.parametrize("text", ["2", "২", "२", "2.", "２", "2️⃣", "blue", "BLUE", "Blue N123", " blue n123! "])
def test_option_is_read_by_number_id_and_label(text):
    assert talk("123", text).reply.text == "Bought: blue 123 for 7."


def test_refusal_of_a_cleaner_says_its_sentence_and_asks_again():
    taken = talk("buy", "abc")

    assert taken.reply.text == "No abc here.\n\nWhich number?"
    assert taken.state.key == "number"


def test_refusal_of_a_do_goes_back_to_the_question_of_its_field():
    taken = talk("404")

    assert taken.reply.text == "No 404 here.\n\nWhich number?"
    assert taken.state == State("en", "shop", 2, "number", missed=1)


def test_refusal_about_a_choice_asks_it_again_with_fresh_facts():
    taken = talk("123", "red")

    assert taken.reply.text == "Sold out.\n\nFound N123.\n\nWhich colour?"
    assert taken.state.answers == {"number": "123"}


def test_refusal_of_no_question_leads_to_the_menu():
    assert talk("500", "blue").reply.text == "Our fault.\n\nMENU"


def test_unknown_choice_is_asked_again():
    taken = talk("123", "9")

    assert taken.reply.text == "NONE OF THESE\n\nWhich colour?"
    assert taken.reply.options == (("red", "Red"), ("blue", "Blue N123"))


def test_what_is_done_elsewhere_is_answered_with_that_wherever_it_is_asked():
    assert talk("fly me to the moon").reply.text == "NOT HERE\n\nMENU"
    assert talk("buy", "fly me to the moon").reply.text == "NOT HERE\n\nWhich number?"
    assert talk("123", "fly me to the moon").reply.text == "NOT HERE\n\nWhich colour?"


def test_person_is_named_when_two_answers_in_a_row_led_nowhere():
    assert talk("buy", "abc", "404").reply.text == "PERSON\n\nNo 404 here.\n\nWhich number?"
    assert talk("123", "9", "8").reply.text == "PERSON\n\nNONE OF THESE\n\nWhich colour?"
    assert talk("123", "9", "8").reply.options == (("red", "Red"), ("blue", "Blue N123"))


def test_person_is_not_named_again_after_an_answer_that_led_on():
    assert talk("buy", "abc", "404", "123", "9").reply.text == "NONE OF THESE\n\nWhich colour?"


def test_menu_names_no_person_beside_its_own():
    assert talk("mumble", "mumble", "mumble").reply.text == "WHAT?\n\nMENU"


def test_answer_to_the_first_question_is_taken_at_a_choice():
    assert talk("123", "124").reply.text == "Found N124.\n\nWhich colour?"


def test_back_asks_the_question_before():
    assert talk("123", "back").reply.text == "Which number?"
    assert talk("123", "back", "back").reply.text == "MENU"


@pytest.mark.parametrize("word", ["0", "০", "०", "menu", "MENU", "মেনু", "मेनू", "Hi", "নমস্কার", "namaste"])
@pytest.mark.parametrize("before", [(), ("1",), ("123",)])
def test_menu_words_work_at_every_step(word, before):
    assert talk(*before, word).reply.text == "MENU"


@pytest.mark.parametrize("word", ["help", "সাহায্য", "मदद", "sahajyo", "madad"])
def test_help_repeats_the_question(word):
    assert talk("123", word).reply.text == "HELP\n\nWhich colour?"


def test_message_without_words_repeats_the_question():
    assert talk("123", "👍").reply.text == "ONLY TEXT\n\nWhich colour?"


def test_language_is_changed_in_the_middle_of_a_dialog():
    taken = talk("123", "language", "2")

    assert taken.state.language == "hi"
    assert taken.reply.text == "Found N123.\n\nWhich colour?"


def test_question_waits_behind_the_choice_of_language():
    assert talk("123", "language", "9").reply.text == "NONE OF THESE\n\nLANGUAGE?"
    assert talk("123", "language", "124").reply.text == "Found N124.\n\nWhich colour?"


def test_refusal_may_hold_braces():
    assert talk("buy", "{number}").reply.text == "No {number} here.\n\nWhich number?"


def test_first_contact_asks_for_the_language():
    taken = talk("Hi", state=State())

    assert taken.reply.text == "WELCOME"
    assert taken.reply.options == (("bn", "বাংলা"), ("hi", "हिन्दी"), ("en", "English"))


@pytest.mark.parametrize(
    ("text", "language"), [("1", "bn"), ("২", "hi"), ("3", "en"), ("bangla", "bn"), ("English", "en")]
)
def test_language_is_chosen_at_first_contact(text, language):
    taken = talk("Hi", text, state=State())

    assert taken.state.language == language
    assert taken.reply.text == "MENU"
    assert "SWITCH" not in [label for _name, label in taken.reply.options]


def test_second_greeting_is_no_choice_of_hindi():
    assert talk("Hi", "Hi", state=State()).reply.text == "WELCOME"


@pytest.mark.parametrize(
    ("text", "language"),
    [("আমি কিনতে চাই", "bn"), ("मुझे चाहिए", "hi"), ("buy", "en"), ("things for sale", "en"), ("ami kinte chai", "bn")],
)
def test_first_message_that_shows_a_language_is_answered_in_it_with_the_switch_in_the_last_line(text, language):
    taken = talk(text, state=State())

    assert taken.state.language == language
    assert (taken.reply.options[-1] if taken.reply.options else taken.reply.text.splitlines()[-1]) in (
        ("language", "SWITCH"),
        "SWITCH",
    )


def test_first_message_with_a_number_is_answered_at_once():
    taken = talk("123", state=State())

    assert taken.reply.text == "Found N123.\n\nWhich colour?"
    assert taken.reply.options[-1] == ("language", "SWITCH")
    assert talk("123", "3", state=State()).reply.text == "LANGUAGE?"


def test_menu_has_two_levels_when_it_is_long():
    assert talk("menu", catalogue=LARGE).reply.options == (("shops", "Shops"), ("others", "Others"), HELP)
    assert talk("menu", "2", catalogue=LARGE).reply.options == (*((d.name, d.title) for d in PLAIN), HELP)
    assert talk("menu", "2", "9", catalogue=LARGE).reply.text == "Said."


def test_service_is_opened_by_its_title():
    assert talk("plain 3", catalogue=LARGE).reply.text == "Said."


def test_button_of_an_old_menu_is_honoured_by_its_id():
    assert talk("123", "2", "shop").reply.text == "Which number?"


@pytest.mark.parametrize("text", ["blu n123", "blue n12", "Blue N123 pls", "ok blue n123"])
def test_option_is_read_when_it_is_nearly_its_label(text):
    assert talk("123", text).reply.text == "Bought: blue 123 for 7."


def test_label_that_is_nearly_two_picks_none():
    assert nearest((("a", "Bill: ₹5"), ("b", "Bill: ₹6"), ("c", "Pay")), "bill") == ""
    assert nearest((("a", "Bill: ₹5"), ("c", "Pay")), "bil") == "a"
    assert nearest((), "bill") == ""


def test_what_is_surely_meant_is_done():
    assert talk("things for sale").reply.text == "Which number?"
    assert talk("what can you do").reply.text == "HELP\n\nMENU"
    assert talk("hindi please").state.language == "hi"


def test_what_is_likely_is_asked_about_and_the_menu_is_the_way_out():
    taken = talk("sale or aside")

    assert taken.reply.text == "WHICH?"
    assert taken.reply.options == (("shop", "Shop"), ("aside", "Aside"), ("menu", "Something else"))
    assert talk("sale or aside", "1").reply.text == "Which number?"
    assert talk("sale or aside", "2").reply.text == "Not here."
    assert talk("sale or aside", "3").reply.text == "MENU"


def test_question_back_is_put_in_the_language_of_the_first_message():
    assert talk("sale or aside", state=State()).state.language == "bn"


def test_what_means_something_else_than_an_answer_is_done_instead():
    assert talk("buy", "what can you do").reply.text == "HELP\n\nMENU"
    assert talk("buy", "perhaps help").reply.text == "No perhaps help here.\n\nWhich number?"
    assert talk("buy", "things for sale").reply.text == "No things for sale here.\n\nWhich number?"
    assert talk("123", "sale or aside").reply.text == "WHICH?"


@pytest.mark.parametrize("before", [(), ("buy",), ("123",)])
def test_words_of_an_unlisted_dialog_work_at_every_step(before):
    assert talk(*before, "Leave me alone!").reply.text == "Not here."


@pytest.mark.parametrize("text", ["1", "৩", "९", "12"])
def test_digit_without_a_list_is_explained(text):
    assert talk("123", "2", text).reply.text == "NONE OF THESE\n\nMENU"


def test_digit_is_read_against_the_list_that_was_sent_last():
    assert talk("123", "language", "2").state.language == "hi"
    assert talk("buy", "1").reply.text == "Found N1.\n\nWhich colour?"


@pytest.mark.parametrize(("wrong", "label"), [("13", "Fourteen"), ("405", "Four-oh-six")])
def test_refused_answer_is_met_with_what_may_have_been_meant(wrong, label):
    taken = talk("buy", wrong)

    assert taken.reply.text == f"No {wrong} here.\n\nWHICH?"
    assert taken.reply.options[-2:] == ((taken.reply.options[-2][0], label), ("menu", "Something else"))
    place = len(taken.reply.options) - 1
    assert talk("buy", wrong, str(place)).state.answers == {"number": taken.reply.options[-2][0]}
    assert talk("buy", wrong, str(place + 1)).reply.text == "MENU"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Hello!! ", "hello"),
        ("১২", "12"),
        ("\u200dमेनू।", "मेनू"),
        ("য়", "\u09af\u09bc"),
        ("🙏 hi", "hi"),
        ("property_tax", "property tax"),
    ],
)
def test_plain_text(text, expected):
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "language"), [("ট্যাক্স", "bn"), ("टैक्स", "hi"), ("tax", ""), ("।", ""), ("১", "bn"), ("nomoskar", "bn")]
)
def test_language_of_a_text(text, language):
    assert language_of(text) == language
