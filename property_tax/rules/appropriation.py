"""Which bill, and which head of it, money meets first. Pure: lines, an amount and a rule in, lines out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from kmc_portal.common.dues import Line
from kmc_portal.common.rulebook import terms
from kmc_portal.common.rulebook.faults import RuleFault
from kmc_portal.common.rulebook.rows import Rule, common

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kmc_portal.common.rulebook.terms import Row

PERIODS = ("oldest_first", "newest_first")
PART_PAYMENTS = ("refused", "allowed")
CHARGES = frozenset({"interest", "penalty", "property_tax", "howrah_bridge_tax", "commercial_surcharge"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Appropriation(Rule):
    """The sequence in which money meets bills and, of a bill paid in part, its heads; and whether a citizen may pay in part.

    An advance is used in this sequence too, in part where it does not cover a bill.
    """

    periods: str
    heads: tuple[str, ...]
    is_part_allowed: bool
    least_part_paise: int


def appropriation(row: Row) -> Appropriation:
    return Appropriation(
        **common(row),
        periods=terms.choice(row, "periods", PERIODS),
        heads=_heads(row),
        is_part_allowed=terms.choice(row, "part_payment", PART_PAYMENTS) == "allowed",
        least_part_paise=terms.paise(row, "least_part_rupees"),
    )


def _heads(row: Row) -> tuple[str, ...]:
    heads = row.get("heads")
    if not isinstance(heads, list) or len(heads) != len(CHARGES) or set(map(str, heads)) != CHARGES:
        raise RuleFault("heads", f"must name each of {', '.join(sorted(CHARGES))} once, in sequence")
    return tuple(heads)


# LAW KMC, sequence in which money meets bills and heads: bills by age, each whole, and of a bill that is paid in part its heads
#     in the sequence of the rule. source: none was found, the portal takes bills whole; confidence: assumption
def appropriate(lines: Sequence[Line], amount_paise: int, rule: Appropriation) -> list[Line]:
    """Return what an amount pays of these dues: bills whole in the rule's sequence, and the rest of it on the next in part.

    A bill paid in part has one line a head, without a deduction: a rebate is earned by paying the bill whole. The lines
    add up to the amount, or to all that is due when that is less.
    """
    left, taken = amount_paise, list[Line]()
    for bill in bills_in_sequence(lines, rule):
        due = sum(line.amount_paise for line in bill)
        if due <= left:
            taken += bill
            left -= due
        elif left > 0:
            taken += _part(bill, left, rule)
            left = 0
    return taken


def bills_in_sequence(lines: Iterable[Line], rule: Appropriation) -> list[list[Line]]:
    """Return the lines of each bill, the bills in the sequence in which they are paid."""
    by_age = sorted(lines, key=lambda line: (line.period, line.demand_number))
    bills = [list(lines) for _number, lines in groupby(by_age, key=lambda line: line.demand_number)]
    return bills if rule.periods == "oldest_first" else bills[::-1]


def _part(bill: Sequence[Line], amount_paise: int, rule: Appropriation) -> list[Line]:
    """Return the part of a bill that an amount pays, which is less than is due: head after head."""
    owed = _owed_by_head(bill)
    first, left, taken = bill[0], amount_paise, list[Line]()
    for head in (*rule.heads, "rounding"):
        paise = min(left, owed.get(head, 0))
        if paise > 0:
            left -= paise
            taken.append(Line(first.demand_number, first.period, head, paise, rule.code, rule.source))
    return taken


def _owed_by_head(bill: Iterable[Line]) -> dict[str, int]:
    """Return what is unpaid of each head before deductions; what was paid before is taken off the head it was paid on."""
    owed: dict[str, int] = {}
    for line in bill:
        head = dict(line.terms)["against"] if line.head == "advance" else line.head
        if line.amount_paise > 0 or line.head == "advance":
            owed[str(head)] = owed.get(str(head), 0) + line.amount_paise
    return owed
