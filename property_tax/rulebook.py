"""The rule book in force: versions in the database, the latest approved one read once per process."""

from __future__ import annotations

from kmc_portal.common.rulebook.versions import Versions
from property_tax.models import RuleBookVersion
from property_tax.rules import book
from property_tax.rules.book import RuleBook

# A part of other statements too: which version is in force costs no query of its own.
IN_FORCE = "SELECT id FROM property_tax_rulebookversion WHERE approved_at IS NOT NULL ORDER BY id DESC LIMIT 1"
VERSIONS: Versions[RuleBook] = Versions(RuleBookVersion, parse=book.parse, shipped=book.shipped, shipped_book=book.BOOK)
current = VERSIONS.current
of_version = VERSIONS.of_version
content_in_force = VERSIONS.content_in_force
