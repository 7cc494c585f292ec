"""The kinds of rules that say until when there is no late fine, and what it is afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from kmc_portal.common.financial_year import FIRST_MONTH, FinancialYear
from kmc_portal.common.rulebook import terms
from kmc_portal.common.rulebook.faults import RuleFault
from kmc_portal.common.rulebook.rows import Rule, common
from kmc_portal.common.rulebook.terms import Row
from trade_license.rules.facts import SECTIONS

MONTH_DAY = re.compile(r"(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12][0-9]|3[01])")
A_LEAP_YEAR = 2024
ALL_HEADS = "all"
WEEKDAYS = range(1, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthDay:
    """A day of every financial year."""

    month: int
    day: int

    def in_year(self, year: FinancialYear) -> date:
        """Return the day in a financial year; 29 February is the last of the month in a year that has none."""
        of_year = year.start if self.month >= FIRST_MONTH else year.start + 1
        try:
            return date(of_year, self.month, self.day)
        except ValueError:
            return date(of_year, self.month + 1, 1) - timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDate(Rule):
    """The last day without a late fine, of every year, for demands that name none."""

    last_date: MonthDay


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDateOrder(Rule):
    """An order, in force from `valid_from`, that moves the last day of one year to a later one."""

    financial_year: int
    last_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterDays(Rule):
    """The days on which counters take no payment. The website does, and the last date itself does not move."""

    closed_weekdays: frozenset[int]
    holidays: frozenset[date]

    def is_open(self, on: date) -> bool:
        return on.isoweekday() not in self.closed_weekdays and on not in self.holidays


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What is asked from a day on: a flat sum, a percentage of the base, or so much for each month begun since.

    It begins so many days after the last date, or on a day of the year; never before the day after the last date.
    """

    after_days: int | None
    from_day: MonthDay | None
    flat_paise: int
    percent: Decimal
    percent_a_month: Decimal

    def begins(self, last_date: date, year: FinancialYear) -> date:
        first = last_date + timedelta(days=1)
        if self.from_day is None:
            return first + timedelta(days=self.after_days or 0)
        return max(first, self.from_day.in_year(year))


@dataclass(frozen=True, slots=True, kw_only=True)
class LateFine(Rule):
    """What paying after the last date costs. The band that began last is the one that holds."""

    bands: tuple[Band, ...]
    base: frozenset[str] | None
    least_paise: int
    most_paise: int | None
    to_paise: int


def last_date(row: Row) -> LastDate:
    return LastDate(**common(row), last_date=_month_day(row, "month_day"))


def last_date_order(row: Row) -> LastDateOrder:
    try:
        year = FinancialYear.parse(terms.text(row, "financial_year"))
    except ValueError as error:
        raise RuleFault("financial_year", "must be a financial year such as 2026-27") from error
    last = terms.day(row, "last_date")
    if last < year.first_day:
        raise RuleFault("last_date", "must not be before its financial year begins")
    return LastDateOrder(**common(row), financial_year=year.start, last_date=last)


def counter_days(row: Row) -> CounterDays:
    weekdays, days = row.get("closed_weekdays", []), row.get("holidays", [])
    if not isinstance(weekdays, list) or not all(type(one) is int and one in WEEKDAYS for one in weekdays):
        raise RuleFault("closed_weekdays", "must be a list of weekdays, 1 (Monday) to 7")
    if not isinstance(days, list):
        raise RuleFault("holidays", "must be a list of dates")
    holidays = frozenset(terms.day({"holidays": one}, "holidays") for one in days)
    return CounterDays(**common(row), closed_weekdays=frozenset(weekdays), holidays=holidays)


def late_fine(row: Row) -> LateFine:
    found = LateFine(
        **common(row),
        bands=tuple(_band(one) for one in terms.rows(row, "bands")),
        base=_base(row),
        least_paise=terms.paise_or_none(row, "least_rupees") or 0,
        most_paise=terms.paise_or_none(row, "most_rupees"),
        to_paise=terms.paise(row, "to_rupees") if "to_rupees" in row else 1,
    )
    if found.to_paise < 1:
        raise RuleFault("to_rupees", "must be more than nothing")
    if found.most_paise is not None and found.most_paise < found.least_paise:
        raise RuleFault("most_rupees", "must not be less than least_rupees")
    return found


PARSERS = {
    "last_date": last_date,
    "last_date_order": last_date_order,
    "counter_days": counter_days,
    "late_fine": late_fine,
}


def _base(row: Row) -> frozenset[str] | None:
    """Return the heads that count, None for all of them."""
    base = row.get("base")
    if base == ALL_HEADS:
        return None
    if not isinstance(base, list) or not base or not all(one in SECTIONS for one in base):
        raise RuleFault("base", f'must be "{ALL_HEADS}" or a list of sections of the schedule')
    return frozenset(base)


def _band(row: Row) -> Band:
    how = [name for name in ("flat_rupees", "percent", "percent_a_month") if row.get(name) not in (None, "")]
    if len(how) != 1:
        raise RuleFault("bands", "a band has one of flat_rupees, percent and percent_a_month")
    when = [name for name in ("after_days", "from_month_day") if row.get(name) is not None]
    if len(when) != 1:
        raise RuleFault("bands", "a band begins after_days or from_month_day")
    return Band(
        after_days=terms.whole(row, "after_days") if "after_days" in row else None,
        from_day=_month_day(row, "from_month_day") if "from_month_day" in row else None,
        flat_paise=terms.paise_or_none(row, "flat_rupees") or 0,
        percent=terms.percent(row, "percent") if how == ["percent"] else Decimal(0),
        percent_a_month=terms.percent(row, "percent_a_month") if how == ["percent_a_month"] else Decimal(0),
    )


def _month_day(row: Row, name: str) -> MonthDay:
    found = MONTH_DAY.fullmatch(terms.text(row, name))
    try:
        assert found
        date(A_LEAP_YEAR, int(found["month"]), int(found["day"]))
    except (AssertionError, ValueError) as error:
        raise RuleFault(name, "must be a day of the year, MM-DD") from error
    return MonthDay(month=int(found["month"]), day=int(found["day"]))
