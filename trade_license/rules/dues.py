"""What a certificate owes as of a day, in lines that explain themselves. Pure: facts and rules in, lines out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from kmc_portal.common.dues import Dues, HeadingDues, Line, NextChange, Terms
from kmc_portal.common.financial_year import FinancialYear
from trade_license.rules.facts import LATE_FINE, DemandFacts
from trade_license.rules.fees import for_years
from trade_license.rules.fines import late_fine, turning_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trade_license.rules.book import RuleBook
    from trade_license.rules.kinds import TermsSold

RENEWAL, ARREARS = "RENEWAL", "ARREARS"
HEADINGS = (RENEWAL, ARREARS)
DEMAND_SOURCE = "the demand as issued"
# How often one looks for a day on which the total is another: bands, orders and a month's growth of each demand.
MOST_LOOKS = 60
# A number of its own for the further years, known before they are paid for, so that paying twice finds it paid.
TERM_NUMBER = "{ce_number}/{first}+{years}"


def dues(demands: Sequence[DemandFacts], *, as_of: date, book: RuleBook, further: DemandFacts | None = None) -> Dues:
    """Return what is owed on `as_of`: demands of earlier years under ARREARS, of this year and later ones under RENEWAL.

    `further` is what the citizen takes beside it: the years that `further_years` has made.
    """
    owed = [demand for demand in demands if demand.is_owed(as_of)]
    this_year = FinancialYear.of(as_of).start
    found: dict[str, list[Line]] = {name: [] for name in HEADINGS}
    for demand in owed:
        found[ARREARS if demand.financial_year < this_year else RENEWAL] += demand_lines(demand, as_of, book)
    found[RENEWAL] += head_lines(further, book.terms(as_of)) if further else []
    headings = {
        name: HeadingDues(sum(line.amount_paise for line in lines), tuple(lines)) for name, lines in found.items()
    }
    total = sum(heading.payable_paise for heading in headings.values())
    return Dues(as_of, headings, total, next_change(owed, as_of, total, book))


def demand_lines(demand: DemandFacts, on: date, book: RuleBook) -> list[Line]:
    """Return the lines of one demand on a day: its heads, its credits, and the fine when it is late."""
    lines = head_lines(demand)
    if fine := late_fine(demand, on, book):
        terms: Terms = (("of_paise", fine.of_paise), ("since", fine.since))
        if fine.months:
            terms += (("percent_a_month", fine.band.percent_a_month), ("months", fine.months))
        elif fine.band.percent:
            terms += (("percent", fine.band.percent),)
        lines.append(_line(demand, LATE_FINE, fine.paise, fine.rule.code, fine.rule.source, terms))
    return lines


def head_lines(demand: DemandFacts, sold: TermsSold | None = None) -> list[Line]:
    """Return what a demand says, section by section; by the rule of the terms where it asks for further years."""
    rule, source = (sold.code, sold.source) if sold else ("demand", DEMAND_SOURCE)
    terms: Terms = (("years", demand.years),) if sold else ()
    return [_line(demand, section, paise, rule, source, terms) for section, paise in demand.heads]


# LAW several years at once: a certificate is sold for 1, 3, 5 or 15 years; each further year costs what this year's demand
#     asks, credits left out. source: KMC's e-service manual (EODB) for the terms, none found for the price;
#     confidence: assumption
def further_years(ce_number: str, demand: DemandFacts, years: int, on: date, book: RuleBook) -> DemandFacts | None:
    """Return the years after a demand that make it `years` in all, as one demand of its own; None for one year.

    `years` is a term that the rules sell, or what a certificate for life costs.
    """
    if years <= demand.years:
        return None
    first, more = demand.financial_year + demand.years, years - demand.years
    terms = book.terms(on)
    once = terms.once if terms else frozenset()
    yearly = tuple((section, paise) for section, paise in demand.heads if section not in once)
    number = TERM_NUMBER.format(ce_number=ce_number, first=first, years=more)
    return DemandFacts(number, first, more, on, None, None, for_years(yearly, more, frozenset()))


def next_change(owed: Sequence[DemandFacts], as_of: date, total_paise: int, book: RuleBook) -> NextChange | None:
    """Return the first later day on which the total is another, with that total; None when nothing is running."""
    day, now = as_of, _total(owed, as_of, book)
    for _look in range(MOST_LOOKS):
        turning = [turn for demand in owed for turn in turning_days(demand, day, book)]
        if not turning:
            return None
        day = min(turning)
        later = _total(owed, day, book)
        if later != now:
            because = "late fine falls" if not any(late_fine(one, as_of, book) for one in owed) else "late fine grows"
            return NextChange(day, total_paise - now + later, because if later > now else "rule changes")
    return None


def period_of(demand: DemandFacts) -> str:
    """Return the years of a demand as people read them: `2026-27`, `2027-28 – 2028-29`."""
    last = FinancialYear(demand.financial_year + demand.years - 1)
    return str(demand.first_year) if demand.years == 1 else f"{demand.first_year} – {last}"


def _total(owed: Sequence[DemandFacts], on: date, book: RuleBook) -> int:
    return sum(line.amount_paise for demand in owed for line in demand_lines(demand, on, book))


def _line(demand: DemandFacts, head: str, paise: int, rule: str, source: str, terms: Terms = ()) -> Line:
    return Line(demand.demand_number, period_of(demand), head, paise, rule, source, terms)
