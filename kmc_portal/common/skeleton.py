"""Names and streets reduced to what survives a change of script, of spelling and of a vowel: their consonants.

`Sukumar`, `Sookumar`, `সুকুমার` and `सुकुमार` are all `skmr`. The steps are a table, because two readers follow them:
`skeleton` here, and the database's function that keeps `Assessee.search_words`, which a migration makes with `sql`. A
change of a step needs another migration that makes function and column anew (ADR 0013).
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Swap(NamedTuple):
    """Put `new` for every `old`."""

    old: str
    new: str

    def apply(self, text: str) -> str:
        return text.replace(self.old, self.new)

    def sql(self, inner: str) -> str:
        return f"replace({inner}, '{self.old}', '{self.new}')"


class Letters(NamedTuple):
    """Put for every letter of `old` the one at its place in `new`; where `new` is shorter, nothing."""

    old: str
    new: str

    def apply(self, text: str) -> str:
        new = [*self.new, *[None] * (len(self.old) - len(self.new))]
        return text.translate({ord(letter): into for letter, into in zip(self.old, new, strict=True)})

    def sql(self, inner: str) -> str:
        return f"translate({inner}, '{self.old}', '{self.new}')"


class Pattern(NamedTuple):
    """Put `new` wherever `old` matches. Only what Python and PostgreSQL read alike may stand in it."""

    old: str
    new: str

    def apply(self, text: str) -> str:
        return re.sub(self.old, self.new, text)

    def sql(self, inner: str) -> str:
        return f"regexp_replace({inner}, '{self.old}', '{self.new}', 'g')"


Step = Swap | Letters | Pattern

# Capitals stand for sounds until the end: C is চ, H a breathed h that the letter before it cannot swallow, A a first vowel.
# Z parts owner and street where the database reads both at once.
BENGALI = Letters("কখগঘঙচছজঝঞটঠডঢণতথদধনপফবভমযরলশষসহৎংঋৃ", "kkggnCCjjnttddnttddnppbbmjrlsssHtnrr")
DEVANAGARI = Letters("कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसहळंऋृ", "kkggnCCjjnttddnttddnppbbmyrlbsssHlnrr")
VOWELS = "অআইঈউঊএঐওঔািীুূেৈৗअआइईउऊएऐओऔऑािीुूेैोौॉ"
DIGITS = Letters("০১২৩৪৫৬৭৮৯०१२३४५६७८९", "0123456789" * 2)

# For what is not ASCII, decomposed: a dot below is a letter of its own.
TO_LATIN = (
    Swap("\u09cd\u09af", ""),  # the y of a conjunct is not heard
    Swap("\u094d\u092f", ""),
    Swap("ড\u09bc", "r"),
    Swap("ঢ\u09bc", "r"),
    Swap("ड\u093c", "r"),
    Swap("ढ\u093c", "r"),
    Swap(" ক\u09cdষ", " k"),
    Swap(" क\u094dष", " k"),
    Swap("ওয\u09bc", "w"),
    Swap("য\u09bc", "y"),
    Letters(
        BENGALI.old + DEVANAGARI.old + VOWELS + DIGITS.old,
        BENGALI.new + DEVANAGARI.new + "a" * len(VOWELS) + DIGITS.new,
    ),
)
TO_CONSONANTS = (
    Letters(",;:/|_&()[]+-\u2013\u2014\n\t", " " * 17),
    Pattern("[^a-zCHZ0-9 ]", ""),  # dots, apostrophes, accents, joiners, and the sign of a vowel that is left out
    Swap(" and ", " "),
    Swap("tion ", "sn "),
    Swap("ge ", "j "),
    Swap(" ksh", " k"),  # Khudiram, Kshudiram
    Swap("ch", "C"),
    Swap("ce", "se"),
    Swap("ci", "si"),
    Swap("cy", "sy"),
    Swap("x", "ks"),
    Pattern("([bCdgjkpst])h+", "\\1"),  # aspirates, and sh
    Pattern("w(?![aeiouy])", ""),  # Chowdhury, Shaw
    Pattern(" [aeiou]", " A"),
    Swap(" y", " j"),
    Letters("cqfvzwCHAaeiouy", "kkpbjbcha"),
    Swap("ng", "n"),
    *(Swap(letter * 2, letter) for letter in "bcdghjklmnprst"),
)

LETTERS = "abcdghjklmnprst"  # all that a skeleton is made of


def skeleton(text: str) -> str:
    """Return the words of a name or an address as their consonants, parted by blanks; digits stay.

    A first vowel is kept as `a`. Words in a script other than Latin, Bengali and Devanagari vanish.
    """
    plain = f" {unicodedata.normalize('NFKD', text).lower()} "
    for step in (*(() if plain.isascii() else TO_LATIN), *TO_CONSONANTS):
        plain = step.apply(plain)
    return " ".join(plain.split())


def house(text: str) -> str:
    """Return a premises number as one word, its digits ASCII and its letters Latin: `12/1 A` is `12x1a`."""
    plain = unicodedata.normalize("NFKD", text.replace(" ", "")).lower()
    for step in () if plain.isascii() else TO_LATIN:
        plain = step.apply(plain)
    return re.sub("[^0-9a-z]+", "x", plain.lower())


def one_slip_from(word: str) -> set[str]:
    """Return every skeleton that one letter put in, left out, changed or exchanged with its neighbour makes of `word`."""
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    left_out = {head + tail[1:] for head, tail in cuts if tail}
    exchanged = {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    changed = {head + letter + tail[1:] for head, tail in cuts if tail for letter in LETTERS}
    put_in = {head + letter + tail for head, tail in cuts for letter in LETTERS}
    return left_out | exchanged | changed | put_in


def sql(steps: Iterable[Step], expression: str) -> str:
    """Return `expression` with the steps around it, for the function in the database."""
    for step in steps:
        expression = step.sql(expression)
    return expression
