"""What single words mean, whatever script, spelling and ending they have."""

from __future__ import annotations

import pytest

from chatbot.understanding.classifier import Model, read_model
from chatbot.understanding.lexicon import FILLER, Lexicon, lexicon, to_the_point
from chatbot.understanding.normalise import spelt
from chatbot.understanding.romanised import language_of_romanised
from chatbot.understanding.training import mistyped, ways_to_say

SMALL = Lexicon(
    iter(
        [
            "# a remark",
            "tax: tax; ট্যাক্স; কর; property tax",
            "house: house; বাড়ি; makan",
            "certificate: certificate; পত্র",
            "filler: my; amar; আমার; কর",
            "greet: hello",
        ]
    )
)


def meanings(text):
    return [held for _word, held in SMALL.read(spelt(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tax", [("tax",)]),
        ("TAX!", [("tax",)]),
        ("ট্যাক্সের", [("tax",)]),
        ("বাড়িটার", [("house",)]),
        ("certifcate", [("certificate",)]),
        ("sertifiket", [("certificate",)]),
        ("property tax", [("tax",)]),
        ("amar", [(FILLER,)]),
        ("কর", [("tax",)]),
        ("elephant", [()]),
        ("", []),
    ],
)
def test_word_is_known_by_itself_its_ending_its_sound_or_but_for_a_slip(text, expected):
    assert meanings(text) == expected


def test_words_written_together_are_parted():
    assert SMALL.parted(["housetax", "certificate", "mytax", "elephanttax", "myamar"]) == [
        "house", "tax", "certificate", "mytax", "elephanttax", "myamar",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello excuse me house tax thank you", "house tax"),
        ("নমস্কার দাদা বাড়ির ট্যাক্স", "বাড়ির ট্যাক্স"),
        ("hello dada", "hello dada"),
        ("hello I am Ramesh", "hello i am ramesh"),
        ("please help", "please help"),
        ("hello xqzt wvut", "xqzt wvut"),
        ("", ""),
    ],
)
def test_what_stands_around_a_wish_is_taken_off(text, expected):
    assert " ".join(to_the_point(spelt(text))) == expected


def test_drawn_out_letters_and_unsure_signs_are_one_spelling():
    assert spelt("Hiiii plzzzz") == ["hi", "plz"]
    assert spelt("ज़रूरत हूँ") == spelt("जरूरत हूं")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("amar ghorer tax koto", "bn"),
        ("mere ghar ka tax kitna hai", "hi"),
        ("tell me my tax due on main road", ""),
        ("what is the tax", ""),
        ("tax", ""),
        ("", ""),
    ],
)
def test_language_of_romanised_words(text, language):
    assert language_of_romanised(text.split()) == language


def test_every_meaning_of_the_lexicon_has_words():
    assert all(held for _word, held in lexicon().read(["tax", "licence", "mutation", "receipt", "stop"]))


def test_model_is_read_as_it_was_written():
    model = Model(("greet", "help"), {"w hi": (50, -50)}, "abc")

    assert read_model(model.written()) == model
    assert model.weigh(["w hi", "w unknown"])[0][1] == pytest.approx(0.731, abs=0.001)


def test_line_stands_for_every_way_to_say_it():
    assert ways_to_say("(a|b|) c (d|e)") == ["a c d", "a c e", "b c d", "b c e", "c d", "c e"]


def test_slip_is_always_the_same_and_short_words_have_none():
    assert mistyped("certificate chai") == mistyped("certificate chai") != "certificate chai"
    assert mistyped("tax din") == "tax din"
