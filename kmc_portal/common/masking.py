"""Names and numbers shown to somebody who has not proved a right to them.

A hidden part is always the same number of stars, so that the length of a name does not tell whose it is.
"""

from __future__ import annotations

import re
import unicodedata

HIDDEN = "***"
# Several owners stand in one field; what parts them is no word of a name.
BETWEEN_OWNERS = frozenset({"&", "and", "AND", "ও", "এবং", "और", "व"})
VIRAMAS = frozenset({"\N{BENGALI SIGN VIRAMA}", "\N{DEVANAGARI SIGN VIRAMA}"})
WORD = re.compile(r"[^\s,;&.()/-]+")


def masked_name(name: str) -> str:
    """Return the first letter of every word: `Sukumar Das` is `S*** D***`, `ক্ষিতীশ রায়` is `ক্ষি*** রা***`."""
    return WORD.sub(lambda found: _masked_word(found[0]), name)


def hidden(_text: str) -> str:
    """Return nothing of a text: what is secret is not half secret."""
    return HIDDEN


def masked_phone(number: str) -> str:
    """Return an international number with its country and its last four digits: `+91******2345`."""
    return f"{number[:3]}******{number[-4:]}" if len(number) > 10 else HIDDEN


def masked_email(address: str) -> str:
    """Return the first letter and the domain: `r***@example.org`."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}{HIDDEN}@{domain}" if at else HIDDEN


def masked_receipt(number: str) -> str:
    """Return the series of a receipt number without the number in it: `PT-026/2026-27/***`."""
    series, slash, _number = number.rpartition("/")
    return f"{series}{slash}{HIDDEN}"


def _masked_word(word: str) -> str:
    return word if word in BETWEEN_OWNERS else first_letter(word) + HIDDEN


def first_letter(word: str) -> str:
    """Return the first letter as an eye sees it: with its vowel signs, and a conjunct of Bengali or Hindi whole."""
    end = 1
    while end < len(word) and (unicodedata.category(word[end])[0] == "M" or _joins(word[end - 1])):
        end += 1
    return word[:end]


def _joins(char: str) -> bool:
    return char in VIRAMAS or char == "\N{ZERO WIDTH JOINER}"
