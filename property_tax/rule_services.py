"""Writing: loading the rule book of property tax, looking at what it would change, and putting it in force."""

from __future__ import annotations

from kmc_portal.common.rulebook.keeping import Keeping
from property_tax import rulebook, whole_book
from property_tax.rules.book import RuleBook

KEEPING: Keeping[RuleBook] = Keeping(rulebook.VERSIONS, difference=whole_book.difference)
