"""Digits as people type them, in three scripts and several disguises."""

from __future__ import annotations

import re
import unicodedata

ASCII = "0123456789"
BENGALI = "০১২৩৪৫৬৭৮৯"
DEVANAGARI = "०१२३४५६७८९"

TO_ASCII = str.maketrans(BENGALI + DEVANAGARI, ASCII * 2)
TO_BENGALI = str.maketrans(ASCII, BENGALI)
# What a phone's keyboard adds and nobody sees: joiners and marks of direction (Cf), and the frame of a keycap digit.
KEYCAP = "\N{COMBINING ENCLOSING KEYCAP}"
VARIATION_SELECTORS = "\N{VARIATION SELECTOR-15}\N{VARIATION SELECTOR-16}"
# Of the compatibility forms only these are the same character in another dress; `<super>` and `<circle>` are others.
SAME_CHARACTER = ("<wide>", "<font>")
SEPARATORS = re.compile(r"[\s./\\\u00B7\u2022\u2024\u2027\u2219\u22C5\u30FB\u2044\u2212\u2215]")


def to_ascii(text: str) -> str:
    """Return `text` with Bengali, Devanagari, full-width and keycap digits as ASCII, and without invisible characters.

    Superscripts, circled and Roman numbers stay what they are: they are no digits of a number somebody owns.
    """
    if text.isascii():  # most of what comes, and nothing of it is another character in disguise
        return text
    return "".join(_plain(char) for char in text).translate(TO_ASCII)


def strip_separators(text: str) -> str:
    """Return `text` without spaces, dashes of every kind, dots, slashes and middle dots."""
    return "".join(char for char in SEPARATORS.sub("", text) if unicodedata.category(char) != "Pd")


def only_digits(text: str) -> str:
    """Return the ASCII digits of a number as people type it; empty when anything but digits and separators is in it."""
    bare = strip_separators(to_ascii(text))
    return bare if bare.isascii() and bare.isdigit() else ""


def localise(text: str, language: str) -> str:
    """Return `text` with the digits that readers of `language` expect: Bengali ones for `bn`, ASCII for all others."""
    return text.translate(TO_BENGALI) if language == "bn" else text


def _plain(char: str) -> str:
    if char == KEYCAP or char in VARIATION_SELECTORS or unicodedata.category(char) == "Cf":
        return ""
    return unicodedata.normalize("NFKC", char) if unicodedata.decomposition(char).startswith(SAME_CHARACTER) else char
