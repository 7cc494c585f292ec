"""A message as words that can be compared: one script form, one spelling of what keyboards spell in several ways."""

from __future__ import annotations

import re

from chatbot.engine.language import plain
from chatbot.understanding.numbers import numbers_in

# Signs that the same keyboard leaves out or puts in: the nukta of Devanagari, and both moons.
_UNSURE_SIGNS = str.maketrans({"\u093c": None, "\u0981": None, "\u0901": "\u0902"})
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_LONE_NUMBER = re.compile(r"\b\d+\b")


def words_of(text: str) -> list[str]:
    """Return the words of a message in small letters; a word stands for each number, as `numbers_in` says."""
    return spelt(numbers_in(text).words)


def spelt(text: str) -> list[str]:
    """Return words as they are compared: `Hiii!` is `hi`, `हूँ` is `हूं`, and digits are gone."""
    alike = _LONE_NUMBER.sub(" ", plain(text).translate(_UNSURE_SIGNS))
    return _DRAWN_OUT.sub(r"\1", alike).split()
