"""The rule book in force: versions in the database, the latest approved one read once per process."""

from __future__ import annotations

from kmc_portal.common.rulebook.versions import Versions
from trade_license.models import LicenseRuleBookVersion
from trade_license.rules import book
from trade_license.rules.book import RuleBook

# A part of other statements too: which version is in force costs no query of its own.
IN_FORCE = "SELECT id FROM trade_license_licenserulebookversion WHERE approved_at IS NOT NULL ORDER BY id DESC LIMIT 1"
VERSIONS: Versions[RuleBook] = Versions(
    LicenseRuleBookVersion, parse=book.parse, shipped=book.shipped, shipped_book=book.BOOK
)
