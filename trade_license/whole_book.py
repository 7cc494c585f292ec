"""Reading: what a rule book would ask of all certificates, set against another: next year's fees, and fines on what is unpaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from kmc_portal.common.financial_year import FinancialYear
from trade_license.demand_sql import TRADE_COLUMNS, TRADE_WIDTH, UNPAID_COLUMN, demand_facts, trade_facts
from trade_license.rules.dues import dues
from trade_license.rules.fees import yearly_fee

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from trade_license.rules.book import RuleBook
    from trade_license.rules.facts import DemandFacts, TradeFacts

# Certificates that are alike cost the same: each kind is computed once.
ALIKE = f"""
SELECT {TRADE_COLUMNS}, owed, count(*)
  FROM (SELECT l.*, {UNPAID_COLUMN} AS owed FROM trade_license_license l WHERE l.closed_on IS NULL AND l.deleted_on IS NULL) AS l
 GROUP BY {TRADE_COLUMNS}, owed
"""


def difference(*, on: date, before: RuleBook, after: RuleBook) -> dict[str, int]:
    """Return what a book would change: `{"checked", "changed", "before_paise", "after_paise"}`.

    `checked` counts the certificates in use, `changed` those that would owe another sum today or be asked another fee for
    the next year; the sums are of both.
    """
    found = {"checked": 0, "changed": 0, "before_paise": 0, "after_paise": 0}
    with connection.cursor() as cursor:
        cursor.execute(ALIKE)
        for row in cursor.fetchall():
            trade, owed, count = trade_facts(row[:TRADE_WIDTH]), demand_facts(row[TRADE_WIDTH]), row[-1]
            then, now = (_asked(trade, owed, on, book) for book in (before, after))
            found["checked"] += count
            found["changed"] += count if then != now else 0
            found["before_paise"] += then * count
            found["after_paise"] += now * count
    return found


def _asked(trade: TradeFacts, owed: Sequence[DemandFacts], on: date, book: RuleBook) -> int:
    fee = yearly_fee(trade, FinancialYear.of(on).next, book)
    return dues(owed, as_of=on, book=book).total_paise + (fee.amount_paise if fee else 0)
