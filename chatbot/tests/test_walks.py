"""No dead end: random walks through every dialog, by options, words and nonsense, in each language."""

from __future__ import annotations

import random

import pytest

from chatbot.dialogs.catalogue import CATALOGUE
from chatbot.engine.language import NAMES
from chatbot.tests.conftest import CLEAR, CLOSED, OWES, UNKNOWN
from chatbot.tests.understanding.scoring import cases

STEPS = 25
# What Twilio takes of one message.
LONGEST = 1600
SAID = [
    *(
        "0",
        "menu",
        "back",
        "help",
        "language",
        "stop",
        "1",
        "2",
        "3",
        "9",
        "৪",
        "५",
        "77",
        "👍",
        "",
        "{x}",
        "%s",
        "<b>",
        "'; --",
    ),
    *(
        OWES,
        CLEAR,
        CLOSED,
        UNKNOWN,
        OWES[:-1],
        f"{OWES} {CLEAR}",
        "110260100052",
        "CE/26/000051",
        "31/03/2026",
        "₹500",
        "9830012345",
    ),
    *(dialog.name for dialog in CATALOGUE.by_name.values()),
]


@pytest.mark.parametrize("seed", range(12))
def test_every_message_of_a_walk_is_answered_and_the_menu_is_one_step_away(seed, say):
    chance = random.Random(seed)
    texts = [case.text for case in chance.sample(cases("held_out.txt"), STEPS)]
    say(chance.choice(list(NAMES.values())))
    menu, answer = say("menu"), say("menu")
    for _step in range(STEPS):
        offered = [str(place) for place in range(1, len(answer.options) + 1)] or ["1"]
        text = chance.choice([chance.choice(offered), chance.choice(SAID), chance.choice(texts)])
        answer = say(text)

        assert answer.text.strip(), text
        assert len(answer.text) <= LONGEST, text
        assert "{" not in answer.text.replace("{x}", ""), text
        if chance.random() < 0.2:
            answer = say("0")
            assert len(answer.options) == len(menu.options), text
