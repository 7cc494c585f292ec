"""Writing: the queue of holders who are to be told that a last date without fine is near, each once for each date."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction

from kmc_portal.common.clock import day_of
from trade_license.rulebook import VERSIONS
from trade_license.rules.facts import DemandFacts
from trade_license.rules.fines import last_date

if TYPE_CHECKING:
    from datetime import datetime

DAYS_BEFORE = 30
UNPAID = """
  FROM trade_license_licensedemand d JOIN trade_license_license l ON l.id = d.license_id
 WHERE d.paid_on IS NULL AND d.cancelled_on IS NULL AND d.issued_on <= %(today)s AND l.wants_reminders AND l.mobile <> ''
   AND l.closed_on IS NULL AND l.deleted_on IS NULL
"""
# Demands of one year with the same date of their own have the same last date: the rules are asked once for each.
ALIKE = f"SELECT DISTINCT d.financial_year, d.last_date {UNPAID}"
QUEUE = f"""
INSERT INTO trade_license_reminder (demand_id, last_date, queued_at)
SELECT d.id, %(last)s, %(now)s {UNPAID} AND d.financial_year = %(year)s AND d.last_date IS NOT DISTINCT FROM %(own)s
ON CONFLICT ON CONSTRAINT reminder_once_per_last_date DO NOTHING
"""


@transaction.atomic
def queue_reminders(*, now: datetime) -> int:
    """Queue a reminder for each unpaid demand whose last date is at most thirty days off; return how many are new.

    Only holders who asked for reminders are told, of each date once; a date that an order has moved is told anew.
    """
    today, book, queued = day_of(now), VERSIONS.current(), 0
    with connection.cursor() as cursor:
        cursor.execute(ALIKE, {"today": today})
        for year, own in cursor.fetchall():
            last = last_date(DemandFacts("", year, 1, today, own, None, ()), today, book)
            if last and today <= last <= today + timedelta(days=DAYS_BEFORE):
                cursor.execute(QUEUE, {"today": today, "last": last, "now": now, "year": year, "own": own})
                queued += cursor.rowcount
    return queued
