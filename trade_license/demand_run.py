"""Writing: the yearly run that raises the demand of every certificate in use, chunk by chunk, one statement and one commit each.

A year that is demanded or paid for is left alone, so that a run that was stopped is simply started again.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from trade_license.rulebook import VERSIONS
from trade_license.rules.fees import fee_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from kmc_portal.common.financial_year import FinancialYear

log = structlog.get_logger()
LICENSES_A_COMMIT = 20_000


class LastDateBeforeTheYear(ServiceError):
    code = "last_date_too_early"
    message = _("The last date without fine of {year} cannot lie before {first_day}. Please choose a later day.")
    field = "last_date"


LAST_OF_CHUNK = "SELECT max(id) FROM (SELECT id FROM trade_license_license WHERE id > %s ORDER BY id LIMIT %s) AS chunk"
WANTED = """
WITH taken AS MATERIALIZED (
    SELECT DISTINCT d.license_id FROM trade_license_licensedemand d
     WHERE d.license_id > %(after)s AND d.license_id <= %(up_to)s AND d.cancelled_on IS NULL
       AND int4range(d.financial_year, d.financial_year + d.years) @> %(year)s
), people AS MATERIALIZED (
    SELECT l.id, l.ce_number, l.trade_key, l.is_food, l.is_air_conditioned, l.area_sq_ft,
           CASE WHEN l.closed_on IS NOT NULL OR l.deleted_on IS NOT NULL THEN 'closed'
                WHEN l.is_for_life THEN 'for_life' WHEN l.issued_on IS NULL THEN 'allotted'
                WHEN t.license_id IS NOT NULL THEN 'standing' ELSE 'wanted' END AS what
      FROM trade_license_license l LEFT JOIN taken t ON t.license_id = l.id
     WHERE l.id > %(after)s AND l.id <= %(up_to)s
), fees AS (
    SELECT * FROM unnest(%(trades)s::text[], %(foods)s::bool[], %(cooled)s::bool[], %(lows)s::int[], %(highs)s::int[],
                         %(heads)s::text[]) AS f (trade_key, is_food, is_air_conditioned, low, high, heads)
), priced AS MATERIALIZED (
    SELECT p.id, p.ce_number, p.trade_key, f.heads::jsonb AS heads
      FROM people p LEFT JOIN fees f USING (trade_key, is_food, is_air_conditioned)
     WHERE p.what = 'wanted'
       AND (f.trade_key IS NULL OR (p.area_sq_ft IS NULL AND f.low IS NULL) OR p.area_sq_ft BETWEEN f.low AND f.high)
)"""
MADE = """, made AS (
    INSERT INTO trade_license_licensedemand (demand_number, license_id, financial_year, years, issued_on, last_date, heads,
           cancel_reason)
    SELECT 'D' || %(year)s || '-' || ce_number, id, %(year)s, 1, %(issued_on)s::date, %(last_date)s::date, heads, ''
      FROM priced WHERE heads IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING amount_paise
)"""
WOULD_BE_MADE = ", made AS (SELECT trade_license_sum(heads) AS amount_paise FROM priced WHERE heads IS NOT NULL)"
COUNTS = """
SELECT (SELECT jsonb_object_agg(what, n)::text FROM (SELECT what, count(*) AS n FROM people GROUP BY what) AS w),
       (SELECT jsonb_object_agg(trade_key, n)::text
          FROM (SELECT trade_key, count(*) AS n FROM priced WHERE heads IS NULL GROUP BY trade_key) AS w),
       count(*), coalesce(sum(amount_paise), 0)::bigint FROM made
"""
MAKE, PREVIEW = WANTED + MADE + COUNTS, WANTED + WOULD_BE_MADE + COUNTS


@dataclass(slots=True)
class RunReport:
    """What a run has done so far: certificates by what was found of them, and the demands that were made.

    `without_fee` counts, by nature of trade, the certificates that the schedule has no row for: they are left to a person.
    """

    licenses: int = 0
    found: Counter[str] = field(default_factory=Counter)
    without_fee: Counter[str] = field(default_factory=Counter)
    created: int = 0
    amount_paise: int = 0

    def add(self, found: str | None, without_fee: str | None, created: int, amount_paise: int) -> None:
        chunk = json.loads(found or "{}")
        self.licenses += sum(chunk.values())
        self.found.update(chunk)
        self.without_fee.update(json.loads(without_fee or "{}"))
        self.created += created
        self.amount_paise += amount_paise


def raise_demands(
    *,
    financial_year: FinancialYear,
    last_date: date | None = None,
    dry_run: bool = False,
    batch: int = LICENSES_A_COMMIT,
    watch: Callable[[RunReport], None] | None = None,
) -> RunReport:
    """Raise the demand of a year for every certificate in use, by the schedule in force on the year's first day.

    Nothing is raised for what is closed, held for life, allotted and not yet paid, or demanded or paid for that year already.
    `last_date` is the notified last day without fine; without it the rules say. With `dry_run` nothing is written.

    :raises LastDateBeforeTheYear: the last date lies before the year
    """
    if last_date and last_date < financial_year.first_day:
        raise LastDateBeforeTheYear(year=str(financial_year), first_day=financial_year.first_day.isoformat())
    values, report, after = _values(financial_year, last_date), RunReport(), 0
    while up_to := _last_of_chunk(after, batch):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(PREVIEW if dry_run else MAKE, {**values, "after": after, "up_to": up_to})
            report.add(*cursor.fetchone())
        after = up_to
        if watch:
            watch(report)
    log.info("license_demands_raised", year=str(financial_year), created=report.created, dry_run=dry_run)
    return report


def _last_of_chunk(after: int, batch: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(LAST_OF_CHUNK, [after, batch])
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


def _values(year: FinancialYear, last_date: date | None) -> dict[str, Any]:
    table = fee_table(year, VERSIONS.current())
    return {
        "year": year.start,
        "issued_on": year.first_day,
        "last_date": last_date,
        "trades": [row.trade for row in table],
        "foods": [row.is_food for row in table],
        "cooled": [row.is_air_conditioned for row in table],
        "lows": [row.from_area for row in table],
        "highs": [row.to_area for row in table],
        "heads": [json.dumps(dict(row.heads)) for row in table],
    }
