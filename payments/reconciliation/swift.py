"""A bank's statement as a SWIFT message MT940, through the library mt-940. Read whole: a day of one account is small."""

from __future__ import annotations

import logging
from itertools import count
from typing import TYPE_CHECKING, Any

import mt940

from kmc_portal.common.money import rupees
from payments.reconciliation.refusals import FileDamaged, LayoutUnknown, TotalsWrong
from payments.reconciliation.rows import BankRow
from payments.reconciliation.sheets import MEGABYTE, check_size

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal
    from pathlib import Path

MOST_BYTES = 8 * MEGABYTE
RUPEES = "INR"
NO_REFERENCE = "NONREF"
# The library prints each pattern it tried on a line that it cannot read, with the line.
logging.getLogger("mt940").setLevel(logging.CRITICAL)


def swift_rows(path: Path) -> Iterator[BankRow]:
    """Yield the lines of each statement in a file; places are counted from the first line of the first statement.

    :raises FileTooLarge, FileEmpty: by its size
    :raises FileDamaged: a line of it is none
    :raises LayoutUnknown: no statement, or not in rupees
    :raises TotalsWrong: the opening balance and the lines do not come to the closing balance
    """
    check_size(path, MOST_BYTES)
    try:
        statements = mt940.parse_statements(path.read_bytes())
    except Exception as fault:  # the library raises a bare RuntimeError and more
        raise FileDamaged from fault
    places = count(1)
    for statement in statements:
        _check(statement)
        yield from (_row(next(places), line.data) for line in statement)


def _check(statement: Any) -> None:
    """Compare a statement with its own balances."""
    opening, closing = (_balance(statement, name) for name in ("final_opening_balance", "final_closing_balance"))
    if opening.currency != RUPEES:
        raise LayoutUnknown(expected=RUPEES, found=str(opening.currency))
    counted = _paise(opening.amount) + sum(_paise(line.data["amount"].amount) for line in statement)
    if counted != _paise(closing.amount):
        raise TotalsWrong(stated=rupees(_paise(closing.amount)), counted=rupees(counted))


def _balance(statement: Any, name: str) -> Any:
    balance = statement.data.get(name)
    if balance is None:
        raise LayoutUnknown(expected=":60F:, :62F:", found=", ".join(statement.data) or "-")
    return balance.amount


def _row(place: int, line: dict[str, Any]) -> BankRow:
    refs = [line.get(name) or "" for name in ("customer_reference", "bank_reference")]
    utr = next((ref for ref in refs if ref and ref != NO_REFERENCE), "")
    details = " ".join(filter(None, (line.get("extra_details"), line.get("transaction_details"))))
    return BankRow(place, line["date"], _paise(line["amount"].amount), utr, " ".join(details.split()))


def _paise(amount: Decimal) -> int:
    """:raises FileDamaged: more than two decimals"""
    paise = amount * 100
    if paise != paise.to_integral_value():
        raise FileDamaged
    return int(paise)
