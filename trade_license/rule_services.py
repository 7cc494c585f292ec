"""Writing: loading the rule book of trade licences, looking at what it would change, and putting it in force."""

from __future__ import annotations

from kmc_portal.common.rulebook.keeping import Keeping
from trade_license import rulebook, whole_book
from trade_license.rules.book import RuleBook

KEEPING: Keeping[RuleBook] = Keeping(rulebook.VERSIONS, difference=whole_book.difference)
