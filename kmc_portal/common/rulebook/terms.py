"""Reading the terms of a rule row: each returns a clean value or says what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from kmc_portal.common.rulebook.faults import RuleFault

Row = Mapping[str, Any]
RUPEES = re.compile(r"[0-9]{1,13}(\.[0-9]{1,2})?")


def given(row: Row, name: str) -> Any:
    """Return a term that must be there. :raises RuleFault: it is not"""
    if row.get(name) in (None, ""):
        raise RuleFault(name, "is missing")
    return row[name]


def text(row: Row, name: str) -> str:
    """Return a term that is a text. :raises RuleFault:"""
    value = given(row, name)
    if not isinstance(value, str):
        raise RuleFault(name, "must be a text")
    return value


def choice(row: Row, name: str, allowed: tuple[str, ...], default: str = "") -> str:
    """Return a term that is one of a few words. :raises RuleFault:"""
    value = row.get(name, default) or default
    if value not in allowed:
        raise RuleFault(name, f"must be one of {', '.join(allowed)}")
    return str(value)


def day(row: Row, name: str) -> date:
    """Return a term that is a date. :raises RuleFault:"""
    try:
        return date.fromisoformat(given(row, name))
    except (TypeError, ValueError) as error:
        raise RuleFault(name, "must be a date, YYYY-MM-DD") from error


def day_or_none(row: Row, name: str) -> date | None:
    """Return a date, or None where the term is left out. :raises RuleFault:"""
    return day(row, name) if row.get(name) else None


def percent(row: Row, name: str) -> Decimal:
    """Return a percentage from 0 to 100, written as a text so that nothing of it is lost. :raises RuleFault:"""
    value = given(row, name)
    try:
        found = Decimal(value if isinstance(value, str) else repr(value) if isinstance(value, int) else "x")
    except InvalidOperation as error:
        raise RuleFault(name, 'must be a percentage written as a text, such as "5" or "0.25"') from error
    if not found.is_finite() or not 0 <= found <= 100:
        raise RuleFault(name, "must be between 0 and 100")
    return found


def whole(row: Row, name: str, *, least: int = 0, default: int | None = None) -> int:
    """Return a whole number. :raises RuleFault:"""
    value = row.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise RuleFault(name, f"must be a whole number, {least} or more")
    return value


def paise(row: Row, name: str) -> int:
    """Return the paise of an amount in rupees written as a text. :raises RuleFault:"""
    value = given(row, name)
    if not isinstance(value, str) or not RUPEES.fullmatch(value):
        raise RuleFault(name, 'must be an amount in rupees written as a text, such as "200" or "30000.00"')
    return int(Decimal(value) * 100)


def paise_or_none(row: Row, name: str) -> int | None:
    """Return the paise of an amount, or None where the term is left out. :raises RuleFault:"""
    return paise(row, name) if row.get(name) not in (None, "") else None


def rows(row: Row, name: str) -> list[Row]:
    """Return a term that is a list of rows, at least one. :raises RuleFault:"""
    value = given(row, name)
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        raise RuleFault(name, "must be a list of rows")
    return value
