"""What a quarter is billed at, until when its rebate runs, and what a new valuation changes. Pure.

The demand run computes the same amounts in SQL; a test compares the two to the paisa.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from kmc_portal.common.financial_year import FinancialYear
from property_tax.rules.book import RuleBook
from property_tax.rules.rounding import heads_in_paise, to_rupee
from property_tax.rules.valuation.tables import Percentage, Tables

PERCENT_OF_A_QUARTER = 400


class Valuation(NamedTuple):
    """What a quarter is computed from. Annual values are paise; the commercial one is part of the whole."""

    annual_value_paise: int
    commercial_annual_value_paise: int
    tax_rate_percent: Decimal
    howrah_bridge_tax_percent: Decimal


class QuarterTax(NamedTuple):
    """The heads of one quarter, in paise. As a difference they may be negative."""

    property_tax_paise: int
    howrah_bridge_tax_paise: int
    commercial_surcharge_paise: int

    @property
    def total_paise(self) -> int:
        return sum(self)

    def less(self, other: QuarterTax) -> QuarterTax:
        """Return head by head what this quarter is more than another."""
        return QuarterTax(*(ours - theirs for ours, theirs in zip(self, other, strict=True)))


# LAW commercial surcharge: a percentage of the rule book, in force when the year began, of the property tax on the
#     non-residential part, where the annual value is a rental one; under unit area assessment the register gives no
#     commercial value, so none is charged. source: the figures of Manimala Dasgupta v. the Corporation; confidence: inferred
def surcharge_percent(year: FinancialYear, book: RuleBook) -> Decimal:
    """Return the percentage for the bills of a year; zero when the book has none."""
    rule = Tables(book.rules, year.first_day).maybe(Percentage, "valuation_commercial_surcharge")
    return rule.percent if rule else Decimal(0)


# LAW KMC Act 1980 s.171, a quarter's bill: annual value by the rate, and by the Howrah Bridge tax rate of the register,
#     a fourth of each; the whole cut off after the paisa, so that it goes to the nearest rupee of the exact fourth.
#     source: kmcgov.in, assessment page (a fourth to the nearest rupee), the paisa being ours; confidence: inferred
def quarter_tax(valuation: Valuation, surcharge_percent: Decimal) -> QuarterTax:
    """Return the heads of one quarter. Annual value 20,000, 40 % and 0.5 %: 2,000.00 and 25.00."""
    rate = valuation.tax_rate_percent
    exact = (
        valuation.annual_value_paise * rate / PERCENT_OF_A_QUARTER,
        valuation.annual_value_paise * valuation.howrah_bridge_tax_percent / PERCENT_OF_A_QUARTER,
        valuation.commercial_annual_value_paise * rate * surcharge_percent / 100 / PERCENT_OF_A_QUARTER,
    )
    return QuarterTax(*heads_in_paise(exact))


# LAW KMC Act 1980 s.215(2) and s.216(1), last day of the rebate: the day notified for the bill's ward, else some days
#     after the bill was presented, as the rule book says. source: Millennium Post, March 2024; confidence: newspaper
def rebate_dates(presented_on: date, book: RuleBook) -> RebateDates:
    """Return the last day of the rebate, as bills of that day say it.

    A Sunday or a listed holiday moves it by a day, which is seen to where dues are computed and nowhere else.
    """
    rule = book.rebate_days(presented_on)
    return RebateDates(rule.last_day(presented_on) if rule else None, book.rebate_dates(presented_on))


class RebateDates(NamedTuple):
    """The last day of the rebate: for wards with a day of their own, and for the others, None without a rule."""

    others: date | None
    by_ward: dict[int, date]


class Change(StrEnum):
    """What a new valuation means for a quarter that has been billed."""

    NONE = "none"
    MORE = "more"
    LESS = "less"
    MIXED = "mixed"


# LAW KMC portal, fresh and supplementary bills: a hearing's change is carried into bills already sent by a bill for the
#     difference. What is too much has no bill: how it is given back is not published, so a person decides.
#     source: kmcgov.in, KMCAssessmentFSDeamdSearch; confidence: official
def change_of(difference: QuarterTax) -> Change:
    """Say what a quarter's difference means. Less than half a rupee in all is none: no bill could ask for it."""
    total = difference.total_paise
    if to_rupee(abs(total)) == 0 and all(to_rupee(abs(head)) == 0 for head in difference):
        return Change.NONE
    if min(difference) < 0 < max(difference):
        return Change.MIXED
    return Change.MORE if total > 0 else Change.LESS
