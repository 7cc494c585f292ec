"""The rule book: every rule with the dates it holds, its source and how sure we are of it. Read whole or refused whole.

A book is one document, `{"rules": [row, …]}`. A row names its `kind`, its `code`, `valid_from` (and `valid_to`, when it has
ended), `source`, `confidence` and the terms of its kind. The shipped book is `kolkata.json`; docs/law.md lists it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from property_tax.rules import dates, kinds
from property_tax.rules.appropriation import Appropriation, appropriation
from property_tax.rules.dates import HolidayShift, RebateDate, RebateDays, RebateExtension
from property_tax.rules.faults import BookRefused, Fault, RuleFault
from property_tax.rules.kinds import BridgeTax, Interest, OnlineRebate, Penalty, Rebate, Rounding, Rule, Waiver
from property_tax.rules.valuation import parsers as valuation

SHIPPED = Path(__file__).with_name("kolkata.json")
PARSERS: dict[str, Callable[[Mapping[str, Any]], Rule]] = {
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


@dataclass(frozen=True)
class RuleBook:
    """All rules of a book, by kind and in the order of `valid_from`. Sorted out once: every enquiry asks."""

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
    rows = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not rows:
        raise BookRefused([Fault(0, "no_rules", "rules", "a rule book is an object with a list of rules")])
    faults: list[Fault] = []
    found: dict[str, list[tuple[int, Rule]]] = defaultdict(list)
    for number, row in enumerate(rows, start=1):
        try:
            found[_kind(row)].append((number, PARSERS[row["kind"]](row)))
        except RuleFault as fault:
            faults.append(Fault(number, "rule_term_invalid", fault.field, fault.reason))
    for kind, numbered in found.items():
        numbered.sort(key=lambda pair: (pair[1].valid_from, pair[0]))
        faults += _faults_between(kind, numbered)
    if faults:
        raise BookRefused(sorted(faults, key=lambda fault: fault.row))
    return RuleBook({kind: tuple(rule for _, rule in numbered) for kind, numbered in found.items()})


def _kind(row: Any) -> str:
    if not isinstance(row, dict):
        raise RuleFault("rules", "must be a list of objects")
    if row.get("kind") not in PARSERS:
        raise RuleFault("kind", f"must be one of {', '.join(sorted(PARSERS))}")
    return str(row["kind"])


def _faults_between(kind: str, numbered: list[tuple[int, Rule]]) -> list[Fault]:
    """Return what rules of one kind are to each other: the same code twice, overlapping, or with a gap between them."""
    faults: list[Fault] = []
    seen: set[tuple[str, date]] = set()
    for number, rule in numbered:
        if (rule.code, rule.valid_from) in seen:
            faults.append(Fault(number, "rule_repeated", "code", f"{rule.code} stands twice from {rule.valid_from}"))
        seen.add((rule.code, rule.valid_from))
    pairs = [pair for rules in _slots(kind, numbered) for pair in zip(rules, rules[1:], strict=False)]
    between = dict.fromkeys(
        fault for (_, one), (number, next_) in pairs for fault in _faults_of_pair(one, next_, number)
    )
    # A ward may well be without a rule for a time; what overlaps in several wards is named once.
    return faults + [fault for fault in between if kind not in ONE_IN_A_WARD or fault.code != "rules_gap"]


def _slots(kind: str, numbered: list[tuple[int, Rule]]) -> list[list[tuple[int, Rule]]]:
    """Return the rules of a kind in groups of which only one holds at a time; none where several may."""
    if kind in ONE_AT_A_TIME:
        return [numbered]
    if kind in ONE_IN_A_WARD:
        return _by_ward(numbered)
    if kind not in valuation.PARSERS:
        return []
    found: dict[str, list[tuple[int, Rule]]] = defaultdict(list)
    for number, rule in numbered:
        found[valuation.slot(rule)].append((number, rule))
    return list(found.values())


def _by_ward(numbered: list[tuple[int, Rule]]) -> list[list[tuple[int, Rule]]]:
    """Return for each ward the rules that name it."""
    found: dict[int, list[tuple[int, Rule]]] = defaultdict(list)
    for number, rule in numbered:
        for ward in rule.wards if isinstance(rule, RebateDate | BridgeTax) else ():
            found[ward].append((number, rule))
    return list(found.values())


def _faults_of_pair(earlier: Rule, later: Rule, number: int) -> list[Fault]:
    if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
        return [Fault(number, "rules_overlap", "valid_from", f"{earlier.code} still holds on {later.valid_from}")]
    if (later.valid_from - earlier.valid_to).days > 1:
        return [
            Fault(number, "rules_gap", "valid_from", f"nothing holds between {earlier.valid_to} and {later.valid_from}")
        ]
    return []


def shipped() -> dict[str, Any]:
    """Return the document of the book that comes with the portal."""
    document: dict[str, Any] = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return document


BOOK = parse(shipped())
