"""The rule books of all apps, as one file may hold them: each row goes to the book whose rules are of its kind."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import transaction

from kmc_portal.common.rulebook.faults import BookRefused, Fault
from kmc_portal.common.rulebook.keeping import Keeping, RuleBookKnown, RuleBookRefused
from property_tax import rule_services as property_tax
from property_tax.rules.book import PARSERS as PROPERTY_TAX_KINDS
from trade_license import rule_services as trade_license
from trade_license.rules.book import PARSERS as LICENSE_KINDS

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

# Whoever can run commands on the server can change the law of the portal; the two names say that it was done there.
MAKER, APPROVER = "manage.py load_rules", "the operator of the server"
BOOKS: dict[str, tuple[Keeping[Any], Collection[str]]] = {
    "property_tax": (property_tax.KEEPING, PROPERTY_TAX_KINDS),
    "trade_license": (trade_license.KEEPING, LICENSE_KINDS),
}


@dataclass(frozen=True, slots=True)
class Part:
    """What a file holds of one book. `places` are the numbers of its rows in the file."""

    book: str
    keeping: Keeping[Any]
    document: dict[str, Any]
    places: list[int]


def parts_of(document: Any) -> list[Part]:
    """Return a file's rows, sorted into books. :raises RuleBookRefused: with every fault of every row of every book"""
    rows = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not rows:
        raise RuleBookRefused(
            BookRefused([Fault(0, "no_rules", "rules", "a rule book is an object with a list of rules")])
        )
    parts: dict[str, Part] = {}
    for place, row in enumerate(rows, start=1):
        name = _book_of(row)
        part = parts.setdefault(name, Part(name, BOOKS[name][0], {"rules": []}, []))
        part.document["rules"].append(row)
        part.places.append(place)
    if faults := [fault for part in parts.values() for fault in _faults(part)]:
        raise RuleBookRefused(BookRefused(sorted(faults, key=lambda fault: fault.row)))
    return list(parts.values())


def preview(document: Any, *, on: date) -> dict[str, dict[str, int]]:
    """Return for each book what the file would change of today's dues. :raises RuleBookRefused:"""
    return {part.book: part.keeping.preview_rules(part.document, on=on) for part in parts_of(document)}


@transaction.atomic
def put_in_force(document: Any, *, now: datetime) -> list[dict[str, Any]]:
    """Load every book of a file and put it in force, all or none. A book that is in force already is left as it is.

    :raises RuleBookRefused: with every fault of every row
    """
    return [_put_in_force(part, now) for part in parts_of(document)]


def _put_in_force(part: Part, now: datetime) -> dict[str, Any]:
    told = {"book": part.book, "rules": len(part.places)}
    try:
        version = part.keeping.load_rules(part.document, maker=MAKER, now=now)
    except RuleBookKnown as known:
        return {**told, "version": known.details["version"], "loaded": False}
    part.keeping.preview_version(version.pk, now=now)
    part.keeping.approve_rules(version.pk, approver=APPROVER, now=now)
    return {**told, "version": version.pk, "loaded": True}


def _book_of(row: Any) -> str:
    """Return the book whose rules are of a row's kind; a row of no known kind is for the first book to refuse."""
    kind = row.get("kind") if isinstance(row, dict) else None
    return next((name for name, (_keeping, kinds) in BOOKS.items() if kind in kinds), next(iter(BOOKS)))


def _faults(part: Part) -> list[Fault]:
    try:
        part.keeping.parsed(part.document)
    except RuleBookRefused as refused:
        return [replace(fault, row=part.places[fault.row - 1]) for fault in refused.faults]
    return []
