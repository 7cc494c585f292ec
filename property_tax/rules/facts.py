"""What the books hold of an assessee and of a bill, as far as dues depend on it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

# The heads that a bill itself asks for, on which interest runs; together they are the rounded quarter.
TAX_HEADS = ("property_tax", "howrah_bridge_tax", "commercial_surcharge", "rounding")


class AssesseeFacts(NamedTuple):
    """`waivers` are the codes of the schemes for which an application of the assessee was approved."""

    ward: int = 0
    annual_value_paise: int = 0
    bills_by_email: bool = False
    waivers: tuple[str, ...] = ()


class Credit(NamedTuple):
    """What was paid on one head of a bill before the bill was paid whole; `paid_by` is the number of the payment order.

    Taken back, it stands a second time, negative.
    """

    on: date
    head: str
    amount_paise: int
    paid_by: str


class DemandFacts(NamedTuple):
    """One bill. Amounts are paise for the quarter, `financial_year` is the year in which it begins."""

    demand_number: str
    kind: str
    financial_year: int
    quarter: int
    issued_on: date
    presented_on: date | None
    rebate_date: date | None
    penalised_on: date | None
    paid_on: date | None
    property_tax_paise: int
    howrah_bridge_tax_paise: int
    commercial_surcharge_paise: int
    credits: tuple[Credit, ...] = ()

    def credited(self, heads: Collection[str], on: date) -> int:
        """Return what had been paid on some heads by a day."""
        return sum(one.amount_paise for one in self.credits if one.head in heads and one.on <= on)
