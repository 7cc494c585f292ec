"""Writing: breaks. What is found is opened once, and what is not found any more closes by itself.

What two people have closed is not opened again. What closed by itself and comes back is opened anew, as its second time.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import structlog
from django.db import connection, transaction

from kmc_portal.common.clock import day_of
from payments.reconciliation.break_kinds import BECAME_FINAL, KINDS
from payments.reconciliation.findings import COLUMNS, FINDINGS, values_at
from payments.reconciliation.holidays import bank_days
from payments.reconciliation.matching import LOCK
from payments.reconciliation.suggesting import suggest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from payments.models import GatewayAccount, ReconBreak
    from payments.reconciliation.bank_days import BankDays
    from payments.reconciliation.findings import Finding

log = structlog.get_logger()
TABLE = """
CREATE TEMPORARY TABLE found (
    kind text NOT NULL, subject text NOT NULL, payment_id bigint, settlement_line_id bigint, bank_line_id bigint,
    settlement_id bigint, refused_file_id bigint, amount_paise bigint NOT NULL, day date NOT NULL, facts jsonb NOT NULL
) ON COMMIT DROP
"""
OPEN = f"""
INSERT INTO payments_reconbreak ({", ".join(COLUMNS)}, account_id, times, opened_at, due_on, suggestion)
SELECT {", ".join(f"f.{name}" for name in COLUMNS)}, %(account)s,
       1 + (SELECT count(*) FROM payments_reconbreak b WHERE b.subject = f.subject AND b.kind = f.kind),
       %(now)s, due.due_on, '{{}}'
  FROM found f JOIN unnest(%(kinds)s::text[], %(due)s::date[]) AS due (kind, due_on) ON due.kind = f.kind
 WHERE NOT EXISTS (SELECT FROM payments_reconbreak b LEFT JOIN payments_breakclosing c ON c.recon_break_id = b.id
                    WHERE b.subject = f.subject AND b.kind = f.kind AND (c.id IS NULL OR c.how <> 'auto'))
RETURNING id, kind
"""
CLOSE = """
INSERT INTO payments_breakclosing (recon_break_id, how, note, maker, approver, closed_at)
SELECT b.id, 'auto', CASE WHEN b.kind = 'NOT_SETTLED' AND EXISTS (
           SELECT FROM found f WHERE f.subject = b.subject AND f.kind = 'OURS_ONLY') THEN %(final)s ELSE ended.note END,
       '', '', %(now)s
  FROM payments_reconbreak b JOIN unnest(%(kinds)s::text[], %(notes)s::text[]) AS ended (kind, note) ON ended.kind = b.kind
 WHERE b.account_id = %(account)s AND b.subject <> ''
   AND NOT EXISTS (SELECT FROM payments_breakclosing c WHERE c.recon_break_id = b.id)
   AND NOT EXISTS (SELECT FROM found f WHERE f.subject = b.subject AND f.kind = b.kind)
ON CONFLICT DO NOTHING
"""


def open_and_close(account: GatewayAccount, *, days: BankDays, now: datetime) -> tuple[int, int]:
    """Open the breaks of an account that are new and close those that are over. Returns how many of each.

    In the caller's transaction, under its lock.
    """
    values = {
        **values_at(account, days=days, now=now),
        "now": now,
        "kinds": list(KINDS),
        "due": [days.after(day_of(now), kind.due_after) for kind in KINDS.values()],
        "notes": [kind.ended for kind in KINDS.values()],
        "final": BECAME_FINAL,
    }
    with connection.cursor() as cursor:
        _find(cursor, FINDINGS, values)
        cursor.execute(CLOSE, values)
        closed = cursor.rowcount
        cursor.execute(OPEN, values)
        opened = cursor.fetchall()
    suggest(account, [pk for pk, _kind in opened], days=days, today=day_of(now))
    for kind, count in Counter(kind for _pk, kind in opened).items():
        log.warning("breaks_opened", kind=kind, count=count, account=account.code)
    return len(opened), closed


@transaction.atomic
def stands(recon_break: ReconBreak, *, now: datetime) -> bool:
    """Say whether what a break is about still differs. Of a break that posting has opened nothing is said: it does not."""
    account = recon_break.account
    if account is None:
        return False
    queries = [finding for finding in FINDINGS if recon_break.kind in finding.kinds]
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [account.pk])
        _find(cursor, queries, values_at(account, days=bank_days(), now=now))
        cursor.execute(
            "SELECT EXISTS (SELECT FROM found WHERE subject = %s AND kind = %s)",
            [recon_break.subject, recon_break.kind],
        )
        return bool(cursor.fetchone()[0])


def _find(cursor: Any, queries: Sequence[Finding], values: dict[str, Any]) -> None:
    """Put what is found into the temporary table `found`."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.found")
    cursor.execute(TABLE)
    for query in queries:
        cursor.execute(f"INSERT INTO found ({', '.join(COLUMNS)}) {query.sql}", values)
    cursor.execute("ANALYZE found")
