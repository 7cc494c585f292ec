"""Writing: which payment of ours each settled row is about. Matches are appended, never changed.

Not a paisa of tolerance. Three keys, the surest first: the gateway's transaction; our reference, where the bank's does not speak
against it; the bank's reference within a day. The last two only where one row and one payment fit each other and no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import connection, transaction

from payments.reconciliation.settling import MERCHANT
from payments.reconciliation.staging import learn_size
from payments.states import MatchKey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from payments.models import GatewayAccount

log = structlog.get_logger()
LOCK = "SELECT pg_advisory_xact_lock(hashtext('settlement'), %s)"
# Rows that count, are about our merchant and are the first of their like; the second is one row too many.
OPEN_LINES = f"""
SELECT l.id, l.account_id, l.transaction_ref, l.order_ref, l.bank_ref, l.happened_on, l.settled_on, l.gross_paise
  FROM payments_settlementline l
 WHERE l.account_id = %(account)s AND l.merchant_id = {MERCHANT} AND l.kind = 'settled' AND l.occurrence = 1
   AND NOT EXISTS (SELECT FROM payments_settlementchange c WHERE c.line_id = l.id)
   AND NOT EXISTS (SELECT FROM payments_settlementmatch m WHERE m.line_id = l.id)
"""
# A payment whose row was replaced or withdrawn is free again.
IS_FREE = """
NOT EXISTS (SELECT FROM payments_settlementmatch m
             WHERE m.payment_id = p.id
               AND NOT EXISTS (SELECT FROM payments_settlementchange c WHERE c.line_id = m.line_id))
"""
# They are looked for once: each of three keys would go through a million matches again. What a key has left is kept anew, for of
# a million rows it is a handful, and taking the others out one by one would cost more.
OPEN = f"CREATE TEMPORARY TABLE open_line ON COMMIT DROP AS {OPEN_LINES}"
LEFT = """
CREATE TEMPORARY TABLE line_left ON COMMIT DROP AS
SELECT l.* FROM open_line l WHERE NOT EXISTS (SELECT FROM payments_settlementmatch m WHERE m.line_id = l.id)
"""
ONLY_LEFT = (LEFT, "DROP TABLE open_line", "ALTER TABLE line_left RENAME TO open_line", "ANALYZE open_line")
JOINED = """
  FROM open_line l
  {transactions}
  JOIN payments_payment p ON p.transaction_id = t.id AND p.amount_paise = l.gross_paise
"""
BY_KEY = "JOIN payments_gatewaytransaction t ON t.account_id = l.account_id AND {key}"
# OFFSET keeps the planner from laying every open row beside every transaction of the account, as it does where it knows nothing
# of the attempts yet.
OF_ORDER = """
CROSS JOIN LATERAL (
     SELECT t.id, t.bank_ref FROM payments_paymentattempt a JOIN payments_gatewaytransaction t ON t.attempt_id = a.id
      WHERE a.order_ref = l.order_ref AND t.account_id = l.account_id AND t.transaction_ref <> l.transaction_ref OFFSET 0) t
"""
# One row for a payment: of two days on which it was settled, the first.
BY_TRANSACTION = f"""
SELECT DISTINCT ON (p.id) l.id AS line, p.id AS payment
  {JOINED.format(transactions=BY_KEY.format(key="t.transaction_ref = l.transaction_ref"))}
 WHERE {IS_FREE} ORDER BY p.id, l.settled_on, l.id
"""
PAIRS = f"SELECT l.id AS line, p.id AS payment {JOINED} WHERE {IS_FREE} AND {{holds}}"
ONE_TO_ONE = """
SELECT line, payment FROM (
    SELECT line, payment, count(*) OVER (PARTITION BY line) AS payments, count(*) OVER (PARTITION BY payment) AS lines
      FROM ({pairs}) AS pairs) AS counted
 WHERE payments = 1 AND lines = 1
"""
BY_ORDER = PAIRS.format(transactions=OF_ORDER, holds="(t.bank_ref = l.bank_ref OR '' IN (t.bank_ref, l.bank_ref))")
BY_BANK = PAIRS.format(
    transactions=BY_KEY.format(key="t.bank_ref = l.bank_ref"),
    holds="l.bank_ref <> '' AND abs(p.business_date - l.happened_on) <= 1",
)
FOUND = {
    MatchKey.TRANSACTION: BY_TRANSACTION,
    MatchKey.ORDER: ONE_TO_ONE.format(pairs=BY_ORDER),
    MatchKey.BANK: ONE_TO_ONE.format(pairs=BY_BANK),
}
WRITE = """
INSERT INTO payments_settlementmatch (line_id, payment_id, key, matched_at)
SELECT line, payment, %(key)s, %(now)s FROM ({found}) AS found
"""


@transaction.atomic
def match_payments(*, account: GatewayAccount, now: datetime) -> Mapping[str, int]:
    """Match the settled rows of an account that have no payment yet. Returns how many were matched by each key."""
    matched: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [account.pk])
        cursor.execute("DROP TABLE IF EXISTS pg_temp.open_line")
        cursor.execute(OPEN, {"account": account.pk})
        cursor.execute("ANALYZE open_line")
        for key, found in FOUND.items():
            cursor.execute(WRITE.format(found=found), {"key": key.value, "now": now})
            matched[key.value] = cursor.rowcount
            if cursor.rowcount:
                for statement in ONLY_LEFT:
                    cursor.execute(statement)
    learn_size("payments_settlementmatch", sum(matched.values()))
    log.info("settlements_matched", account=account.code, **matched)
    return matched
