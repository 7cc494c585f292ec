"""What the books hold of a certificate and of its demands, as far as dues depend on it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from kmc_portal.common.financial_year import FinancialYear

PROCESSING_FEE, CREDIT, LATE_FINE = "processing_fee", "credit", "late_fine"
# Printed in the schedule behind a plus sign, beside the total.
APART = "apart"
# The columns of the printed schedule; `collateral` are amounts of which no copy shows the column they stand in.
SECTIONS = (
    "s199", "s238_2", "s307", "s333", "s355_2", "s421", "s435", "s436", "s440", "s519",
    "collateral_1", "collateral_2", "collateral_3", PROCESSING_FEE, APART,
)  # fmt: skip
# How a demand tells its heads: in the columns of the schedule, what is taken off last.
IN_SEQUENCE = {section: place for place, section in enumerate((*SECTIONS, CREDIT))}
NOT_LETTERS = re.compile(r"[^a-z0-9]+")


def trade_key(nature_of_trade: str) -> str:
    """Return a nature of trade as the schedule is searched by it: `Beauty parlour` is `beauty_parlour`."""
    return NOT_LETTERS.sub("_", nature_of_trade.lower()).strip("_")


def in_sequence(heads: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return the heads of a demand, paise by section, in the columns of the schedule."""
    return tuple(sorted(heads.items(), key=lambda head: IN_SEQUENCE[head[0]]))


class TradeFacts(NamedTuple):
    """What the yearly fee of a trade depends on. `trade` is a key; an area that is not known is None."""

    trade: str
    is_food: bool = False
    is_air_conditioned: bool = False
    area_sq_ft: int | None = None


class DemandFacts(NamedTuple):
    """What is asked for `years` financial years from `financial_year`, the year in which the first begins.

    `heads` are paise by section of the Act; credits are negative.
    """

    demand_number: str
    financial_year: int
    years: int
    issued_on: date
    last_date: date | None
    paid_on: date | None
    heads: tuple[tuple[str, int], ...]

    @property
    def amount_paise(self) -> int:
        return sum(paise for _section, paise in self.heads)

    @property
    def first_year(self) -> FinancialYear:
        return FinancialYear(self.financial_year)

    @property
    def last_day(self) -> date:
        """The day on which the certificate that this demand becomes, once paid, ends."""
        return FinancialYear(self.financial_year + self.years - 1).last_day

    def is_owed(self, on: date) -> bool:
        return self.issued_on <= on and not self.is_settled(on)

    def is_settled(self, on: date) -> bool:
        """Say whether nothing was left to pay on a day; where credits took all of it, that is from its issue on."""
        if self.paid_on is not None:
            return self.paid_on <= on
        return self.amount_paise <= 0 and self.issued_on <= on


class LicenseFacts(NamedTuple):
    """What a certificate's standing depends on. `issued_on` is None while its number is allotted and nothing is paid.

    `valid_until` is None where validity comes from paid demands only, or has no end (`is_for_life`).
    """

    issued_on: date | None
    valid_until: date | None = None
    is_for_life: bool = False
    closed_on: date | None = None
    deleted_on: date | None = None
