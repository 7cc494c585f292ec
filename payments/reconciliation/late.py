"""Asking gateways about what their settlements contradict: a success that we lack is posted late, by the one poster.

What is to be asked about is written down first, as a question that is due: should this process die, the poller puts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from payments import polling
from payments.counter.counters import GATEWAY as COUNTER
from payments.models import PaymentAttempt
from payments.reconciliation.findings import JUDGED, STILL_OURS, UNMATCHED, values_at

if TYPE_CHECKING:
    from datetime import datetime

    from payments.models import GatewayAccount
    from payments.reconciliation.bank_days import BankDays

MOST = 200
ASK = f"""
WITH {UNMATCHED}, wanted AS (
    SELECT a.id, a.next_poll_at AS planned FROM payments_paymentattempt a
     WHERE (a.asked_at IS NULL OR a.asked_at <= %(rested)s) AND a.id IN (
           SELECT o.id FROM ({JUDGED}) f JOIN payments_paymentattempt o ON o.order_ref = f.order_ref AND o.account_id = f.account_id
            WHERE f.verdict IN ('GATEWAY_ONLY', 'STATUS_DIFF')
           UNION SELECT f.attempt FROM ({STILL_OURS}) f)
     ORDER BY a.asked_at NULLS FIRST, a.id LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
UPDATE payments_paymentattempt attempt SET next_poll_at = %(now)s, asked_at = %(now)s
  FROM wanted WHERE attempt.id = wanted.id RETURNING attempt.id, wanted.planned
"""


def ask_about_contradicted(account: GatewayAccount, *, days: BankDays, now: datetime) -> int:
    """Ask an account's gateway about attempts that its reports contradict, at most 200. Returns how many were asked about.

    Behind a counter there is nobody to ask. Over the wire: not to be called in a transaction. A gateway that does not answer
    ends it; the poller asks the rest.
    """
    if account.gateway == COUNTER:
        return 0
    rested = now - polling.BETWEEN_CHECKS
    values = {**values_at(account, days=days, now=now), "now": now, "rested": rested, "most": MOST}
    with connection.cursor() as cursor:
        cursor.execute(ASK, values)
        planned = dict(cursor.fetchall())
    asked = 0
    for attempt in PaymentAttempt.objects.select_related("account").filter(pk__in=planned).order_by("pk"):
        if not polling.asked(attempt, now):
            break
        PaymentAttempt.objects.filter(pk=attempt.pk, next_poll_at=now).update(next_poll_at=planned[attempt.pk])
        asked += 1
    return asked
