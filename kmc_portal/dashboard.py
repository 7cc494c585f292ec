"""Reading: what came in today beside yesterday and the same day last year, read from the journal; what is expected; open breaks.

Money counts on the day of the books (`business_date`). *Received* is what first journals put on the accounts of gateways and
counters (1200), *back* is what all later ones took from them and from the treasury's (1100): reversals, refunds, chargebacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from payments.ledger import GATEWAY_RECEIVABLE, RECEIVED, TREASURY
from payments.models import ReconBreak
from payments.reconciliation import breaks

DIMENSIONS = ("kind", "borough", "ward", "source", "method")
# Each dimension by itself, and the whole day. A payment for whom no ward is known has none.
COLLECTED = """
WITH moved AS (
    SELECT j.business_date AS day, j.payment_id, j.purpose = %(received)s AS is_first,
           sum(l.debit_paise - l.credit_paise)::bigint AS paise
      FROM payments_journal j JOIN payments_journalline l ON l.journal_id = j.id
     WHERE j.business_date = ANY(%(days)s) AND (l.account LIKE %(receivable)s OR l.account = %(treasury)s)
     GROUP BY j.id
), told AS (
    SELECT m.day, m.is_first, m.paise, o.kind, o.source, coalesce(h.instrument, nullif(t.method, ''), '') AS method,
           coalesce(s.ward_id, c.ward) AS ward, w.borough
      FROM moved m
      JOIN payments_payment p ON p.id = m.payment_id
      JOIN payments_paymentorder o ON o.id = p.order_id
      JOIN payments_gatewaytransaction t ON t.id = p.transaction_id
      LEFT JOIN payments_handedover h ON h.attempt_id = t.attempt_id
      LEFT JOIN property_tax_assessee s ON o.kind = 'property_tax' AND s.assessee_number = o.reference
      LEFT JOIN trade_license_license c ON o.kind = 'trade_license' AND c.search_key = trade_license_key(o.reference)
      LEFT JOIN property_tax_ward w ON w.number = coalesce(s.ward_id, c.ward)
)
SELECT day, GROUPING(kind, borough, ward, source, method), coalesce(kind, borough::text, ward::text, source, method),
       coalesce(sum(paise) FILTER (WHERE is_first), 0)::bigint, coalesce(-sum(paise) FILTER (WHERE NOT is_first), 0)::bigint,
       count(*) FILTER (WHERE is_first)
  FROM told GROUP BY GROUPING SETS ((day), (day, kind), (day, borough), (day, ward), (day, source), (day, method))
"""
WHOLE_DAY = 0b11111
DIMENSION_OF = {WHOLE_DAY - (1 << 4 - place): name for place, name in enumerate(DIMENSIONS)}

# Some twenty thousand bills are looked at, page by page of the table, and stand for all: a forecast is no account, and a page
# that every supervisor opens in the morning must not read millions. A small register is read whole.
SAMPLED = 20_000
ROWS = "SELECT greatest(reltuples, 1) FROM pg_class WHERE oid = 'property_tax_demand'::regclass"
EXPECTED = """
SELECT rebate_date, count(*), sum(property_tax_paise + howrah_bridge_tax_paise + commercial_surcharge_paise - credited_paise)
  FROM property_tax_demand TABLESAMPLE SYSTEM (%(percent)s) REPEATABLE (1)
 WHERE paid_on IS NULL AND rebate_date BETWEEN %(since)s AND %(until)s GROUP BY rebate_date ORDER BY rebate_date
"""
PAID_IN_TIME = """
SELECT count(*), count(*) FILTER (WHERE paid_on <= rebate_date)
  FROM property_tax_demand TABLESAMPLE SYSTEM (%(percent)s) REPEATABLE (1)
 WHERE rebate_date BETWEEN %(since)s AND %(until)s
"""
AHEAD = timedelta(days=60)


class Sums(NamedTuple):
    """Paise received and taken or given back, and how many payments were received."""

    received: int = 0
    back: int = 0
    payments: int = 0


@dataclass(frozen=True, slots=True)
class Collected:
    """What came in on some days: of each whole day, and by dimension, the word in it, and day."""

    days: tuple[date, ...]
    whole: dict[date, Sums]
    parts: dict[str, dict[str, dict[date, Sums]]]


class Expected(NamedTuple):
    """A last day of the rebate: about how many bills wait for it, their paise before it, and what of them is likely to come."""

    rebate_date: date
    bills: int
    paise: int
    likely_paise: int


class OpenBreaks(NamedTuple):
    """How many breaks of an age are open, and the paise at stake."""

    age: str
    breaks: int
    paise: int


def compared(today: date) -> tuple[date, ...]:
    """Return a day, the one before, and the same one a year ago; of 29 February that is the 28th."""
    is_leap_day = (today.month, today.day) == (2, 29)
    return today, today - timedelta(days=1), today.replace(year=today.year - 1, day=28 if is_leap_day else today.day)


def collected(days: tuple[date, ...]) -> Collected:
    """Return what the journal says came in on some days. One query."""
    values: dict[str, Any] = {
        "days": list(days),
        "received": RECEIVED,
        "receivable": f"{GATEWAY_RECEIVABLE}:%",
        "treasury": TREASURY,
    }
    found = Collected(days, {}, {name: {} for name in DIMENSIONS})
    with connection.cursor() as cursor:
        cursor.execute(COLLECTED, values)
        for day, mask, word, *sums in cursor.fetchall():
            if mask == WHOLE_DAY:
                found.whole[day] = Sums(*sums)
            else:
                found.parts[DIMENSION_OF[mask]].setdefault(word or "", {})[day] = Sums(*sums)
    return found


def expected(today: date) -> list[Expected]:
    """Return, by the last day of the rebate, about what unpaid bills would bring until sixty days from now. Three queries.

    What is likely to come is the share of bills that was paid in time a year ago; with no bills of then, nothing is guessed.
    """
    year_ago = compared(today)[-1]
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
        percent = min(100.0, 100.0 * SAMPLED / cursor.fetchone()[0])
        cursor.execute(PAID_IN_TIME, {"percent": percent, "since": year_ago, "until": year_ago + AHEAD})
        bills, in_time = cursor.fetchone()
        cursor.execute(EXPECTED, {"percent": percent, "since": today, "until": today + AHEAD})
        rows = cursor.fetchall()
    return [_scaled(row, percent, in_time / bills if bills else 0) for row in rows]


def _scaled(row: tuple[Any, ...], percent: float, share: float) -> Expected:
    on, bills, paise = row
    whole = int(int(paise) * 100 / percent)
    return Expected(on, int(bills * 100 / percent), whole, int(whole * share))


def open_breaks(now: datetime) -> list[OpenBreaks]:
    """Return the open breaks by how long they have been open, the youngest first. One query; they are few."""
    rows = (
        ReconBreak.objects.filter(closing__isnull=True).order_by("-opened_at").values_list("opened_at", "amount_paise")
    )
    ages: dict[str, list[int]] = {}
    for opened_at, paise in rows:
        ages.setdefault(breaks.age(opened_at, now=now), []).append(paise)
    return [OpenBreaks(age, len(paises), sum(paises)) for age, paises in ages.items()]
