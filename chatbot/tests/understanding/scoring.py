"""What an evaluation set says of the understanding: how often it acts rightly, wrongly, or asks back."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from chatbot.understanding.intents import OUT_OF_SCOPE
from chatbot.understanding.understand import ACT, Understanding, understand

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """An utterance, what it asks for, the variety it is in, and what is understood of it."""

    intent: str
    variety: str
    text: str
    found: Understanding

    @property
    def is_wrong_act(self) -> bool:
        return self.found.decision == ACT and self.found.intent != self.intent


def cases(file: str) -> list[Case]:
    """Return the utterances of a file: `== intent variety`, then one a line; `#` begins a remark."""
    read, intent, variety = [], "", ""
    for line in (FOLDER / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("=="):
            _mark, intent, variety = line.split()
        elif line and not line.startswith("#"):
            read.append(Case(intent, variety, line, understand(line)))
    return read


def macro_f1(held: list[Case]) -> float:
    """Return the mean over intents of the harmonic mean of precision and recall; the likeliest intent counts, acted on or not."""
    hits, told, meant = defaultdict[str, int](int), defaultdict[str, int](int), defaultdict[str, int](int)
    for case in held:
        hits[case.intent] += case.intent == case.found.intent
        told[case.found.intent] += 1
        meant[case.intent] += 1
    return mean(2 * hits[intent] / (told[intent] + meant[intent]) for intent in meant)


def share(held: list[Case], counted: list[Case]) -> float:
    return len(counted) / len(held)


def wrongly_acted(held: list[Case]) -> list[Case]:
    """Return those where something else was done than what was asked."""
    return [case for case in held if case.is_wrong_act]


def foreign(held: list[Case]) -> list[Case]:
    return [case for case in held if case.intent == OUT_OF_SCOPE]
