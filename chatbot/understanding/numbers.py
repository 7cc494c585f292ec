"""Which of the numbers in a message may be meant as assessee numbers. Amounts, days and telephones are not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kmc_portal.common import digits

LENGTH = 12
PRINTED = [2, 3, 2, 4, 1]
# Nine digits are no other number that people send here; fewer may be a PIN code or an amount, unless they say what it is.
FEWEST, FEWEST_WHEN_NAMED = 9, 5

_SEPARATOR = r"[\s./\\·•_\u2010-\u2015\u2212-]{0,3}"
_LABELLED = (
    r"(?:(?:utr|rrn|txn|transaction|upi|imps|neft|pan|gstin?|aadhaa?r|adhar|লেনদেন|আধার|लेनदेन|आधार)"
    r"(?:\s*(?:id|ref|no|number|নম্বর|নং|नंबर|नम्बर)\b\.?)*"
    r"|(?:ref(?:erence)?|order|receipt|account|a/c|রসিদ|অর্ডার|রেফারেন্স|অ্যাকাউন্ট|रसीद|ऑर्डर|रेफरेंस|खाता)"
    r"\s*(?:id|no|number|নম্বর|নং|नंबर|नम्बर)\b\.?)"
    r"\s*(?:is|:|-|\#|=)?\s*\d[\d\s-]{3,}\d"
)
# As the portal prints receipts and certificates: PT-026/2026-27/000001.
_OF_A_PAPER = r"(?<![a-z])[a-z]{2}-\d{3}/\d{4}-\d{2}/\d{4,}"
_ADDRESS = r"[a-z]+://\S+"
_OF_LETTERS = r"(?<![a-z])(?!nos?\.?\d|num|asse|ass?es)[a-z]{1,5}\d[a-z\d]{6,}"
_DAY = r"(?<!\d)(?:\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2})|\d{4}[-./]\d{1,2}[-./]\d{1,2}|(?:19|20)\d\d[-/]\d{2})(?!\d|[-./]\d)"
_GROUPED = r"\d{1,3}(?:,\d{2,3})+(?:\.\d{1,2})?"
_AMOUNT = (
    r"(?:(?<![a-z])(?:rs|inr|tk|rupees?)\b\.?|₹|টাকা|रु\.?|रुपये)\s*\d[\d,]*(?:\.\d+)?"
    rf"|(?<![\d/-])(?:{_GROUPED}|\d+(?:\.\d{{1,2}})?)\s*(?:/-|rs\b|rupees?\b|rupa?ye\b|rupiya\b|taka\b|lakhs?\b|hazar\b"
    r"|টাকা|হাজার|লাখ|লক্ষ|रुपये|रुपया|रुपए|रु|हज़ार|हजार|लाख)"
    rf"|(?<![\d/-]){_GROUPED}(?![-\d])"
)
_SCANNED = re.compile(
    rf"(?P<ACODE>{_ADDRESS}|{_LABELLED}|{_OF_A_PAPER}|{_OF_LETTERS})|(?P<ADAY>{_DAY})|(?P<ANAMOUNT>{_AMOUNT})|(?P<RUN>\d(?:{_SEPARATOR}\d)*)",
    re.IGNORECASE,
)
# Letters that are taken for a digit, between digits.
_MISREAD = re.compile(r"(?<=\d)[oOlI]+(?=\d)")
_AS_DIGITS = str.maketrans("oOlI", "0011")
_CHUNK = re.compile(r"\d+")
# Mobile numbers, and those of Kolkata with their code.
_TELEPHONE = re.compile(r"(?:0091|91|0)?[6-9]\d{9}|(?:0091|91|0)33\d{8}")
_PIN_CODE = re.compile(r"700\d{3}")
_NAMED = re.compile(r"ass?e[sc]+e|holding|[অএ]্?যা?সেসি|আসেসি|অ্যাসেস|হোল্ডিং|[अएे]सेस|होल्डिंग", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a message holds: numbers that may be assessee numbers, as ASCII digits, and its words.

    A number of the wrong length is there too: whoever reads it says what is wrong with it. In `words` a word stands for
    each number: ANUMBER for a candidate, ACODE, ADAY, ANAMOUNT or APHONE for others; lone digits are gone.
    """

    candidates: tuple[str, ...]
    words: str


@lru_cache(maxsize=64)
def numbers_in(text: str) -> Numbers:
    """Part a message into candidates for assessee numbers, each once and in the sequence of the message, and words.

    The last few messages are remembered, because a turn asks about the same one several times.
    """
    plain = _MISREAD.sub(lambda match: match[0].translate(_AS_DIGITS), digits.to_ascii(text))
    fewest = FEWEST_WHEN_NAMED if _NAMED.search(plain) else FEWEST
    found: list[str] = []

    def word_for(match: re.Match[str]) -> str:
        if match.lastgroup != "RUN":
            return f" {match.lastgroup} "
        numbers = _parted(_CHUNK.findall(match[0]))
        here = [number for number in numbers if _may_be_assessee_number(number, fewest)]
        found.extend(number for number in here if number not in found)
        if here:
            return " ANUMBER "
        return " APHONE " if any(_TELEPHONE.fullmatch(number) for number in numbers) else " "

    words = _SCANNED.sub(word_for, plain)
    return Numbers(tuple(found), words)


def _may_be_assessee_number(number: str, fewest: int) -> bool:
    return len(number) >= fewest and not _TELEPHONE.fullmatch(number) and not _PIN_CODE.fullmatch(number)


def _parted(chunks: list[str]) -> list[str]:
    """Return the numbers that a run of digits holds: those that are whole by themselves, and what is between them."""
    place = _place_of_whole(chunks)
    if place is None:
        return _joined(chunks)
    start, end = place
    return [*_joined(chunks[:start]), "".join(chunks[start:end]), *_parted(chunks[end:])]


def _place_of_whole(chunks: list[str]) -> tuple[int, int] | None:
    """Return where the first number is that stands in one piece or as the corporation prints it."""
    lengths = [len(chunk) for chunk in chunks]
    for start, length in enumerate(lengths):
        if length == LENGTH:
            return start, start + 1
        if lengths[start : start + len(PRINTED)] == PRINTED:
            return start, start + len(PRINTED)
    return None


def _joined(chunks: list[str]) -> list[str]:
    """Return pieces put together: as numbers of twelve digits where they break so, else as one number."""
    whole, number = [], ""
    for chunk in chunks:
        number += chunk
        if len(number) == LENGTH:
            whole.append(number)
            number = ""
    together = "".join(chunks)
    return whole if whole and not number else [together] if together else []
