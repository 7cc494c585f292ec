"""The rule book in force: versions in the database, the latest approved one read once per process."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Any

from property_tax.models import RuleBookVersion
from property_tax.rules import book
from property_tax.rules.book import RuleBook

# A part of other statements too: which version is in force costs no query of its own.
IN_FORCE = "SELECT id FROM property_tax_rulebookversion WHERE approved_at IS NOT NULL ORDER BY id DESC LIMIT 1"


def current() -> RuleBook:
    """Return the rule book in force. One query, and a second when this process has not read it yet."""
    version = RuleBookVersion.objects.exclude(approved_at=None).order_by("-pk").values_list("pk", flat=True).first()
    return of_version(version)


@lru_cache(maxsize=8)
def of_version(version: int | None) -> RuleBook:
    """Return the book of a version, the shipped one for None. A version never changes, so it is read once."""
    if version is None:
        return book.BOOK
    return book.parse(RuleBookVersion.objects.values_list("content", flat=True).get(pk=version))


def digest(document: Any) -> str:
    """Return what tells two books apart, however they are laid out."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
