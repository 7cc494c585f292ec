"""Writing: pay-outs into the books. What their rows say and is not booked yet is booked; so it can be called at any moment.

When a gateway says that it has paid out, its receivable becomes money on its way to the bank, charges and GST. When the bank has
credited it, money on its way becomes money in the bank. A row is booked at what was taken off it and what is left: what its gross
amount is more than that stays owed by the gateway. A row that changes later is booked with the difference alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from kmc_portal.common.clock import day_of
from payments.ledger import CHARGES, CHARGES_GST, GATEWAY_RECEIVABLE, IN_BANK, PAID_OUT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from payments.models import GatewayAccount

# Asked for once and not joined: the planner would take a join for one that leaves few rows.
MERCHANT = "(SELECT merchant_id FROM payments_gatewayaccount WHERE id = %(account)s)"
# Rows of an account that count and are about its own merchant. Those of another merchant are no money of the account.
ROWS = f"""
SELECT l.* FROM payments_settlementline l WHERE l.account_id = %(account)s AND l.merchant_id = {MERCHANT}
   AND NOT EXISTS (SELECT FROM payments_settlementchange c WHERE c.line_id = l.id)
"""
# What a row adds to its pay-out, or takes out of it.
NET = "CASE WHEN l.kind = 'settled' THEN l.net_paise ELSE -l.net_paise END"
# Pay-outs of some days of an account, or of all days where none are named.
THESE = "{of}.account_id = %(account)s AND (%(days)s::date[] IS NULL OR {of}.settled_on = ANY(%(days)s::date[]))"
THESE_ROWS, THESE_PAY_OUTS = THESE.format(of="l"), THESE.format(of="s")
NAME = f"""
INSERT INTO payments_settlement (account_id, settled_on, utr)
SELECT DISTINCT s.account_id, s.settled_on, s.utr FROM payments_settlementline s WHERE {THESE_PAY_OUTS}
ON CONFLICT ON CONSTRAINT settlement_once DO NOTHING
"""
# What a refund or a chargeback cost is in its net amount already. Summed before it is joined: a million rows are few pay-outs.
COME_TO = f"""
SELECT s.id, r.net, r.charges, r.gst FROM payments_settlement s JOIN (
       SELECT l.settled_on, l.utr, sum({NET})::bigint AS net,
              coalesce(sum(l.charge_paise) FILTER (WHERE l.kind = 'settled'), 0)::bigint AS charges,
              coalesce(sum(l.gst_paise) FILTER (WHERE l.kind = 'settled'), 0)::bigint AS gst
         FROM ({ROWS}) l WHERE {THESE_ROWS} GROUP BY l.settled_on, l.utr) r
    ON r.settled_on = s.settled_on AND r.utr = s.utr
 WHERE {THESE_PAY_OUTS}
"""
BOOKED = f"""
SELECT s.id, count(DISTINCT j.id) AS journals,
       coalesce(sum(g.debit_paise - g.credit_paise) FILTER (WHERE g.account = %(on_its_way)s), 0)::bigint AS net,
       coalesce(sum(g.debit_paise - g.credit_paise) FILTER (WHERE g.account = %(charges)s), 0)::bigint AS charges,
       coalesce(sum(g.debit_paise - g.credit_paise) FILTER (WHERE g.account = %(gst)s), 0)::bigint AS gst
  FROM payments_settlement s JOIN payments_journal j ON j.settlement_id = s.id AND j.purpose LIKE 'settled %%'
  JOIN payments_journalline g ON g.journal_id = j.id
 WHERE {THESE_PAY_OUTS} GROUP BY s.id
"""
BOOK = f"""
WITH due AS (
    SELECT s.id, s.settled_on, coalesce(b.journals, 0) AS journals, coalesce(r.net, 0) - coalesce(b.net, 0) AS net,
           coalesce(r.charges, 0) - coalesce(b.charges, 0) AS charges, coalesce(r.gst, 0) - coalesce(b.gst, 0) AS gst
      FROM payments_settlement s LEFT JOIN ({COME_TO}) r ON r.id = s.id LEFT JOIN ({BOOKED}) b ON b.id = s.id WHERE {THESE_PAY_OUTS}
), leg AS (
    SELECT due.id, one.account, one.paise FROM due CROSS JOIN LATERAL (VALUES
           (%(on_its_way)s, net), (%(charges)s, charges), (%(gst)s, gst), (%(owed)s, -net - charges - gst)) one (account, paise)
     WHERE one.paise <> 0
), journal AS (
    INSERT INTO payments_journal (purpose, settlement_id, legs, business_date, posted_at)
    SELECT 'settled ' || journals + 1, id, (SELECT count(*) FROM leg WHERE leg.id = due.id),
           CASE journals WHEN 0 THEN settled_on ELSE %(today)s END, %(now)s
      FROM due WHERE EXISTS (SELECT FROM leg WHERE leg.id = due.id) RETURNING id, settlement_id
), line AS (
    INSERT INTO payments_journalline (journal_id, account, debit_paise, credit_paise)
    SELECT journal.id, leg.account, greatest(leg.paise, 0), greatest(-leg.paise, 0)
      FROM journal JOIN leg ON leg.id = journal.settlement_id
)
SELECT count(*) FROM journal
"""
BOOK_CREDITS = """
WITH fresh AS (
    SELECT c.id, c.settlement_id, c.amount_paise AS paise, b.value_on, 'credited ' || c.id AS purpose
      FROM payments_settlementcredit c JOIN payments_bankline b ON b.id = c.line_id
      JOIN payments_settlement s ON s.id = c.settlement_id AND s.account_id = %(account)s
     WHERE NOT EXISTS (SELECT FROM payments_journal j
                        WHERE j.settlement_id = c.settlement_id AND j.purpose = 'credited ' || c.id)
), journal AS (
    INSERT INTO payments_journal (purpose, settlement_id, legs, business_date, posted_at)
    SELECT purpose, settlement_id, 2, value_on, %(now)s FROM fresh RETURNING id, settlement_id, purpose
), line AS (
    INSERT INTO payments_journalline (journal_id, account, debit_paise, credit_paise)
    SELECT journal.id, one.account, greatest(one.paise, 0), greatest(-one.paise, 0)
      FROM journal JOIN fresh USING (settlement_id, purpose)
     CROSS JOIN LATERAL (VALUES (%(in_bank)s, fresh.paise), (%(on_its_way)s, -fresh.paise)) one (account, paise)
)
SELECT count(*) FROM journal
"""


def book_settlements(account: GatewayAccount, *, now: datetime, days: Sequence[date] | None = None) -> int:
    """Book what the rows of an account's pay-outs say and is not in the books, and return how many journals that took.

    `days` are the days on which they were settled, all of them when left out. In the caller's transaction, under its lock.
    """
    values = {**_values(account, now), "days": None if days is None else list(days)}
    with connection.cursor() as cursor:
        cursor.execute(NAME, values)
        cursor.execute(BOOK, values)
        return int(cursor.fetchone()[0])


def book_credits(account: GatewayAccount, *, now: datetime) -> int:
    """Book the bank credits that were matched with pay-outs and are not in the books, and return how many. As above."""
    with connection.cursor() as cursor:
        cursor.execute(BOOK_CREDITS, _values(account, now))
        return int(cursor.fetchone()[0])


def _values(account: GatewayAccount, now: datetime) -> dict[str, Any]:
    return {
        "account": account.pk,
        "on_its_way": f"{PAID_OUT}:{account.code}",
        "in_bank": f"{IN_BANK}:{account.code}",
        "charges": f"{CHARGES}:{account.code}",
        "gst": f"{CHARGES_GST}:{account.code}",
        "owed": f"{GATEWAY_RECEIVABLE}:{account.code}",
        "today": day_of(now),
        "now": now,
    }
