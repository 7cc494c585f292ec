"""Rule books as documents: what tells two apart, and how one differs from another, rule by rule."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


def digest(document: Any) -> str:
    """Return what tells two books apart, however they are laid out."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class RuleChange(NamedTuple):
    """What a book says otherwise than another of one rule: `added`, `removed` or `changed`.

    Of a changed rule `terms` are those that differ, as text: "percent: 5 → 6".
    """

    what: str
    kind: str
    code: str
    valid_from: str
    terms: tuple[str, ...]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[RuleChange]:
    """Return how one book's document differs from another's, rule by rule, in the sequence of the later."""
    old, new = _by_rule(before), _by_rule(after)
    found = []
    for key, row in new.items():
        if key not in old:
            found.append(RuleChange("added", *key, ()))
        elif old[key] != row:
            names = sorted({*old[key], *row})
            differ = tuple(
                f"{name}: {term_text(old[key].get(name))} → {term_text(row.get(name))}"
                for name in names
                if old[key].get(name) != row.get(name)
            )
            found.append(RuleChange("changed", *key, differ))
    return found + [RuleChange("removed", *key, ()) for key in old if key not in new]


def term_text(value: Any) -> str:
    """Return a term of a row as a person reads it."""
    if isinstance(value, list):
        return "; ".join(map(term_text, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {term_text(one)}" for name, one in value.items())
    return "–" if value is None else str(value)


def _by_rule(document: Mapping[str, Any]) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    return {(row["kind"], row["code"], row["valid_from"]): row for row in document["rules"]}
