"""The rule book of trade licences: fee schedule, terms, last dates and late fine. Read whole or refused whole.

The shipped book is `kolkata.json`; docs/law.md lists it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from kmc_portal.common.money import rupee_text
from kmc_portal.common.rulebook import rows
from kmc_portal.common.rulebook.faults import Fault
from kmc_portal.common.rulebook.rows import Parser, Rule
from trade_license.rules import dates, kinds
from trade_license.rules.dates import CounterDays, LastDate, LastDateOrder, LateFine
from trade_license.rules.kinds import Fee, ForLife, SectionCap, SmallShop, Tariff, TermsSold

SHIPPED = Path(__file__).with_name("kolkata.json")
PARSERS: dict[str, Parser] = {**kinds.PARSERS, **dates.PARSERS}
# Of these kinds one rule holds at a time; of tariffs, caps and fees one of each.
ONE_AT_A_TIME = ("small_shop", "terms", "for_life", "last_date", "counter_days", "late_fine")
R = TypeVar("R", bound=Rule)


@dataclass(frozen=True)
class RuleBook:
    """All rules of a book, by kind and in the order of `valid_from`."""

    rules: Mapping[str, tuple[Rule, ...]]

    def of(self, kind: type[R], name: str) -> tuple[R, ...]:
        """Return the rules of one kind."""
        return tuple(rule for rule in self.rules.get(name, ()) if isinstance(rule, kind))

    def fee(self, trade: str, *, is_air_conditioned: bool, area_sq_ft: int | None, on: date) -> Fee | None:
        """Return the row of the schedule for a trade on a day; None for a trade that the schedule does not know."""
        rows = self._fees_of.get(trade, ())
        held = (row for row in rows if row.holds(on))
        return next((row for row in held if row.is_for(trade, is_air_conditioned, area_sq_ft)), None)

    def tariff(self, code: str, on: date) -> Tariff | None:
        return next((rule for rule in self.of(Tariff, "tariff") if rule.code == code and rule.holds(on)), None)

    def small_shop(self, on: date) -> SmallShop | None:
        return _in_force(self.of(SmallShop, "small_shop"), on)

    def terms(self, on: date) -> TermsSold | None:
        return _in_force(self.of(TermsSold, "terms"), on)

    def for_life(self, trade: str, on: date) -> ForLife | None:
        """Return the rule by which a trade may buy a certificate for life, if it may."""
        rule = _in_force(self.of(ForLife, "for_life"), on)
        return rule if rule and trade in rule.trades else None

    def last_date(self, on: date) -> LastDate | None:
        return _in_force(self.of(LastDate, "last_date"), on)

    def counter_days(self, on: date) -> CounterDays | None:
        return _in_force(self.of(CounterDays, "counter_days"), on)

    def late_fine(self, on: date) -> LateFine | None:
        return _in_force(self._late_fines, on)

    @cached_property
    def orders(self) -> tuple[LastDateOrder, ...]:
        return self.of(LastDateOrder, "last_date_order")

    @cached_property
    def turning_days(self) -> frozenset[date]:
        """The days on which a rule about lateness begins."""
        return frozenset(rule.valid_from for rule in (*self._late_fines, *self.orders))

    def trades(self, on: date) -> list[Fee]:
        """Return the first row of every trade that the schedule knows on a day, in its own sequence."""
        found: dict[str, Fee] = {}
        for row in self.of(Fee, "fee"):
            if row.holds(on):
                found.setdefault(row.trade, row)
        return list(found.values())

    @cached_property
    def _late_fines(self) -> tuple[LateFine, ...]:
        return self.of(LateFine, "late_fine")

    @cached_property
    def _fees_of(self) -> Mapping[str, Sequence[Fee]]:
        found: dict[str, list[Fee]] = defaultdict(list)
        for row in self.of(Fee, "fee"):
            for key in row.keys:
                found[key].append(row)
        return found


def _in_force(rules: Iterable[R], on: date) -> R | None:
    return next((rule for rule in rules if rule.holds(on)), None)


def parse(document: Any) -> RuleBook:
    """Return the book of a document. :raises BookRefused: with every fault of every row"""
    slots = rows.Slots(of=_slots, may_pause=lambda rule: rule.kind in ("fee", "tariff"))
    return RuleBook(rows.parse(document, PARSERS, slots, also=_faults_of_fees))


def _slots(rule: Rule) -> Sequence[Hashable]:
    """Return what a rule is the only one of at a time; nothing for orders, of which several may hold."""
    if isinstance(rule, Fee):
        both = (True, False) if rule.is_air_conditioned is None else (rule.is_air_conditioned,)
        return [(key, cooled, rule.above_sq_ft) for key in rule.keys for cooled in both]
    if isinstance(rule, SectionCap):
        return [rule.section]
    if isinstance(rule, Tariff):
        return [rule.code]
    return [rule.kind] if rule.kind in ONE_AT_A_TIME else []


def _faults_of_fees(found: Mapping[str, Sequence[tuple[int, Rule]]]) -> list[Fault]:
    """Return what is wrong with fees beside the other rules: above a cap, a tariff that is not there, slabs that overlap."""
    fees = [(number, rule) for number, rule in found.get("fee", ()) if isinstance(rule, Fee)]
    caps = [rule for _number, rule in found.get("section_cap", ()) if isinstance(rule, SectionCap)]
    known = {rule.code for _number, rule in found.get("tariff", ())}
    faults = [
        fault for number, fee in fees for fault in (*_above_cap(number, fee, caps), *_unknown(number, fee, known))
    ]
    return faults + _overlapping_slabs(fees)


# LAW s.199, ceiling: the enlistment fee is at most Rs 2,500 a year in Kolkata; a schedule that asks more is refused whole.
#     source: Millennium Post on the State's order of 2025 (MP-CAP); confidence: newspaper
def _above_cap(number: int, fee: Fee, caps: Sequence[SectionCap]) -> list[Fault]:
    return [
        Fault(
            number,
            "section_above_cap",
            head.section,
            f"asks {rupee_text(head.amount_paise, 'en')}, at most {rupee_text(cap.amount_paise, 'en')}",
        )
        for head in fee.heads
        for cap in caps
        if cap.section == head.section and head.amount_paise > cap.amount_paise and _overlap(cap, fee)
    ]


def _unknown(number: int, fee: Fee, known: set[str]) -> list[Fault]:
    return [
        Fault(number, "tariff_unknown", head.section, f"the book has no tariff {head.tariff}")
        for head in fee.heads
        if head.tariff and head.tariff not in known
    ]


def _overlapping_slabs(fees: Sequence[tuple[int, Fee]]) -> list[Fault]:
    """Return the rows of a trade whose area begins inside that of another row which holds on the same days."""
    faults: dict[Fault, None] = {}
    for number, fee in fees:
        for _other_number, other in fees:
            shares_trade = set(fee.keys) & set(other.keys)
            same_air = None in (fee.is_air_conditioned, other.is_air_conditioned) or (
                fee.is_air_conditioned == other.is_air_conditioned
            )
            begins_inside = other.above_sq_ft < fee.above_sq_ft and (
                other.up_to_sq_ft is None or fee.above_sq_ft < other.up_to_sq_ft
            )
            if shares_trade and same_air and begins_inside and _overlap(fee, other):
                faults[Fault(number, "slabs_overlap", "above_sq_ft", f"begins inside {other.code}")] = None
    return list(faults)


def _overlap(one: Rule, other: Rule) -> bool:
    """Say whether two rules hold on a common day."""
    return (one.valid_to is None or other.valid_from <= one.valid_to) and (
        other.valid_to is None or one.valid_from <= other.valid_to
    )


def shipped() -> dict[str, Any]:
    """Return the document of the book that comes with the portal."""
    document: dict[str, Any] = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return document


BOOK = parse(shipped())
