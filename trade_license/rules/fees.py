"""What a trade is asked for a year, by the schedule in force on the year's first day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kmc_portal.common.financial_year import FinancialYear
from trade_license.rules.facts import CREDIT, TradeFacts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from trade_license.rules.book import RuleBook
    from trade_license.rules.kinds import Fee

Heads = tuple[tuple[str, int], ...]


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
