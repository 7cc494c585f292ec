"""What an assessee owes as of a day, in lines that explain themselves. Pure: facts and rules in, lines out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from kmc_portal.common.financial_year import FinancialYear
from property_tax.rules.book import BOOK, RebateRule, RuleBook
from property_tax.rules.rounding import ROUNDING_SOURCE, percent_of, to_rupee

HEADINGS = ("PD", "FS", "LOI")
BILL_SOURCE = "the bill as issued"


class DemandFacts(NamedTuple):
    """One bill as the books hold it. Amounts are paise for the quarter, `financial_year` the year in which it begins."""

    demand_number: str
    kind: str
    financial_year: int
    quarter: int
    issued_on: date
    rebate_date: date | None
    penalised_on: date | None
    paid_on: date | None
    property_tax_paise: int
    howrah_bridge_tax_paise: int
    commercial_surcharge_paise: int


class Line(NamedTuple):
    """One amount with its reason. Deductions are negative."""

    demand_number: str
    period: str
    head: str
    amount_paise: int
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class HeadingDues:
    """What is payable under one heading: the sum of its lines."""

    payable_paise: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class NextChange:
    """The first later day on which the total is another, and why."""

    on: date
    total_paise: int
    because: str


@dataclass(frozen=True, slots=True)
class Dues:
    """Everything owed as of a day. `total_paise` is the sum of the headings, a heading the sum of its lines."""

    as_of: date
    headings: dict[str, HeadingDues]
    total_paise: int
    next_change: NextChange | None

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for heading in self.headings.values() for line in heading.lines)


def dues(bills: list[DemandFacts], *, as_of: date, book: RuleBook = BOOK) -> Dues:
    """Return what is owed on `as_of` for one assessee's bills, under the heading each is payable under.

    Bills issued later or paid by that day are left out. Headings that have nothing due are there, at zero.
    """
    owed = [bill for bill in bills if is_owed(bill, as_of)]
    rebate = book.rebate(as_of)
    headings = {}
    for name in HEADINGS:
        lines = tuple(
            line for bill in owed if heading_of(bill, as_of) == name for line in bill_lines(bill, as_of, rebate)
        )
        headings[name] = HeadingDues(sum(line.amount_paise for line in lines), lines)
    total = sum(heading.payable_paise for heading in headings.values())
    return Dues(as_of, headings, total, next_change(owed, as_of, total, rebate))


def is_owed(bill: DemandFacts, on: date) -> bool:
    """Say whether a bill had been issued and was not yet paid on a day."""
    return bill.issued_on <= on and (bill.paid_on is None or bill.paid_on > on)


# LAW KMC portal, PD, F/S and LOI: a PD of an earlier year's issue and an F/S that has attracted penalty are payable
#     under the letter of intimation only. source: kmcgov.in, KMCAssessmentFSDeamdSearch; confidence: official
def heading_of(bill: DemandFacts, on: date) -> str:
    """Return the heading a bill is payable under on a day: its own kind, or LOI."""
    if bill.kind == "PD":
        is_old = FinancialYear.of(bill.issued_on) < FinancialYear.of(on)
        return "LOI" if is_old else "PD"
    is_penalised = bill.penalised_on is not None and bill.penalised_on <= on
    return "LOI" if is_penalised else "FS"


def bill_lines(bill: DemandFacts, on: date, rebate: RebateRule | None) -> list[Line]:
    """Return the lines of one bill; they add up to whole rupees.

    The quarter is rounded first, the rebate is taken from the rounded quarter and cut off after the paisa, and the net is
    rounded half up: 20.25 rupees of tax give 20, less 1.00, net 19.
    """
    period = f"{FinancialYear(bill.financial_year)} Q{bill.quarter}"

    def line(head: str, amount_paise: int, rule: str, source: str) -> Line:
        return Line(bill.demand_number, period, head, amount_paise, rule, source)

    lines = [line("property_tax", bill.property_tax_paise, "bill", BILL_SOURCE)]
    if bill.howrah_bridge_tax_paise:
        lines.append(line("howrah_bridge_tax", bill.howrah_bridge_tax_paise, "bill", BILL_SOURCE))
    if bill.commercial_surcharge_paise:
        lines.append(line("commercial_surcharge", bill.commercial_surcharge_paise, "bill", BILL_SOURCE))
    gross = bill.property_tax_paise + bill.howrah_bridge_tax_paise + bill.commercial_surcharge_paise
    quarter = to_rupee(gross)
    if quarter != gross:
        lines.append(line("rounding", quarter - gross, "quarter_to_rupee", ROUNDING_SOURCE))
    if rebate and earns_rebate(bill, on):
        off = percent_of(quarter, rebate.percent)
        lines.append(line("rebate", -off, rebate.code, rebate.source))
        if to_rupee(quarter - off) != quarter - off:
            net = to_rupee(quarter - off)
            lines.append(line("rounding", net - (quarter - off), "net_to_rupee", ROUNDING_SOURCE))
    return lines


def earns_rebate(bill: DemandFacts, on: date) -> bool:
    """Say whether paying on a day earns the rebate: the Act asks for nothing but the date."""
    return bill.rebate_date is not None and on <= bill.rebate_date


def next_change(owed: list[DemandFacts], as_of: date, total_paise: int, rebate: RebateRule | None) -> NextChange | None:
    """Return the day after the first rebate that runs out, with the total of that day; None when nothing is running."""
    ends = sorted({bill.rebate_date for bill in owed if bill.rebate_date and earns_rebate(bill, as_of)})
    for last_day in ends:
        on = last_day + timedelta(days=1)
        later = sum(line.amount_paise for bill in owed for line in bill_lines(bill, on, rebate))
        if later != total_paise:
            return NextChange(on, later, "rebate ends")
    return None
