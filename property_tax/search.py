"""Reading: finding an assessee without the whole number. Which index answers what, and how fast: ADR 0013.

Everything is found in order of ward and number, twenty at a time; `after` continues behind the last one of a page.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.masking import masked_name
from kmc_portal.common.skeleton import house, one_slip_from, skeleton
from property_tax.inputs import FEWEST_LETTERS, LENGTH, MOST_CHARACTERS, letters_in, printed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAGE = 20
FEWEST_LAST_DIGITS = 4
# So many matches are sorted. Where there are more, the first twenty are met soon in going from ward to ward.
FEW = 2_000
# Of the register's words that begin like a typed one or are a slip away from it, the shortest.
MOST_CLOSE_WORDS = 40
FEWEST_SOUNDS_OF_A_BEGINNING = 2
FEWEST_SOUNDS_OF_A_SLIP = 3
OWNER, STREET, HOUSE, WARD = "o", "s", "h", "w"
WHOLE = {OWNER: "O", STREET: "S"}
LAST_DIGITS = "*"
NEAR = "~"
AFTER = re.compile(f"{NEAR}?[0-9]{{{LENGTH}}}")
TITLES = frozenset(skeleton("Sri Smt Shrimati Mr Mrs Miss Dr Late শ্রী শ্রীমতী श्री श्रीमती").split())

COLUMNS = "assessee_number, owner_name, premises_number, street_name, ward_id"
MATCHING = f"""
SELECT {COLUMNS} FROM property_tax_assessee
 WHERE search_words @@ {{words}} AND (status = 'active' OR %(closed_too)s)
   AND (%(after)s = '' OR (ward_id, assessee_number) >
        (SELECT ward_id, assessee_number FROM property_tax_assessee WHERE assessee_number = %(after)s))
"""
SORTED = f"""
SELECT {COLUMNS}, count(*) OVER () AS matches
  FROM ({MATCHING.format(words="%(words)s::tsquery")} LIMIT %(few)s + 1) AS matching
 ORDER BY ward_id, assessee_number LIMIT %(limit)s
"""
# OFFSET 0 keeps the planner from reading a ward in the order of numbers until something matches.
BY_WARD = f"""
SELECT found.*
  FROM property_tax_ward w
 CROSS JOIN LATERAL (
       SELECT * FROM ({MATCHING.format(words="(%(words)s::tsquery && ('w' || w.number)::tsquery)")} OFFSET 0) AS matching
        ORDER BY assessee_number LIMIT %(limit)s) AS found
 WHERE w.number >= coalesce((SELECT ward_id FROM property_tax_assessee WHERE assessee_number = %(after)s), 0)
 ORDER BY w.number, found.assessee_number LIMIT %(limit)s
"""
# From the first possible number to the last: digits sort alike in every collation, so the unique index serves.
BY_FIRST_DIGITS = """
SELECT assessee_number FROM property_tax_assessee
 WHERE assessee_number BETWEEN rpad(%(typed)s, 12, '0') AND rpad(%(typed)s, 12, '9')
 ORDER BY assessee_number LIMIT %(limit)s
"""
BY_LAST_DIGITS = """
SELECT assessee_number
  FROM (SELECT assessee_number FROM property_tax_assessee
         WHERE reverse(assessee_number) LIKE reverse(%(typed)s) || '%%' OFFSET 0) AS found
 ORDER BY assessee_number LIMIT %(limit)s
"""
# No skeleton has a z: what begins with a word sorts between the word and the word with a z, in every collation.
CLOSE_WORDS = """
SELECT typed.place, known.word
  FROM unnest(%(slip_places)s::int[], %(slips)s::text[]) AS typed (place, word)
  JOIN property_tax_registerword known ON known.word = typed.word
UNION
SELECT typed.place, known.word
  FROM unnest(%(beginning_places)s::int[], %(beginnings)s::text[]) AS typed (place, word)
  JOIN property_tax_registerword known ON known.word BETWEEN typed.word AND typed.word || 'z'
"""


class NothingFound(ServiceError):
    code = "nothing_found"
    message = _(
        "No property matches this. Please leave out the house number or the owner, spell the street another way, "
        "or take the number from an old bill or receipt."
    )
    field = "street"
    http_status = 404


class SearchPlaceMissing(ServiceError):
    code = "search_place_missing"
    message = _("Please give the street, or the owner's name together with the ward.")
    field = "street"


class SearchTooShort(ServiceError):
    code = "search_too_short"
    message = _("Please type at least three letters of a name or a street, or the last four digits of a number.")
    field = "street"


@dataclass(frozen=True, slots=True)
class Found:
    """An assessee as a search shows it to anybody: the owner masked, no telephone number, no e-mail address."""

    assessee_number: str
    masked_owner: str
    premises_number: str
    street_name: str
    ward: int

    @property
    def printed_number(self) -> str:
        return printed(self.assessee_number)


@dataclass(frozen=True, slots=True)
class Page:
    """Up to twenty assessees. `after` asks for the next page and is empty on the last. `is_near`: none is spelt as typed."""

    found: list[Found]
    after: str = ""
    is_near: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """Skeletons of words that were typed, and the lexemes' marks under which they may stand in the register."""

    marks: str
    words: Sequence[str]

    def as_typed(self) -> str:
        """Return the tsquery of what has these words, or runs them together: `Rash Behari`, `Rashbehari`."""
        each = " & ".join(f"({' | '.join(mark + word for mark in self.marks)})" for word in self.words)
        return f"({each} | {self._run_together()})" if self._run_together() else f"({each})"

    def close(self, known: Mapping[str, Sequence[str]]) -> str:
        """Return the tsquery of what has words that are close to these; empty when there are none."""
        groups = [[close for mark in self.marks for close in known.get(mark + word, ())] for word in self.words]
        each = " & ".join(f"({' | '.join(group)})" for group in groups) if all(groups) else ""
        whole = f"{self._run_together()}:*" if self._run_together() else ""
        return f"({' | '.join(filter(None, (each, whole)))})" if each or whole else ""

    def lexemes(self) -> list[str]:
        return [mark + word for word in self.words for mark in self.marks]

    def _run_together(self) -> str:
        joined = "".join(self.words)
        return WHOLE[self.marks] + joined if self.marks in WHOLE and len(joined) >= FEWEST_SOUNDS_OF_A_SLIP else ""


def by_address(*, ward: str = "", street: str = "", premises: str = "", owner: str = "", after: str = "") -> Page:
    """Return the active assessees of a street, or of an owner within a ward, in order of ward and number.

    The texts are clean; names are met in any script. When nothing is spelt as typed, what begins so or is one slip away
    is returned. At most five queries, whatever is found.

    :raises SearchPlaceMissing: neither a street, nor an owner together with a ward
    :raises NothingFound: nobody matches
    """
    if not street and not (ward and owner):
        raise SearchPlaceMissing
    if after and not AFTER.fullmatch(after):
        raise NothingFound
    certain = [f"{WARD}{int(ward)}"] if ward else []
    certain += [f"{HOUSE}{house(premises)}"] if premises else []
    typed = [Typed(mark, _words(text)) for mark, text in ((STREET, street), (OWNER, owner)) if text]
    is_near, rows = _search(certain, typed, after=after, limit=PAGE + 1, closed_too=False)
    if not rows:
        raise NothingFound
    found = [Found(number, masked_name(name), *rest) for number, name, *rest in rows[:PAGE]]
    last = f"{NEAR if is_near else ''}{found[-1].assessee_number}" if len(rows) > PAGE else ""
    return Page(found, last, is_near)


def numbers_for_clerk(text: str, *, limit: int) -> list[str]:
    """Return at most `limit` assessee numbers for what a clerk typed into one box: closed ones too.

    Digits alone are the beginning of a number, after `*` its end. All else is words of owner and street in any script
    and premises numbers in any order, which must all be met; names that are only close come when none is spelt so.

    :raises SearchTooShort: too little was typed to tell anybody from the rest
    """
    number = digits.only_digits(text.removeprefix(LAST_DIGITS))
    if number:
        return _by_digits(number, is_end=text.startswith(LAST_DIGITS), limit=limit)
    tokens = text[:MOST_CHARACTERS].split()
    certain = [f"{HOUSE}{house(token)}" for token in tokens if _has_digit(token)]
    names = " ".join(token for token in tokens if not _has_digit(token))
    if letters_in(names) < FEWEST_LETTERS:
        raise SearchTooShort
    _is_near, rows = _search(certain, [Typed(OWNER + STREET, _words(names))], after="", limit=limit, closed_too=True)
    return [row[0] for row in rows]


def _search(
    certain: Sequence[str], typed: Sequence[Typed], *, after: str, limit: int, closed_too: bool
) -> tuple[bool, list[Any]]:
    """Return whether these are only close, and the rows: what is spelt as typed, or else what is close to it."""
    if not all(words.words for words in typed):
        return False, []  # letters of a script that no register here is written in
    options = {"limit": limit, "closed_too": closed_too, "few": FEW, "after": after.removeprefix(NEAR)}
    if not after.startswith(NEAR):
        rows = _matching([*certain, *(words.as_typed() for words in typed)], options)
        if rows or after:
            return False, rows
    known = _close_words([lexeme for words in typed for lexeme in words.lexemes()])
    close = [words.close(known) for words in typed]
    return True, _matching([*certain, *close], options) if all(close) else []


def _matching(parts: Sequence[str], options: Mapping[str, Any]) -> list[Any]:
    asked = {**options, "words": " & ".join(parts)}
    rows = _rows(SORTED, asked)
    if rows and rows[0][-1] > FEW:
        return _rows(BY_WARD, asked)
    return [row[:-1] for row in rows]


def _by_digits(number: str, *, is_end: bool, limit: int) -> list[str]:
    if len(number) > LENGTH:
        return []
    if is_end and len(number) < FEWEST_LAST_DIGITS:
        raise SearchTooShort
    rows = _rows(BY_LAST_DIGITS if is_end else BY_FIRST_DIGITS, {"typed": number, "limit": limit})
    return [row[0] for row in rows]


def _close_words(lexemes: Sequence[str]) -> dict[str, list[str]]:
    """Return for every lexeme those of the register that begin with it or are one slip away, the shortest first."""
    slips = [
        (place, lexeme[0] + slip)
        for place, lexeme in enumerate(lexemes)
        if len(lexeme) > FEWEST_SOUNDS_OF_A_SLIP
        for slip in (lexeme[1:], *one_slip_from(lexeme[1:]))
    ]
    beginnings = [(place, each) for place, each in enumerate(lexemes) if len(each) > FEWEST_SOUNDS_OF_A_BEGINNING]
    exact = [(place, each) for place, each in enumerate(lexemes)]
    asked = {
        "slip_places": [place for place, _word in slips + exact],
        "slips": [word for _place, word in slips + exact],
        "beginning_places": [place for place, _word in beginnings],
        "beginnings": [word for _place, word in beginnings],
    }
    close: dict[str, list[str]] = defaultdict(list)
    for place, word in _rows(CLOSE_WORDS, asked):
        close[lexemes[place]].append(word)
    return {
        lexeme: sorted(words, key=lambda word: (len(word), word))[:MOST_CLOSE_WORDS] for lexeme, words in close.items()
    }


def _words(text: str) -> list[str]:
    """Return the skeletons of the words of a name, without titles unless there is nothing else."""
    words = skeleton(text).split()
    return [word for word in words if word not in TITLES] or words


def _has_digit(token: str) -> bool:
    return any(char.isdecimal() for char in token)


def _rows(sql: str, parameters: Mapping[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
