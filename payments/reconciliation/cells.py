"""The cells of a file as values: texts, paise, days. No amount passes through binary arithmetic."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from kmc_portal.common.money import paise_from_rupees

if TYPE_CHECKING:
    from collections.abc import Sequence

Cell = str | int | Decimal | date | datetime | bool | None
PLAIN = re.compile(r"[0-9]{1,12}\.[0-9]{2}")
PLAIN_COLUMN = re.compile(rf"{PLAIN.pattern}(?: {PLAIN.pattern})*+")
DAY = re.compile(
    r"(?P<day>[0-9]{1,2})[-/.](?P<month>[0-9]{1,2}|[A-Za-z]{3})[-/.](?P<year>[0-9]{4}|[0-9]{2})(?:[ T][0-9:. ]+(?:[AaPp][Mm])?)?"
)
ISO_DAY = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?:[ T].*)?")
MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if number}
CENTURY = 2000
# What gateways write where nothing is to be said.
NOTHING = {"", "NA", "N/A", "-", "NULL"}
LONGEST_NOTHING = max(map(len, NOTHING))
# From this on a number of Excel's, which keeps fifteen digits, may have lost a paisa.
MOST_RUPEES = 10**12
# The longest reference that is kept; a longer one is no reference.
LONGEST_REFERENCE = 60


def text_of(cell: Cell) -> str:
    """Return a cell as a text without blanks around it; a long number that a spreadsheet kept as one keeps all its digits."""
    if isinstance(cell, str):
        if cell.isalnum() and len(cell) > LONGEST_NOTHING:
            return cell
        text = cell.replace("\0", "").strip().removeprefix("'")
    elif isinstance(cell, Decimal):
        text = format(cell.to_integral_value() if cell == cell.to_integral_value() else cell, "f")
    else:
        text = "" if cell is None else str(cell)
    return "" if text.upper() in NOTHING else text


def plain_texts(cells: Sequence[str]) -> Sequence[str] | None:
    """Return the texts of a column as they are, where `text_of` would change none and none is too long; else nothing."""
    lengths = set(map(len, cells))
    is_plain = min(lengths) > LONGEST_NOTHING and max(lengths) <= LONGEST_REFERENCE and "".join(cells).isalnum()
    return cells if is_plain else None


def plain_amounts(cells: Sequence[str]) -> Sequence[int] | None:
    """Return the paise of a column in which all amounts are written like 1234.50; else nothing."""
    whole = " ".join(cells)
    return list(map(int, whole.replace(".", "").split(" "))) if PLAIN_COLUMN.fullmatch(whole) else None


def paise_of(cell: Cell) -> int:
    """Return the paise of an amount in rupees, none for an empty cell.

    :raises ValueError: no amount, negative, a formula, or more than two decimals
    """
    if isinstance(cell, str):
        return int(cell[:-3] + cell[-2:]) if PLAIN.fullmatch(cell) else _paise_of_text(cell)
    if cell is None:
        return 0
    if isinstance(cell, bool) or not isinstance(cell, int | Decimal):
        raise ValueError(f"not an amount: {cell!r}")
    paise = Decimal(cell) * 100
    if not 0 <= paise < MOST_RUPEES * 100 or paise != paise.to_integral_value():
        raise ValueError(f"not an amount: {cell}")
    return int(paise)


def exact(number: float) -> Decimal:
    """Return the decimal that a spreadsheet shows for a number: the shortest that reads back as the same number."""
    return Decimal(repr(number))


def day_of_cell(cell: Cell) -> date:
    """Return the day of a date, or of a text like 27-11-2026, 27/11/2026 10:15:00, 27-Nov-2026, 2026-11-27.

    :raises ValueError: it is none
    """
    if isinstance(cell, str):
        return _day_of_text(cell)
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    raise ValueError(f"not a day: {cell!r}")


def _paise_of_text(text: str) -> int:
    bare = text.strip().removeprefix("'")
    if bare.upper() in NOTHING:
        return 0
    paise = paise_from_rupees(re.sub(r"^(Rs\.?|INR)\s*", "", bare, flags=re.IGNORECASE))
    if paise >= MOST_RUPEES * 100:
        raise ValueError(f"not an amount: {bare[:40]}")
    return paise


@lru_cache(maxsize=4096)
def _day_of_text(text: str) -> date:
    text = text.strip().removeprefix("'")
    found = DAY.fullmatch(text) or ISO_DAY.fullmatch(text)
    if found is None:
        raise ValueError(f"not a day: {text!r}")
    year, month = int(found["year"]), found["month"].lower()
    return date(
        year if year >= CENTURY else year + CENTURY,
        MONTHS[month] if month in MONTHS else int(month),
        int(found["day"]),
    )
