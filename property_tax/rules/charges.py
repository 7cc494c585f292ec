"""What is added to a bill that is late, and what a scheme takes off again."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from kmc_portal.common.financial_year import FinancialYear, quarter_days
from property_tax.rules.book import RuleBook
from property_tax.rules.facts import TAX_HEADS, AssesseeFacts, DemandFacts
from property_tax.rules.kinds import Interest, Penalty, Waiver, WaiverStep

DAYS_A_YEAR = 365
MONTHS_A_YEAR = 12
LAST_DAY = date(9999, 12, 31)


class Accrued(NamedTuple):
    """Interest of one rule: `units` months or days at `percent` a year on `of_paise` of the rounded quarter."""

    rule: Interest
    percent: Decimal
    of_paise: int
    units: int
    paise: int


class Fallen(NamedTuple):
    """A penalty that fell on a day, on what was unpaid of the tax then."""

    rule: Penalty
    on: date
    of_paise: int
    paise: int


class Waived(NamedTuple):
    """What a scheme takes off, not negative."""

    scheme: Waiver
    step: WaiverStep
    interest_paise: int
    penalty_paise: int


# LAW KMC Act 1980 s.217: interest on what is not paid in time, simple, on the bill at the nearest rupee.
#     source: Millennium Post and The Telegraph on waivers (simple), agency report 2016 (nearest rupee); confidence: newspaper
def interest(bill: DemandFacts, quarter_paise: int, on: date, book: RuleBook, assessee: AssesseeFacts) -> list[Accrued]:
    """Return the interest on one bill up to a day, one part for every rule that held and every sum that stood meanwhile.

    Truncated to the paisa. What is paid on the tax bears no interest from the next month or day on.
    """
    found = []
    for rule in book.interest:
        percent = rule.percent(assessee.annual_value_paise)
        first, counted = first_day(bill, rule.starts), 0
        for until, principal in _principals(bill, quarter_paise, on) if percent else ():
            units = _units(rule, first, until) - counted
            if units > 0:
                counted += units
                paise = int(principal * percent * units / 100 / a_year(rule))
                found.append(Accrued(rule, percent, principal, units, paise))
    return found


def a_year(rule: Interest) -> int:
    """Return how many of a rule's months or days make a year."""
    return MONTHS_A_YEAR if rule.basis == "month" else DAYS_A_YEAR


def _principals(bill: DemandFacts, quarter_paise: int, on: date) -> list[tuple[date, int]]:
    """Return what was unpaid of the tax and until which day it stood so, the last one until `on`."""
    days = sorted({one.on for one in bill.credits if one.head in TAX_HEADS and one.on < on})
    return [(day, unpaid_tax(bill, quarter_paise, day - timedelta(days=1))) for day in days] + [
        (on, unpaid_tax(bill, quarter_paise, on - timedelta(days=1)))
    ]


def unpaid_tax(bill: DemandFacts, quarter_paise: int, on: date) -> int:
    """Return what of the rounded quarter had not been paid by the end of a day, while the bill was not paid whole."""
    return quarter_paise - bill.credited(TAX_HEADS, on)


def _units(rule: Interest, first: date, on: date) -> int:
    """Return how many months or days of lateness fall to a rule, which need not have held all the time."""
    until = min(on, rule.valid_to or LAST_DAY)
    if rule.basis == "day":
        return (until - max(first, rule.valid_from)).days + 1
    earlier = months_late(first, rule.valid_from - timedelta(days=1), rule.month_part)
    return months_late(first, until, rule.month_part) - earlier


def months_late(first: date, on: date, month_part: str) -> int:
    """Return the months from the first late day to a day, both inside; a part of a month counts whole or not at all.

    From 1 July: 31 July is one month, and so is 15 July when a part counts whole; a month that has no such day ends on
    its last one.
    """
    if on < first:
        return 0
    end = on + timedelta(days=1)
    complete = (end.year - first.year) * MONTHS_A_YEAR + end.month - first.month
    if add_months(first, complete) > end:
        complete -= 1
    has_part = add_months(first, complete) < end
    return complete + (has_part and month_part == "whole")


def next_unit_day(rule: Interest, first: date, since: date) -> date:
    """Return the first day after `since` on which a rule counts one month or day more."""
    if rule.basis == "day":
        return max(first, since + timedelta(days=1))
    months = months_late(first, since, rule.month_part)
    if rule.month_part == "whole":
        return add_months(first, months)
    return add_months(first, months + 1) - timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or the last of that month when it has no such day."""
    years, month = divmod(day.month - 1 + months, MONTHS_A_YEAR)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


# LAW KMC Act 1980 s.217: a penalty that falls once and does not grow.
#     source: The Telegraph on the 2020 scheme; confidence: newspaper
def penalty(bill: DemandFacts, quarter_paise: int, on: date, book: RuleBook) -> Fallen | None:
    """Return the penalty on a bill by a day, None while none has fallen; truncated to the paisa.

    A bill whose register says when it was penalised was penalised on that day.
    """
    rule = penalty_rule(bill, on, book)
    if rule is None:
        return None
    day = penalty_day(bill, rule)
    unpaid = unpaid_tax(bill, quarter_paise, day - timedelta(days=1))
    return Fallen(rule, day, unpaid, int(unpaid * rule.percent / 100))


def penalty_rule(bill: DemandFacts, on: date, book: RuleBook) -> Penalty | None:
    """Return the rule whose penalty has fallen on a bill by a day: the one that held on the day it fell."""
    for rule in book.penalties:
        day = penalty_day(bill, rule)
        if rule.holds(day) and day <= on:
            return rule
    return None


def penalty_day(bill: DemandFacts, rule: Penalty) -> date:
    """Return the day on which a rule's penalty falls on a bill."""
    return bill.penalised_on or first_day(bill, rule.starts) + timedelta(days=rule.after_days)


def first_day(bill: DemandFacts, starts: str) -> date:
    """Return the first late day of a bill: after its quarter, or after its rebate date when it has one.

    A bill for a quarter long past, such as an F/S after a hearing, is late from its presentation where the rule says so.
    """
    if starts == "rebate_date" and bill.rebate_date:
        return bill.rebate_date + timedelta(days=1)
    quarter_end = quarter_days(FinancialYear(bill.financial_year), bill.quarter)[1]
    shown = bill.presented_on or bill.issued_on
    last = max(quarter_end, shown) if starts == "quarter_end_or_presentation" else quarter_end
    return last + timedelta(days=1)


def waived(
    bill: DemandFacts, interest_paise: int, penalty_paise: int, on: date, book: RuleBook, assessee: AssesseeFacts
) -> Waived | None:
    """Return what an approved scheme takes off interest and penalty of a bill paid on a day; None without a scheme."""
    for code in assessee.waivers:
        scheme = book.waivers.get(code)
        if scheme is None or not scheme.holds(on) or not _covers(scheme, bill):
            continue
        step = scheme.step(on, _years_late(bill, on))
        if step and (interest_paise or penalty_paise):
            return Waived(
                scheme,
                step,
                int(interest_paise * step.interest_percent / 100),
                int(penalty_paise * step.penalty_percent / 100),
            )
    return None


def _covers(scheme: Waiver, bill: DemandFacts) -> bool:
    last = scheme.bills_presented_to
    return last is None or (bill.presented_on or bill.issued_on) <= last


def _years_late(bill: DemandFacts, on: date) -> int:
    """Return the whole years a bill has been late, counted from the day after its quarter."""
    return max(0, months_late(first_day(bill, "quarter_end"), on, "ignored") // MONTHS_A_YEAR)


def day_of_age(bill: DemandFacts, years: int) -> date:
    """Return the day on which a bill has been late for so many whole years."""
    return add_months(first_day(bill, "quarter_end"), years * MONTHS_A_YEAR) - timedelta(days=1)
