"""The rule book: every rate with the date it holds from, its source and how sure we are of it.

The law tags (`LAW`) are collected into docs/law.md by scripts/write_law.py. Rows of this shape will be loaded from
outside; until then the book is the literal below.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class RebateRule:
    """A rebate in percent of the rounded quarter, for bills paid on or before their rebate date."""

    code: str
    valid_from: date
    percent: Decimal
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules in force; each tuple is ordered by `valid_from`."""

    rebates: tuple[RebateRule, ...]

    def rebate(self, on: date) -> RebateRule | None:
        """Return the rebate rule in force on a day, None when there was none yet."""
        in_force = [rule for rule in self.rebates if rule.valid_from <= on]
        return in_force[-1] if in_force else None


# LAW KMC Act 1980 s.215(2): five percent off a demand paid by its rebate date.
#     source: Bejoy Chand Mogha (1996), quoting the section; confidence: official; in force since: before 1996
REBATE_5_PERCENT = RebateRule(
    code="rebate_5_percent",
    valid_from=date(1984, 1, 4),
    percent=Decimal(5),
    source="KMC Act 1980, s.215(2)",
    confidence="official",
)

BOOK = RuleBook(rebates=(REBATE_5_PERCENT,))
