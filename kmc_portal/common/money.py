"""Rupees for people and for wires. Inside the portal money is an integer number of paise."""

from __future__ import annotations

import re

from django.utils.translation import get_language

from kmc_portal.common import digits

RUPEE = "₹"
# The last group has three digits, so that "12,50" of a decimal comma is refused and not read as 1,250.
AMOUNT = re.compile(
    r"\s*(?P<minus>-?)\s*₹?\s*(?P<whole>[0-9]+|[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3})(?:\.(?P<part>[0-9]{1,2}))?\s*"
)


def rupee_text(paise: int, language: str | None = None) -> str:
    """Return `paise` as people read it, in Indian groups: `₹12,34,567.00`, `₹১২,৩৪,৫৬৭.০০`, `-₹0.50`.

    `language` None is the active one. Only Bengali has its own digits; Hindi readers use these.
    """
    whole, part = divmod(abs(paise), 100)
    text = f"{'-' if paise < 0 else ''}{RUPEE}{_grouped(whole)}.{part:02}"
    return digits.localise(text, language or get_language() or "en")


def rupees(paise: int) -> str:
    """Return `paise` for wires and CSV: ASCII, no grouping, two decimals, `12450.00`."""
    whole, part = divmod(abs(paise), 100)
    return f"{'-' if paise < 0 else ''}{whole}.{part:02}"


def paise_from_rupees(text: str, *, allow_negative: bool = False) -> int:
    """Return the exact paise of an amount written in rupees, in any of three scripts: `₹ 12,34,567.00`, `১২৪৫০`.

    :raises ValueError: when it is no plain amount, has more than two decimals, or is negative without leave.
    """
    found = AMOUNT.fullmatch(digits.to_ascii(text))
    if found is None or (found["minus"] and not allow_negative):
        raise ValueError(f"not an amount in rupees: {text!r}")
    paise = int(found["whole"].replace(",", "")) * 100 + int((found["part"] or "").ljust(2, "0"))
    return -paise if found["minus"] else paise


def round_half_up_to_rupee(paise: int) -> int:
    """Return `paise` rounded to a whole rupee, still in paise; half a rupee goes away from zero."""
    rounded = (abs(paise) + 50) // 100 * 100
    return -rounded if paise < 0 else rounded


def _grouped(whole: int) -> str:
    """Put commas after the last three digits and then after every two."""
    head, tail = divmod(whole, 1000)
    return f"{re.sub(r'(?<=[0-9])(?=(?:[0-9]{2})+$)', ',', str(head))},{tail:03}" if head else str(tail)
