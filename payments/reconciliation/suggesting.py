"""Writing: what a break is probably about, for the person who looks at it. A suggestion moves nothing.

It names an act and what the act needs: `{"act": "reversal", "receipt_number": …}`, `{"act": "match", "settlements": […],
"bank_lines": […]}`, `{"act": "identify", "kind": …, "reference": …}`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from django.db import connection

from kmc_portal.common.errors import ServiceError
from payments import payables
from payments.reconciliation.bank_days import CREDIT_WINDOW
from payments.reconciliation.crediting import OPEN_LINES, PAY_OUTS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from payments.models import GatewayAccount
    from payments.reconciliation.bank_days import BankDays

SUGGEST = "UPDATE payments_reconbreak b SET suggestion = s.suggestion FROM ({found}) s WHERE b.id = s.id"
OPENED = "SELECT * FROM payments_reconbreak WHERE id = ANY(%(opened)s)"
# A settled row that nobody knows may be the one payment of the same amount, within a day, that was never settled.
SAME_AMOUNT = f"""
SELECT b.id, jsonb_build_object('act', 'compare', 'receipt_number', min(r.receipt_number)) AS suggestion
  FROM ({OPENED}) b JOIN payments_gatewaytransaction t ON t.account_id = b.account_id AND t.amount_paise = b.amount_paise
  JOIN payments_payment p ON p.transaction_id = t.id AND abs(p.business_date - b.day) <= 1
  JOIN payments_receipt r ON r.payment_id = p.id
 WHERE b.kind = 'GATEWAY_ONLY' AND NOT EXISTS (SELECT FROM payments_settlementmatch m WHERE m.payment_id = p.id)
 GROUP BY b.id HAVING count(*) = 1
"""
WENT_BACK = f"""
SELECT b.id, jsonb_build_object('receipt_number', r.receipt_number, 'act', CASE WHEN b.kind = 'CHARGEBACK' THEN 'dispute'
                                 WHEN b.amount_paise = p.amount_paise THEN 'reversal' ELSE 'refund' END) AS suggestion
  FROM ({OPENED}) b JOIN payments_payment p ON p.id = b.payment_id JOIN payments_receipt r ON r.payment_id = p.id
 WHERE b.kind IN ('REFUND_UNMATCHED', 'CHARGEBACK')
"""
# One line or two that come to what a pay-out lacks, else the one line around its days that names the gateway.
LINES_OF = f"""
WITH lacking AS (
    SELECT b.id, s.id AS settlement, s.net - s.credited AS paise, s.settled_on, due.until, g.gateway
      FROM ({OPENED}) b JOIN ({PAY_OUTS}) s ON s.id = b.settlement_id JOIN payments_gatewayaccount g ON g.id = b.account_id
      JOIN unnest(%(settled)s::date[], %(until)s::date[]) AS due (settled_on, until) ON due.settled_on = s.settled_on
     WHERE b.kind = 'BATCH_SHORT'
), near AS (
    SELECT l.*, o.id AS line, o.paise AS line_paise, o.narration FROM lacking l
      JOIN ({OPEN_LINES}) o ON o.paise > 0 AND o.value_on BETWEEN l.settled_on AND l.until
), proposed AS (
    SELECT id, settlement, ARRAY[line] AS lines, 1 AS rank FROM near WHERE line_paise = paise
    UNION ALL SELECT a.id, a.settlement, ARRAY[a.line, b.line], 2 FROM near a JOIN near b ON b.id = a.id AND b.line > a.line
               WHERE a.line_paise + b.line_paise = a.paise
    UNION ALL SELECT id, min(settlement), array_agg(line), 3 FROM near
               WHERE position(upper(gateway) IN upper(narration)) > 0 GROUP BY id HAVING count(*) = 1
)
SELECT DISTINCT ON (id) id, jsonb_build_object('act', 'match', 'settlements', ARRAY[settlement], 'bank_lines', lines) AS suggestion
  FROM proposed ORDER BY id, rank
"""
# One pay-out or two that come to what a line has left.
PAY_OUTS_OF = f"""
WITH left_over AS (
    SELECT b.id, o.id AS line, o.paise, o.value_on FROM ({OPENED}) b JOIN ({OPEN_LINES}) o ON o.id = b.bank_line_id
     WHERE b.kind = 'BANK_UNIDENTIFIED'
), near AS (
    SELECT l.id, l.line, l.paise, s.id AS settlement, s.net - s.credited AS lacks FROM left_over l
      JOIN ({PAY_OUTS}) s ON s.net > s.credited
      JOIN unnest(%(settled)s::date[], %(until)s::date[]) AS due (settled_on, until) ON due.settled_on = s.settled_on
     WHERE l.value_on BETWEEN s.settled_on AND due.until
), proposed AS (
    SELECT id, line, ARRAY[settlement] AS settlements, 1 AS rank FROM near WHERE lacks = paise
    UNION ALL SELECT a.id, a.line, ARRAY[a.settlement, b.settlement], 2 FROM near a JOIN near b
                  ON b.id = a.id AND b.settlement > a.settlement WHERE a.lacks + b.lacks = a.paise
)
SELECT DISTINCT ON (id) id, jsonb_build_object('act', 'match', 'settlements', settlements, 'bank_lines', ARRAY[line]) AS suggestion
  FROM proposed ORDER BY id, rank
"""
BY_SQL = (SAME_AMOUNT, WENT_BACK, LINES_OF, PAY_OUTS_OF)
SETTLED = (
    "SELECT DISTINCT settled_on FROM payments_settlement WHERE account_id = %(account)s AND settled_on >= %(since)s"
)
UNNAMED = f"""
SELECT b.id, l.narration FROM ({OPENED}) b JOIN payments_bankline l ON l.id = b.bank_line_id
 WHERE b.kind = 'BANK_UNIDENTIFIED' AND b.suggestion = '{{}}' AND l.narration ~ '[0-9]' ORDER BY b.id LIMIT %(most)s
"""
NAME = "UPDATE payments_reconbreak SET suggestion = %s::jsonb WHERE id = %s"
# What may be the number of somebody who pays: digits with what people put between them, or letters and digits in one word.
NUMBERS = re.compile(r"\d[\d\-./ ]{6,20}\d|[A-Z0-9/\-]*\d[A-Z0-9/\-]*")
MOST_NARRATIONS = 500


def suggest(account: GatewayAccount, opened: Sequence[int], *, days: BankDays, today: date) -> None:
    """Give the breaks that have just been opened what they are probably about. In the caller's transaction."""
    if not opened:
        return
    values: dict[str, Any] = {"account": account.pk, "opened": list(opened), "days": None, "most": MOST_NARRATIONS}
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(day) FROM payments_reconbreak WHERE id = ANY(%(opened)s)", values)
        values["since"] = days.before(cursor.fetchone()[0], CREDIT_WINDOW)
        cursor.execute(SETTLED, values)
        values["settled"] = [day for (day,) in cursor.fetchall()]
        values["until"] = [days.after(day, CREDIT_WINDOW) for day in values["settled"]]
        for found in BY_SQL:
            cursor.execute(SUGGEST.format(found=found), values)
        cursor.execute(UNNAMED, values)
        for pk, narration in cursor.fetchall():
            whose = _whose(narration, today)
            if whose:
                cursor.execute(NAME, [json.dumps(whose), pk])


def _whose(narration: str, today: date) -> dict[str, str] | None:
    """Return for whom a bank line may be, where its narration holds a number that one of the kinds of revenue knows."""
    for text in NUMBERS.findall(narration.upper()):
        for kind, payable in payables.kinds().items():
            try:
                reference = payable.whose(text=text, on=today).reference
            except ServiceError:
                continue
            return {"act": "identify", "kind": kind, "reference": reference}
    return None
