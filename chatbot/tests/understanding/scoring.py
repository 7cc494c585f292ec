"""What an evaluation set says of the understanding: how often it acts rightly, wrongly, or asks back."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from chatbot.engine.language import plain
from chatbot.understanding import training
from chatbot.understanding.intents import OUT_OF_SCOPE
from chatbot.understanding.understand import ACT, Understanding, understand

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SHORTEST_MISTYPED = 4
FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """An utterance, what it asks for, the variety it is in, and what is understood of it. Two wishes are joined by `+`."""

    intent: str
    variety: str
    text: str
    found: Understanding

    @property
    def is_wrong_act(self) -> bool:
        return self.found.decision == ACT and self.found.intent not in self.intent.split("+")

    @property
    def is_served(self) -> bool:
        """Say whether a wish is done, or asked about."""
        told = [self.found.intent] if self.found.decision == ACT else self.found.asked
        return not set(told).isdisjoint(self.intent.split("+"))


@cache
def learnt_from() -> frozenset[str]:
    """Return every way to say every line of the training utterances, as texts are compared."""
    lines = [line for file in training.FOLDER.glob("*.txt") for line in file.read_text(encoding="utf-8").splitlines()]
    return frozenset(plain(way) for line in lines if not line.startswith("#") for way in training.ways_to_say(line))


@cache
def cases(file: str) -> tuple[Case, ...]:
    """Return the utterances of a file: `== intent variety`, then one a line; `#` begins a remark.

    What the weights were learnt from, word for word, is left out: `স্টপ` is `স্টপ` whoever writes it.
    """
    read: list[Case] = []
    intent = variety = ""
    for line in (FOLDER / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("=="):
            _mark, intent, variety = line.split()
        elif line and not line.startswith("#") and plain(line) not in learnt_from():
            read.append(Case(intent, variety, line, understand(line)))
    return tuple(read)


def macro_f1(held: Sequence[Case]) -> float:
    """Return the mean over intents of the harmonic mean of precision and recall; the likeliest intent counts, acted on or not."""
    hits, told, meant = defaultdict[str, int](int), defaultdict[str, int](int), defaultdict[str, int](int)
    for case in held:
        hits[case.intent] += case.intent == case.found.intent
        told[case.found.intent] += 1
        meant[case.intent] += 1
    return mean(2 * hits[intent] / (told[intent] + meant[intent]) for intent in meant)


def share(held: Sequence[Case], counted: Sequence[Case]) -> float:
    return len(counted) / len(held)


def wrongly_acted(held: Sequence[Case]) -> list[Case]:
    """Return those where something else was done than what was asked."""
    return [case for case in held if case.is_wrong_act]


def foreign(held: Sequence[Case]) -> list[Case]:
    return [case for case in held if case.intent == OUT_OF_SCOPE]


def reshaped(held: Sequence[Case], form: Callable[[str], str]) -> list[Case]:
    """Return the same utterances as somebody else would put them."""
    texts = [(case, form(case.text)) for case in held]
    return [Case(case.intent, case.variety, text, understand(text)) for case, text in texts]


def mistyped(text: str) -> str:
    """Return a text with one slip in one of its words: a letter left out, exchanged, doubled or another; always the same."""
    words = text.split()
    long = [place for place, word in enumerate(words) if len(word) >= SHORTEST_MISTYPED]
    if not long:
        return text
    chance = random.Random(text)
    at = chance.choice(long)
    word, place = words[at], chance.randrange(1, len(words[at]) - 1)
    head, letter, following, tail = word[:place], word[place], word[place + 1], word[place + 2 :]
    slips = [
        following + tail,
        following + letter + tail,
        letter + letter + following + tail,
        word[0] + following + tail,
    ]
    words[at] = head + chance.choice(slips)
    return " ".join(words)
