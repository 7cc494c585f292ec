"""What the rules make of bills that differ in their amount only: factors, so that the whole city can be computed at once.

Nothing of the law stands here: the functions that compute the dues of one bill are asked, once for each group.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from property_tax.rules import charges
from property_tax.rules.dues import earns_rebate, heading_of
from property_tax.rules.facts import AssesseeFacts, DemandFacts
from property_tax.rules.kinds import LAST_WARD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from property_tax.rules.book import RuleBook

NOTHING = Fraction(0)
# Any amount of a bill will do to ask how long it is late.
SOME_PAISE = 100


class Group(NamedTuple):
    """Bills that are treated alike. `ward` and `annual_value_paise` stand for all that no rule tells from them."""

    ward: int
    annual_value_paise: int
    kind: str
    financial_year: int
    quarter: int
    issued_on: date
    presented_on: date | None
    rebate_date: date | None
    penalised_on: date | None


class Factors(NamedTuple):
    """What a day makes of a group: the rounded quarter times each fraction, cut off after the paisa.

    Within the rebate there are `rebate` and `online` (up to `online_cap_paise`), after it interest and penalty; the others
    are nothing. The net of the rebates goes to a multiple of `net_step_paise`.
    """

    heading: str
    quarter_step_paise: int
    net_step_paise: int
    online_cap_paise: int
    rebate: Fraction
    online: Fraction
    penalty: Fraction
    interest: tuple[Fraction, ...]


def factors_of(group: Group, on: date, book: RuleBook) -> Factors:
    """Return what the rules in a book make of a group on a day."""
    assessee, bill = AssesseeFacts(group.ward, group.annual_value_paise), DemandFacts("", *group[2:], None, 0, 0, 0)
    heading, rounding = heading_of(bill, on, book), book.rounding(bill.issued_on)
    quarter_step = rounding.quarter_to_paise if rounding else 1
    if earns_rebate(bill, on, book, assessee):
        rebate, online = book.rebate(on), book.online_rebate(on)
        return Factors(
            heading=heading,
            quarter_step_paise=quarter_step,
            net_step_paise=rounding.net_to_paise if rounding else 1,
            online_cap_paise=online.cap_paise if online else 0,
            rebate=Fraction(rebate.percent) / 100 if rebate else NOTHING,
            online=Fraction(online.percent) / 100 if online else NOTHING,
            penalty=NOTHING,
            interest=(),
        )
    fallen = charges.penalty_rule(bill, on, book)
    accrued = charges.interest(bill, SOME_PAISE, on, book, assessee)
    return Factors(
        heading=heading,
        quarter_step_paise=quarter_step,
        net_step_paise=1,
        online_cap_paise=0,
        rebate=NOTHING,
        online=NOTHING,
        penalty=Fraction(fallen.percent) / 100 if fallen else NOTHING,
        interest=tuple(Fraction(part.percent) * part.units / 100 / charges.a_year(part.rule) for part in accrued),
    )


def value_bounds(books: Iterable[RuleBook]) -> list[int]:
    """Return the annual values, in paise and ascending, at which some interest rule has another percentage above."""
    slabs = (slab for book in books for rule in book.interest for slab in rule.slabs)
    return sorted({slab.up_to_paise for slab in slabs if slab.up_to_paise is not None})


def values_between(bounds: Sequence[int]) -> list[int]:
    """Return an annual value for each place between bounds; a bound belongs to the place below it."""
    return [*bounds, (bounds[-1] if bounds else 0) + 1]


def alike_wards(books: Iterable[RuleBook]) -> list[int]:
    """Return for each ward, from the first on, the first ward that every order which moves rebate dates treats the same."""
    orders = [rule.wards for book in books for rule in book.extensions]
    first: dict[tuple[bool, ...], int] = {}
    return [first.setdefault(tuple(ward in wards for wards in orders), ward) for ward in range(1, LAST_WARD + 1)]
