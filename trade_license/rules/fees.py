"""What a trade is asked for a year, by the schedule in force on the year's first day."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from kmc_portal.common.financial_year import FinancialYear
from trade_license.rules.facts import CREDIT, TradeFacts
from trade_license.rules.kinds import Fee

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from trade_license.rules.book import RuleBook

Heads = tuple[tuple[str, int], ...]
LARGEST_AREA = 2**31 - 1


@dataclass(frozen=True, slots=True)
class YearlyFee:
    """What one year costs: paise by section, the row of the schedule that says so, and what a small shop is let off."""

    heads: Heads
    row: Fee
    dropped: tuple[str, ...]

    @property
    def amount_paise(self) -> int:
        return sum(paise for _section, paise in self.heads)


# LAW fee of a certificate: each year a trade pays the heads of its row of the schedule, by area and air-conditioning; a small
#     shop that sells no food is let off water and waste. source: KMC fee schedule 2018-19 read through a copy (FEE18) and
#     newspapers of April 2023 (MP-2023b); confidence: tertiary
def yearly_fee(trade: TradeFacts, year: FinancialYear, book: RuleBook) -> YearlyFee | None:
    """Return what a trade is asked for a year; None when the schedule does not know the trade.

    A tariff that the book does not know on that day counts as nothing.
    """
    on = year.first_day
    row = book.fee(trade.trade, is_air_conditioned=trade.is_air_conditioned, area_sq_ft=trade.area_sq_ft, on=on)
    if row is None:
        return None
    dropped = _dropped(trade, on, book)
    amounts = [(head.section, head.amount_paise or _tariff(head.tariff, on, book)) for head in row.heads]
    heads = tuple((section, paise) for section, paise in amounts if paise and section not in dropped)
    let_off = tuple(section for section, paise in amounts if paise and section in dropped)
    return YearlyFee(heads, row, let_off)


class FeeRow(NamedTuple):
    """What every certificate of a kind is asked for a year. Areas are inside; an unknown area is that of `from_area` None."""

    trade: str
    is_food: bool
    is_air_conditioned: bool
    from_area: int | None
    to_area: int | None
    heads: Heads


def fee_table(year: FinancialYear, book: RuleBook) -> list[FeeRow]:
    """Return what each kind of certificate is asked for a year, so that a whole register can be priced by one join."""
    on = year.first_day
    fees = [row for row in book.of(Fee, "fee") if row.holds(on)]
    kinds = product(
        sorted({key for row in fees for key in row.keys}), (False, True), (False, True), _areas(fees, on, book)
    )
    rows = []
    for trade, is_food, is_cooled, (low, high) in kinds:
        fee = yearly_fee(TradeFacts(trade, is_food, is_cooled, low), year, book)
        if fee:
            rows.append(FeeRow(trade, is_food, is_cooled, low, high, fee.heads))
    return rows


def _areas(fees: Sequence[Fee], on: date, book: RuleBook) -> list[tuple[int | None, int | None]]:
    """Return the ranges inside which no rule tells one area from another, the unknown one first."""
    small = book.small_shop(on)
    lasts = {row.above_sq_ft for row in fees} | {row.up_to_sq_ft for row in fees if row.up_to_sq_ft}
    lasts |= {small.limit_sq_ft if small.operator == "up_to" else small.limit_sq_ft - 1} if small else set()
    ends = sorted(lasts - {0})
    return [(None, None), *zip([0, *(end + 1 for end in ends)], [*ends, LARGEST_AREA], strict=True)]


def for_years(heads: Sequence[tuple[str, int]], years: int, once: frozenset[str]) -> Heads:
    """Return what several years cost at once, when each costs the same; some heads are asked once, credits are not repeated."""
    return tuple((section, paise * (1 if section in once else years)) for section, paise in heads if section != CREDIT)


def _dropped(trade: TradeFacts, on: date, book: RuleBook) -> frozenset[str]:
    rule = book.small_shop(on)
    if rule is None or not rule.is_small(trade.area_sq_ft) or (trade.is_food and rule.keeps_food):
        return frozenset()
    return rule.drops


def _tariff(code: str, on: date, book: RuleBook) -> int:
    rule = book.tariff(code, on) if code else None
    return rule.amount_paise if rule else 0
