"""The kinds of rules that say until when a rebate runs: one dataclass each, read from one row of a rule book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from kmc_portal.common.rulebook import terms
from kmc_portal.common.rulebook.faults import RuleFault
from kmc_portal.common.rulebook.rows import Rule, common
from property_tax.rules.kinds import wards_of

if TYPE_CHECKING:
    from kmc_portal.common.rulebook.terms import Row

SUNDAY = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class RebateDays(Rule):
    """The rebate runs so many days from the day on which a bill is presented."""

    days: int

    def last_day(self, presented_on: date) -> date:
        return presented_on + timedelta(days=self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class RebateDate(Rule):
    """The day that was notified for the bills of some wards presented while the rule holds, whenever that was."""

    rebate_date: date
    wards: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RebateExtension(Rule):
    """An order that moves rebate dates from `dates_from` to `dates_to` by some days, in some wards or in all."""

    dates_from: date
    dates_to: date
    days: int
    wards: frozenset[int]

    def moves(self, rebate_date: date, ward: int) -> bool:
        return self.dates_from <= rebate_date <= self.dates_to and (not self.wards or ward in self.wards)


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayShift(Rule):
    """A rebate date on a Sunday or a listed holiday moves by one day, once."""

    holidays: frozenset[date]

    def shifts(self, rebate_date: date) -> bool:
        return rebate_date.isoweekday() == SUNDAY or rebate_date in self.holidays


def rebate_days(row: Row) -> RebateDays:
    return RebateDays(**common(row), days=terms.whole(row, "days", least=1))


def rebate_date(row: Row) -> RebateDate:
    found = RebateDate(**common(row), rebate_date=terms.day(row, "rebate_date"), wards=wards_of(row))
    if not found.wards:
        raise RuleFault("wards", "must name at least one ward")
    if found.rebate_date < found.valid_from:
        raise RuleFault("rebate_date", "must not be before valid_from")
    return found


def rebate_extension(row: Row) -> RebateExtension:
    found = RebateExtension(
        **common(row),
        dates_from=terms.day(row, "dates_from"),
        dates_to=terms.day(row, "dates_to"),
        days=terms.whole(row, "days", least=1),
        wards=wards_of(row),
    )
    if found.dates_to < found.dates_from:
        raise RuleFault("dates_to", "must not be before dates_from")
    return found


def holiday_shift(row: Row) -> HolidayShift:
    days = row.get("holidays", [])
    if not isinstance(days, list):
        raise RuleFault("holidays", "must be a list of dates")
    return HolidayShift(**common(row), holidays=frozenset(terms.day({"holidays": one}, "holidays") for one in days))


PARSERS = {
    "rebate_days": rebate_days,
    "rebate_date": rebate_date,
    "rebate_extension": rebate_extension,
    "holiday_shift": holiday_shift,
}
