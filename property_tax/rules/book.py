"""The rule book: every rule with the dates it holds, its source and how sure we are of it. Read whole or refused whole.

The shipped book is `kolkata.json`; docs/law.md lists it.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from kmc_portal.common.rulebook import rows
from kmc_portal.common.rulebook.rows import Parser, Rule
from property_tax.rules import dates, kinds
from property_tax.rules.appropriation import Appropriation, appropriation
from property_tax.rules.dates import HolidayShift, RebateDate, RebateDays, RebateExtension
from property_tax.rules.kinds import BridgeTax, Interest, OnlineRebate, Penalty, Rebate, Rounding, Waiver
from property_tax.rules.valuation import parsers as valuation

SHIPPED = Path(__file__).with_name("kolkata.json")
PARSERS: dict[str, Parser] = {
    **kinds.PARSERS,
    **dates.PARSERS,
    "appropriation": appropriation,
    **valuation.PARSERS,
}
# Of these kinds one rule holds at a time; of the others several may.
ONE_AT_A_TIME = (
    "rebate", "rebate_days", "holiday_shift", "online_rebate", "interest", "penalty", "rounding", "appropriation",
)  # fmt: skip
# Of these one holds at a time in each ward.
ONE_IN_A_WARD = ("rebate_date", "howrah_bridge_tax")
R = TypeVar("R", bound=Rule)


@dataclass(frozen=True, eq=False)
class RuleBook:
    """All rules of a book, by kind and in the order of `valid_from`. Sorted out once: every enquiry asks.

    A book is the same as itself only, so that what follows from one can be kept.
    """

    rules: Mapping[str, tuple[Rule, ...]]

    def of(self, kind: type[R], name: str) -> tuple[R, ...]:
        """Return the rules of one kind."""
        return tuple(rule for rule in self.rules.get(name, ()) if isinstance(rule, kind))

    def rebate(self, on: date) -> Rebate | None:
        return _in_force(self._rebates, on)

    def holiday_shift(self, on: date) -> HolidayShift | None:
        return _in_force(self._holiday_shifts, on)

    def online_rebate(self, on: date) -> OnlineRebate | None:
        return _in_force(self._online_rebates, on)

    def rebate_days(self, on: date) -> RebateDays | None:
        return _in_force(self.of(RebateDays, "rebate_days"), on)

    def rebate_dates(self, on: date) -> dict[int, date]:
        """Return the day that was notified for each ward, for bills presented on a day; wards without one are left out."""
        rules = self.of(RebateDate, "rebate_date")
        return {ward: rule.rebate_date for rule in rules if rule.holds(on) for ward in rule.wards}

    def bridge_tax(self, ward: int, on: date) -> BridgeTax | None:
        rules = self.of(BridgeTax, "howrah_bridge_tax")
        return next((rule for rule in rules if rule.holds(on) and ward in rule.wards), None)

    def rounding(self, on: date) -> Rounding | None:
        return _in_force(self._roundings, on)

    def appropriation(self, on: date) -> Appropriation | None:
        return _in_force(self.of(Appropriation, "appropriation"), on)

    @cached_property
    def extensions(self) -> tuple[RebateExtension, ...]:
        return self.of(RebateExtension, "rebate_extension")

    @cached_property
    def rebate_changes(self) -> frozenset[date]:
        """The days on which what a rebate comes to may change while its date has not passed."""
        rules = (*self._rebates, *self._online_rebates)
        ends = {rule.valid_to + timedelta(days=1) for rule in rules if rule.valid_to}
        return frozenset({rule.valid_from for rule in rules} | ends)

    @cached_property
    def interest(self) -> tuple[Interest, ...]:
        """The rules that charge anything."""
        return tuple(rule for rule in self.of(Interest, "interest") if any(slab.percent for slab in rule.slabs))

    @cached_property
    def penalties(self) -> tuple[Penalty, ...]:
        """The rules that charge anything."""
        return tuple(rule for rule in self.of(Penalty, "penalty") if rule.percent)

    @cached_property
    def waivers(self) -> Mapping[str, Waiver]:
        return {scheme.code: scheme for scheme in self.of(Waiver, "waiver")}

    @cached_property
    def _rebates(self) -> tuple[Rebate, ...]:
        return self.of(Rebate, "rebate")

    @cached_property
    def _holiday_shifts(self) -> tuple[HolidayShift, ...]:
        return self.of(HolidayShift, "holiday_shift")

    @cached_property
    def _roundings(self) -> tuple[Rounding, ...]:
        return self.of(Rounding, "rounding")

    @cached_property
    def _online_rebates(self) -> tuple[OnlineRebate, ...]:
        return self.of(OnlineRebate, "online_rebate")


def _in_force(rules: Iterable[R], on: date) -> R | None:
    return next((rule for rule in rules if rule.holds(on)), None)


def parse(document: Any) -> RuleBook:
    """Return the book of a document. :raises BookRefused: with every fault of every row"""
    return RuleBook(
        rows.parse(document, PARSERS, rows.Slots(of=_slots, may_pause=lambda rule: rule.kind in ONE_IN_A_WARD))
    )


def _slots(rule: Rule) -> Sequence[Hashable]:
    """Return what a rule is the only one of at a time; nothing where several may hold. A ward may be without a rule."""
    if isinstance(rule, RebateDate | BridgeTax):
        return sorted(rule.wards)
    if rule.kind in ONE_AT_A_TIME:
        return [rule.kind]
    return [valuation.slot(rule)] if rule.kind in valuation.PARSERS else []


def shipped() -> dict[str, Any]:
    """Return the document of the book that comes with the portal."""
    document: dict[str, Any] = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return document


BOOK = parse(shipped())
