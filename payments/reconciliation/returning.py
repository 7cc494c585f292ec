"""Writing: which refund, reversal or dispute of ours each refund and chargeback of a settlement is. Matches are appended.

A refund by the gateway's number or ours, else where one row and one refund of the payment are alike in amount. What is no refund of
ours may be a payment that its bank took back, which two people have reversed. A chargeback by its case number, else as above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from payments.reconciliation.settling import ROWS

if TYPE_CHECKING:
    from datetime import datetime

    from payments.models import GatewayAccount

OPEN_ROWS = f"""
SELECT l.*, p.id AS payment, p.amount_paise AS paid FROM ({ROWS}) l
  JOIN payments_gatewaytransaction t ON t.account_id = l.account_id AND t.transaction_ref = l.transaction_ref
  JOIN payments_payment p ON p.transaction_id = t.id
 WHERE l.occurrence = 1
   AND NOT EXISTS (SELECT FROM payments_returnmatch m WHERE m.line_id = l.id)
"""
# A refund, reversal or dispute whose row was replaced or withdrawn is free again.
IS_FREE = """
NOT EXISTS (SELECT FROM payments_returnmatch m WHERE m.{name}_id = o.id
               AND NOT EXISTS (SELECT FROM payments_settlementchange c WHERE c.line_id = m.line_id))
"""
OUT = "o.advice_number = '' AND o.state IN ('submitted', 'unknown', 'done')"
REFUND_BY_NUMBER = f"""
SELECT DISTINCT ON (o.id) l.id AS line, o.id AS other FROM ({OPEN_ROWS}) l
  JOIN payments_refund o ON o.payment_id = l.payment AND o.amount_paise = l.net_paise AND {OUT}
   AND l.own_ref IN (o.gateway_refund_ref, o.refund_number) AND l.own_ref <> ''
 WHERE l.kind = 'refund' AND {IS_FREE.format(name="refund")} ORDER BY o.id, l.settled_on, l.id
"""
ONE_TO_ONE = """
SELECT line, other FROM (
    SELECT line, other, count(*) OVER (PARTITION BY line) AS others, count(*) OVER (PARTITION BY other) AS lines
      FROM ({pairs}) AS pairs) AS counted
 WHERE others = 1 AND lines = 1
"""
REFUND_ALIKE = ONE_TO_ONE.format(
    pairs=f"""
SELECT l.id AS line, o.id AS other FROM ({OPEN_ROWS}) l
  JOIN payments_refund o ON o.payment_id = l.payment AND o.amount_paise = l.net_paise AND {OUT}
   AND '' IN (o.gateway_refund_ref, l.own_ref)
 WHERE l.kind = 'refund' AND {IS_FREE.format(name="refund")}"""
)
REVERSAL = ONE_TO_ONE.format(
    pairs=f"""
SELECT l.id AS line, o.id AS other FROM ({OPEN_ROWS}) l
  JOIN payments_reversal o ON o.payment_id = l.payment AND o.reason <> 'charged_back'
 WHERE l.kind = 'refund' AND l.net_paise = l.paid AND {IS_FREE.format(name="reversal")}"""
)
DISPUTE = ONE_TO_ONE.format(
    pairs=f"""
SELECT l.id AS line, o.id AS other FROM ({OPEN_ROWS}) l
  JOIN payments_dispute o ON o.payment_id = l.payment AND o.amount_paise = l.net_paise
   AND l.own_ref IN ('', o.case_number)
 WHERE l.kind = 'chargeback' AND {IS_FREE.format(name="dispute")}"""
)
DISPUTE_ALIKE = DISPUTE.replace("AND l.own_ref IN ('', o.case_number)", "")
WRITE = """
INSERT INTO payments_returnmatch (line_id, {name}_id, matched_at) SELECT line, other, %(now)s FROM ({found}) AS found
"""
FOUND = (
    ("refund", REFUND_BY_NUMBER),
    ("refund", REFUND_ALIKE),
    ("reversal", REVERSAL),
    ("dispute", DISPUTE),
    ("dispute", DISPUTE_ALIKE),
)


def match_returns(account: GatewayAccount, *, now: datetime) -> int:
    """Match the refunds and chargebacks of an account's settlements, and return how many. In the caller's transaction."""
    matched = 0
    with connection.cursor() as cursor:
        for name, found in FOUND:
            cursor.execute(WRITE.format(name=name, found=found), {"account": account.pk, "now": now})
            matched += cursor.rowcount
    return matched
