"""What an assessee owes as of a day, in lines that explain themselves. Pure: facts and rules in, lines out."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache, lru_cache

from kmc_portal.common.dues import Dues, HeadingDues, Line, NextChange, Terms
from kmc_portal.common.financial_year import FinancialYear, period_text
from property_tax.rules import charges
from property_tax.rules.book import BOOK, RuleBook
from property_tax.rules.facts import AssesseeFacts, DemandFacts
from property_tax.rules.rounding import percent_of, to_rupee

HEADINGS = ("PD", "FS", "LOI")
BILL_SOURCE = "the bill as issued"
NOBODY = AssesseeFacts()
# Why a total changes; where several fall on one day, the first of these is named.
REASONS = ("rebate ends", "waiver ends", "penalty falls", "waiver changes", "rule changes", "interest grows")
# The interest on a very small bill may need a year of days to grow by a paisa.
MOST_LOOKS = 400


def dues(bills: list[DemandFacts], *, as_of: date, book: RuleBook = BOOK, assessee: AssesseeFacts = NOBODY) -> Dues:
    """Return what is owed on `as_of` for one assessee's bills, under the heading each is payable under.

    Bills issued later or paid by that day are left out. Headings that have nothing due are there, at zero.
    """
    owed = [bill for bill in bills if is_owed(bill, as_of)]
    found: dict[str, list[Line]] = {name: [] for name in HEADINGS}
    for bill in owed:
        found[heading_of(bill, as_of, book)] += bill_lines(bill, as_of, book, assessee)
    headings = {name: HeadingDues(_sum(lines), tuple(lines)) for name, lines in found.items()}
    total = sum(heading.payable_paise for heading in headings.values())
    return Dues(as_of, headings, total, next_change(owed, as_of, total, book, assessee))


def is_owed(bill: DemandFacts, on: date) -> bool:
    """Say whether a bill had been issued and was not yet paid on a day."""
    return bill.issued_on <= on and (bill.paid_on is None or bill.paid_on > on)


# LAW KMC portal, PD, F/S and LOI: a PD of an earlier year's issue and an F/S that has attracted penalty are payable
#     under the letter of intimation only. source: kmcgov.in, KMCAssessmentFSDeamdSearch; confidence: official
def heading_of(bill: DemandFacts, on: date, book: RuleBook = BOOK) -> str:
    """Return the heading a bill is payable under on a day: its own kind, or LOI."""
    if bill.kind == "PD":
        is_old = FinancialYear.of(bill.issued_on) < FinancialYear.of(on)
        return "LOI" if is_old else "PD"
    is_marked = bill.penalised_on is not None and bill.penalised_on <= on
    return "LOI" if is_marked or charges.penalty_rule(bill, on, book) else "FS"


def bill_lines(bill: DemandFacts, on: date, book: RuleBook, assessee: AssesseeFacts) -> list[Line]:
    """Return the lines of one bill on a day.

    The quarter is rounded to the rupee first. Within the rebate, rebates are taken from the rounded quarter, cut off
    after the paisa, and the net is rounded half up: 20.25 rupees of tax give 20, less 1.00, net 19. After it, interest
    and penalty are added to the paisa. What was paid before comes off last.
    """
    gross = bill.property_tax_paise + bill.howrah_bridge_tax_paise + bill.commercial_surcharge_paise
    rounding = book.rounding(bill.issued_on)
    quarter = to_rupee(gross, rounding.quarter_to_paise if rounding else 1)
    lines = head_lines(bill)
    if rounding and quarter != gross:
        lines.append(_line(bill, "rounding", quarter - gross, "quarter_to_rupee", rounding.source))
    if earns_rebate(bill, on, book, assessee):
        lines += rebate_lines(bill, quarter, on, book, assessee)
    else:
        lines += charge_lines(bill, quarter, on, book, assessee)
    return lines + credit_lines(bill, on)


def head_lines(bill: DemandFacts) -> list[Line]:
    """Return what the bill itself says: the tax, and bridge tax and surcharge where there are any."""
    lines = [_line(bill, "property_tax", bill.property_tax_paise, "bill", BILL_SOURCE)]
    if bill.howrah_bridge_tax_paise:
        lines.append(_line(bill, "howrah_bridge_tax", bill.howrah_bridge_tax_paise, "bill", BILL_SOURCE))
    if bill.commercial_surcharge_paise:
        lines.append(_line(bill, "commercial_surcharge", bill.commercial_surcharge_paise, "bill", BILL_SOURCE))
    return lines


def earns_rebate(bill: DemandFacts, on: date, book: RuleBook = BOOK, assessee: AssesseeFacts = NOBODY) -> bool:
    """Say whether paying on a day earns the rebate: the Act asks for nothing but the date."""
    last = last_rebate_day(bill, book, assessee)
    return last is not None and on <= last


def last_rebate_day(bill: DemandFacts, book: RuleBook, assessee: AssesseeFacts) -> date | None:
    """Return the last day that earns the rebate: the bill's, moved by orders and by a Sunday or holiday, once."""
    return None if bill.rebate_date is None else moved_rebate_date(bill.rebate_date, assessee.ward, book)


@lru_cache(maxsize=8192)
def moved_rebate_date(rebate_date: date, ward: int, book: RuleBook) -> date:
    """Return a bill's rebate date in a ward as orders have moved it, and a Sunday or holiday, once.

    A ward has a few dates in force, and each is asked for several times by every bill.
    """
    last = rebate_date
    for order in book.extensions:
        if order.moves(rebate_date, ward):
            last += timedelta(days=order.days)
    shift = book.holiday_shift(last)
    return last + timedelta(days=1) if shift and shift.shifts(last) else last


def rebate_lines(bill: DemandFacts, quarter: int, on: date, book: RuleBook, assessee: AssesseeFacts) -> list[Line]:
    """Return the rebates that paying on a day earns, and the rounding of the net."""
    lines: list[Line] = []
    terms: Terms
    if rebate := book.rebate(on):
        off = percent_of(quarter, rebate.percent)
        terms = (("percent", rebate.percent), ("of_paise", quarter), ("by", last_rebate_day(bill, book, assessee)))
        lines.append(_line(bill, "rebate", -off, rebate.code, rebate.source, terms))
    online = book.online_rebate(on)
    if online and assessee.bills_by_email:
        off = min(percent_of(quarter, online.percent), online.cap_paise)
        terms = (("percent", online.percent), ("of_paise", quarter), ("cap_paise", online.cap_paise))
        lines.append(_line(bill, "online_rebate", -off, online.code, online.source, terms))
    net = quarter + _sum(lines)
    rounding = book.rounding(bill.issued_on)
    if rounding and to_rupee(net, rounding.net_to_paise) != net:
        over = to_rupee(net, rounding.net_to_paise) - net
        lines.append(_line(bill, "rounding", over, "net_to_rupee", rounding.source))
    return lines


def charge_lines(bill: DemandFacts, quarter: int, on: date, book: RuleBook, assessee: AssesseeFacts) -> list[Line]:
    """Return interest and penalty of a late bill, and what an approved scheme takes off them."""
    lines: list[Line] = []
    terms: Terms
    for part in charges.interest(bill, quarter, on, book, assessee):
        terms = (("percent", part.percent), ("of_paise", part.of_paise), (f"{part.rule.basis}s", part.units))
        lines.append(_line(bill, "interest", part.paise, part.rule.code, part.rule.source, terms))
    interest_paise = _sum(lines)
    fallen = charges.penalty(bill, quarter, on, book)
    if fallen:
        terms = (("percent", fallen.rule.percent), ("of_paise", fallen.of_paise), ("fell_on", fallen.on))
        lines.append(_line(bill, "penalty", fallen.paise, fallen.rule.code, fallen.rule.source, terms))
    unpaid_interest = interest_paise - bill.credited(["interest"], on)
    unpaid_penalty = (fallen.paise if fallen else 0) - bill.credited(["penalty"], on)
    off = charges.waived(bill, max(0, unpaid_interest), max(0, unpaid_penalty), on, book, assessee)
    if off:
        terms = (("interest_percent", off.step.interest_percent), ("penalty_percent", off.step.penalty_percent))
        amount = -(off.interest_paise + off.penalty_paise)
        lines.append(_line(bill, "waiver", amount, off.scheme.code, off.scheme.source, terms))
    return lines


def credit_lines(bill: DemandFacts, on: date) -> list[Line]:
    """Return what was paid on the bill before, by a day: an advance that was used, or a part payment."""
    return [
        _line(
            bill,
            "advance",
            -credit.amount_paise,
            "paid_before",
            f"order {credit.paid_by}",
            (("against", credit.head), ("on", credit.on), ("order_number", credit.paid_by)),
        )
        for credit in bill.credits
        if credit.on <= on
    ]


def next_change(
    owed: list[DemandFacts], as_of: date, total_paise: int, book: RuleBook, assessee: AssesseeFacts
) -> NextChange | None:
    """Return the first later day on which the total is another, with that total; None when nothing is running."""
    day = as_of
    for _look in range(MOST_LOOKS):
        turning = _turning_days(owed, day, book, assessee)
        if not turning:
            return None
        day, reason = min((on, REASONS.index(because)) for on, because in turning)
        later = sum(_sum(bill_lines(bill, day, book, assessee)) for bill in owed)
        if later != total_paise:
            return NextChange(day, later, REASONS[reason])
    return None


def _turning_days(
    owed: list[DemandFacts], as_of: date, book: RuleBook, assessee: AssesseeFacts
) -> set[tuple[date, str]]:
    """Return the days after `as_of` on which the total may change, the nearest of each reason for each bill."""
    days: set[tuple[date, str]] = set()
    for bill in owed:
        last = last_rebate_day(bill, book, assessee)
        if last and last >= as_of:
            days.add((last + timedelta(days=1), "rebate ends"))
            days |= {(on, "rule changes") for on in book.rebate_changes if on <= last}
        days |= {(on, "interest grows") for on in _interest_days(bill, as_of, book, assessee)}
        days |= {(charges.penalty_day(bill, rule), "penalty falls") for rule in book.penalties}
        days |= _waiver_days(bill, book, assessee)
    return {(on, because) for on, because in days if on > as_of}


def _waiver_days(bill: DemandFacts, book: RuleBook, assessee: AssesseeFacts) -> set[tuple[date, str]]:
    """Return the days on which what a scheme takes off a bill may change: its own days, and birthdays of the default."""
    days: set[tuple[date, str]] = set()
    for scheme in (book.waivers[code] for code in assessee.waivers if code in book.waivers):
        ends = {scheme.valid_to, *(step.paid_to for step in scheme.steps)}
        begins = {scheme.valid_from, *(step.paid_from for step in scheme.steps)}
        days |= {(end + timedelta(days=1), "waiver ends") for end in ends if end}
        days |= {(begin, "waiver changes") for begin in begins if begin}
        days |= {
            (charges.day_of_age(bill, step.over_years), "waiver changes") for step in scheme.steps if step.over_years
        }
    return days


def _interest_days(bill: DemandFacts, as_of: date, book: RuleBook, assessee: AssesseeFacts) -> set[date]:
    """Return the next day on which each interest rule adds a unit to a bill."""
    days = set()
    for rule in book.interest:
        if not rule.percent(assessee.annual_value_paise):
            continue
        first, since = charges.first_day(bill, rule.starts), max(as_of, rule.valid_from - timedelta(days=1))
        days.add(charges.next_unit_day(rule, first, since))
    return days


def _line(bill: DemandFacts, head: str, amount_paise: int, rule: str, source: str, terms: Terms = ()) -> Line:
    return Line(bill.demand_number, _period(bill.financial_year, bill.quarter), head, amount_paise, rule, source, terms)


@cache
def _period(financial_year: int, quarter: int) -> str:
    """Return how the period of a bill is written. There are four a year, and each is asked for by every line."""
    return period_text(FinancialYear(financial_year), quarter)


def _sum(lines: list[Line]) -> int:
    return sum(line.amount_paise for line in lines)
