"""Which of the options that were sent a message picks."""

from __future__ import annotations

from difflib import SequenceMatcher

from chatbot.engine import language as tongue
from chatbot.engine.steps import Option

# How like a label a message must be to pick it, and how much liker than the next.
ALIKE, APART = 0.85, 0.1
# Longer messages say more than the name of a choice.
LONGEST_LABEL = 40
# As many digits are no number of a choice.
LONGEST_CHOICE = 3


def chosen(offered: tuple[Option, ...], said: str) -> str:
    """Return the id of the option that a text picks by its number, id or label; empty when it picks none.

    A word that works everywhere picks nothing: `hi` is a greeting before it is the code of Hindi.
    """
    if is_digit(said):
        position = int(said) - 1
        return offered[position][0] if 0 <= position < len(offered) else ""
    if said in tongue.MEANINGS:
        return ""
    for name, label in offered:
        if said in (tongue.plain_label(name), tongue.plain_label(label)):
            return name
    return ""


def is_digit(said: str) -> bool:
    """Say whether a message can be nothing but the number of a choice."""
    return said.isdecimal() and len(said) < LONGEST_CHOICE


def nearest(offered: tuple[Option, ...], said: str) -> str:
    """Return the id of the option whose label is nearly what was said, amounts left out; empty when none or two are."""
    if len(said) > LONGEST_LABEL or said.replace(" ", "").isdecimal():
        return ""
    likeness = {name: _likeness(tongue.plain_label(label.split(":")[0]), said) for name, label in offered}
    first, second = (sorted([*likeness.values(), 0.0, 0.0], reverse=True))[:2]
    if first < ALIKE or first - second < APART:
        return ""
    return max(likeness, key=lambda name: likeness[name])


def _likeness(label: str, said: str) -> float:
    """Return how like two texts are, 0 to 1; a word before or behind, as in `papers please`, does not matter."""
    words = said.split()
    shorter = [words[1:], words[:-1]] if len(words) > 1 else []
    return max(SequenceMatcher(None, label, " ".join(each)).ratio() for each in (words, *shorter))


def languages() -> tuple[Option, ...]:
    """Return the three languages as options, each named in itself."""
    return tuple(tongue.NAMES.items())
