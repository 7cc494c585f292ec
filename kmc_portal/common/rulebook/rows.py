"""Reading the rows of a rule book: each by the parser of its kind, then what rules of one kind are to each other.

A book is one document, `{"rules": [row, …]}`. A row names its `kind`, its `code`, `valid_from` (and `valid_to`, when it has
ended), `source`, `confidence` and the terms of its kind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from kmc_portal.common.rulebook import terms
from kmc_portal.common.rulebook.faults import BookRefused, Fault, RuleFault
from kmc_portal.common.rulebook.terms import Row

CONFIDENCES = ("official", "newspaper", "tertiary", "inferred", "assumption")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What every rule has. It holds from `valid_from` to `valid_to`, both inside; `None` is until further notice."""

    kind: str
    code: str
    valid_from: date
    valid_to: date | None
    source: str
    confidence: str

    def holds(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


Parser = Callable[[Row], Rule]
# The rules of a book by kind, each with the number of its row.
Numbered = Mapping[str, Sequence[tuple[int, Rule]]]


@dataclass(frozen=True, slots=True)
class Slots:
    """Of which rules only one holds at a time: `of` names the slots that a rule takes, none where several may hold.

    Between the rules of a slot there is no day without one, but where `may_pause` says that there may be.
    """

    of: Callable[[Rule], Sequence[Hashable]]
    may_pause: Callable[[Rule], bool]


def parse(
    document: Any, parsers: Mapping[str, Parser], slots: Slots, also: Callable[[Numbered], list[Fault]] | None = None
) -> dict[str, tuple[Rule, ...]]:
    """Return the rules of a document by kind, in the order of `valid_from`.

    `also` says what is wrong between rules of several kinds.

    :raises BookRefused: with every fault of every row
    """
    rows = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not rows:
        raise BookRefused([Fault(0, "no_rules", "rules", "a rule book is an object with a list of rules")])
    faults: list[Fault] = []
    found: dict[str, list[tuple[int, Rule]]] = defaultdict(list)
    for number, row in enumerate(rows, start=1):
        try:
            found[_kind(row, parsers)].append((number, parsers[row["kind"]](row)))
        except RuleFault as fault:
            faults.append(Fault(number, fault.code, fault.field, fault.reason))
    for numbered in found.values():
        numbered.sort(key=lambda pair: (pair[1].valid_from, pair[0]))
        faults += _faults_between(numbered, slots)
    faults += also(found) if also else []
    if faults:
        raise BookRefused(sorted(faults, key=lambda fault: fault.row))
    return {kind: tuple(rule for _, rule in numbered) for kind, numbered in found.items()}


def common(row: Row) -> dict[str, Any]:
    """Return what every row must have. :raises RuleFault:"""
    valid_from, valid_to = terms.day(row, "valid_from"), terms.day_or_none(row, "valid_to")
    if valid_to and valid_to < valid_from:
        raise RuleFault("valid_to", "must not be before valid_from")
    return {
        "kind": terms.text(row, "kind"),
        "code": terms.text(row, "code"),
        "valid_from": valid_from,
        "valid_to": valid_to,
        "source": terms.text(row, "source"),
        "confidence": terms.choice(row, "confidence", CONFIDENCES),
    }


def _kind(row: Any, parsers: Mapping[str, Parser]) -> str:
    if not isinstance(row, dict):
        raise RuleFault("rules", "must be a list of objects")
    if row.get("kind") not in parsers:
        raise RuleFault("kind", f"must be one of {', '.join(sorted(parsers))}")
    return str(row["kind"])


def _faults_between(numbered: Sequence[tuple[int, Rule]], slots: Slots) -> list[Fault]:
    """Return what rules of one kind are to each other: the same code twice, overlapping, or with a gap between them."""
    faults: list[Fault] = []
    seen: set[tuple[str, date]] = set()
    in_slot: dict[Hashable, list[tuple[int, Rule]]] = defaultdict(list)
    for number, rule in numbered:
        if (rule.code, rule.valid_from) in seen:
            faults.append(Fault(number, "rule_repeated", "code", f"{rule.code} stands twice from {rule.valid_from}"))
        seen.add((rule.code, rule.valid_from))
        for slot in slots.of(rule):
            in_slot[slot].append((number, rule))
    pairs = [pair for rules in in_slot.values() for pair in zip(rules, rules[1:], strict=False)]
    # What overlaps in several slots, in several wards say, is named once.
    between = dict.fromkeys(
        fault for (_, one), (number, later) in pairs for fault in _of_pair(one, later, number, slots)
    )
    return faults + list(between)


def _of_pair(earlier: Rule, later: Rule, number: int, slots: Slots) -> list[Fault]:
    if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
        return [Fault(number, "rules_overlap", "valid_from", f"{earlier.code} still holds on {later.valid_from}")]
    if (later.valid_from - earlier.valid_to).days > 1 and not slots.may_pause(later):
        return [
            Fault(number, "rules_gap", "valid_from", f"nothing holds between {earlier.valid_to} and {later.valid_from}")
        ]
    return []
