"""Writing: the yearly run that makes the PD of every assessee, chunk by chunk, one statement and one commit each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.financial_year import QUARTERS, FinancialYear
from property_tax import rulebook
from property_tax.models import DemandRun
from property_tax.rules import billing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import date, datetime

log = structlog.get_logger()
ASSESSEES_A_COMMIT = 10_000


class QuarterUnknown(ServiceError):
    code = "quarter_unknown"
    message = _("A financial year has the quarters 1 to 4. Please name at least one of them and no other.")
    field = "quarters"


class IssuedBeforeTheYear(ServiceError):
    code = "bills_issued_too_early"
    message = _(
        "The bills of {year} cannot be issued before {first_day}: they would count as arrears from that day. "
        "Please choose a later day."
    )
    field = "issued_on"


class PresentedBeforeIssue(ServiceError):
    code = "presented_before_it_is_issued"
    message = _("Bills issued on {issued_on} cannot have been presented earlier. Please correct one of the two days.")
    field = "presented_on"


class DemandRunUnfinished(ServiceError):
    code = "demand_run_unfinished"
    message = _(
        "A run for {year} has not been finished: quarters {quarters}, issued on {issued_on}, presented on {presented_on}. "
        "Please finish it first, with exactly these."
    )
    field = "year"
    http_status = 409


# Whoever makes bills holds this lock until the commit: a valuation must not change between being read and being billed,
# and two runs take turns.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('property_tax.billing'))"

LAST_OF_CHUNK = """
SELECT max(id) FROM (SELECT id FROM property_tax_assessee WHERE id > %(after)s ORDER BY id LIMIT %(batch)s) AS chunk
"""

# What rounds to no rupee is no bill. A quarter with any bill is left alone, whoever issued it: paid, disputed, or an F/S
# that stands in its place. So is a quarter before a hearing's decision takes effect: the valuation it was owed on is not
# the one in the register.
WANTED = """
WITH exact AS (
    SELECT a.id, a.assessee_number, a.status, a.ward_id,
           a.annual_value_paise * a.tax_rate_percent * 0.0025 AS tax,
           a.annual_value_paise * a.howrah_bridge_tax_percent * 0.0025 AS bridge_tax,
           a.commercial_annual_value_paise * a.tax_rate_percent * %(surcharge)s * 0.000025 AS surcharge
      FROM property_tax_assessee a
     WHERE a.id > %(after)s AND a.id <= %(up_to)s
), people AS MATERIALIZED (
    SELECT id, assessee_number, status, ward_id, floor(bridge_tax)::bigint AS bridge_tax, floor(surcharge)::bigint AS surcharge,
           floor(tax + bridge_tax + surcharge)::bigint - floor(bridge_tax)::bigint - floor(surcharge)::bigint AS tax
      FROM exact
), billed AS MATERIALIZED (
    SELECT d.assessee_id, d.quarter
      FROM property_tax_demand d
     WHERE d.assessee_id > %(after)s AND d.assessee_id <= %(up_to)s AND d.financial_year = %(year)s
), wanted AS (
    SELECT 'PD-' || p.assessee_number || '-' || %(year)s || q.quarter AS demand_number, p.id, q.quarter,
           p.tax, p.bridge_tax, p.surcharge, p.ward_id
      FROM people p CROSS JOIN unnest(%(quarters)s::int[]) AS q (quarter)
     WHERE p.status = 'active' AND p.tax + p.bridge_tax + p.surcharge >= 50
       AND NOT EXISTS (SELECT 1 FROM billed b WHERE b.assessee_id = p.id AND b.quarter = q.quarter)
       AND NOT EXISTS (SELECT 1 FROM property_tax_hearingdecision h
                        WHERE h.assessee_id = p.id AND h.carried_on IS NOT NULL
                          AND (h.financial_year, h.quarter) > (%(year)s, q.quarter))
)"""
MADE = """, made AS (
    INSERT INTO property_tax_demand (demand_number, assessee_id, kind, financial_year, quarter, issued_on, presented_on,
           rebate_date, property_tax_paise, howrah_bridge_tax_paise, commercial_surcharge_paise)
    SELECT demand_number, id, 'PD', %(year)s, quarter, %(issued_on)s::date, %(presented_on)s::date,
           coalesce((SELECT day FROM unnest(%(wards)s::int[], %(days)s::date[]) AS own (ward, day) WHERE own.ward = ward_id),
                    %(rebate_date)s::date), tax, bridge_tax, surcharge
      FROM wanted
    ON CONFLICT DO NOTHING
    RETURNING property_tax_paise + howrah_bridge_tax_paise + commercial_surcharge_paise AS amount
)"""
WOULD_BE_MADE = ", made AS (SELECT tax + bridge_tax + surcharge AS amount FROM wanted)"
COUNTS = """
SELECT p.assessees, p.closed, p.untaxed, m.created, m.amount
  FROM (SELECT count(*) AS assessees, count(*) FILTER (WHERE status <> 'active') AS closed,
               count(*) FILTER (WHERE status = 'active' AND tax + bridge_tax + surcharge < 50) AS untaxed
          FROM people) AS p,
       (SELECT count(*) AS created, coalesce(sum(amount), 0)::bigint AS amount FROM made) AS m
"""
MAKE, PREVIEW = WANTED + MADE + COUNTS, WANTED + WOULD_BE_MADE + COUNTS


def run_demands(
    *,
    financial_year: FinancialYear,
    quarters: Collection[int],
    issued_on: date,
    presented_on: date | None = None,
    maker: str,
    now: datetime,
    batch: int = ASSESSEES_A_COMMIT,
    watch: Callable[[DemandRun], None] | None = None,
) -> DemandRun:
    """Make the PD of every active assessee for some quarters of a year, and return the run, finished.

    A bill that stands is never touched. A run that was stopped goes on where it stood, when called with the same quarters and
    days; two at once share the work. `watch` is called after every commit.

    :raises QuarterUnknown, IssuedBeforeTheYear, PresentedBeforeIssue: what was asked for cannot be
    :raises DemandRunUnfinished: another run for this year was stopped half-way
    """
    run = _described(financial_year, quarters, issued_on, presented_on, maker, now)
    run = _open(run)
    while not run.is_finished:
        run = _make_next(run.pk, batch)
        if watch:
            watch(run)
    return run


def preview_demands(
    *,
    financial_year: FinancialYear,
    quarters: Collection[int],
    issued_on: date,
    presented_on: date | None = None,
    maker: str,
    now: datetime,
    batch: int = ASSESSEES_A_COMMIT,
    watch: Callable[[DemandRun], None] | None = None,
) -> DemandRun:
    """Return the run as `run_demands` would, all from the beginning, and write nothing. Raises the same refusals."""
    run = _described(financial_year, quarters, issued_on, presented_on, maker, now)
    while not run.is_finished:
        _advance(run, batch, PREVIEW)
        if watch:
            watch(run)
    return run


def take_billing_lock() -> None:
    """Wait for whoever is making bills; the lock is held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def _described(
    financial_year: FinancialYear,
    quarters: Collection[int],
    issued_on: date,
    presented_on: date | None,
    maker: str,
    now: datetime,
) -> DemandRun:
    """Return the run that was asked for, not yet stored."""
    if not quarters or not set(quarters) <= set(QUARTERS):
        raise QuarterUnknown
    if issued_on < financial_year.first_day:
        raise IssuedBeforeTheYear(year=str(financial_year), first_day=financial_year.first_day.isoformat())
    if presented_on and presented_on < issued_on:
        raise PresentedBeforeIssue(issued_on=issued_on.isoformat())
    return DemandRun(
        financial_year=financial_year.start,
        quarters=sorted(set(quarters)),
        issued_on=issued_on,
        presented_on=presented_on,
        commercial_surcharge_percent=billing.surcharge_percent(financial_year, rulebook.current()),
        maker=maker,
        started_at=now,
    )


@transaction.atomic
def _open(asked: DemandRun) -> DemandRun:
    """Return the unfinished run of the year, when it is the one asked for, or the new one."""
    take_billing_lock()
    stopped = DemandRun.objects.filter(financial_year=asked.financial_year, is_finished=False).first()
    if stopped is None:
        asked.save(force_insert=True)
        return asked
    if _terms(stopped) != _terms(asked):
        raise DemandRunUnfinished(
            year=str(FinancialYear(stopped.financial_year)),
            quarters=", ".join(str(quarter) for quarter in stopped.quarters),
            issued_on=stopped.issued_on.isoformat(),
            presented_on=stopped.presented_on.isoformat() if stopped.presented_on else "-",
        )
    log.info("demand_run_resumed", run=stopped.pk, assessees=stopped.assessees)
    return stopped


def _terms(run: DemandRun) -> tuple[object, ...]:
    return run.quarters, run.issued_on, run.presented_on


@transaction.atomic
def _make_next(pk: int, batch: int) -> DemandRun:
    """Make the bills of the next chunk and note it in the same commit, so that no chunk is lost or counted twice."""
    take_billing_lock()
    run = DemandRun.objects.get(pk=pk)
    if not run.is_finished:  # another process may have finished it while this one waited
        _advance(run, batch, MAKE)
        run.save()
    return run


def _advance(run: DemandRun, batch: int, statement: str) -> None:
    """Take a run one chunk further; without another assessee it is finished."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_OF_CHUNK, {"after": run.done_up_to, "batch": batch})
        (up_to,) = cursor.fetchone()
        if up_to is None:
            run.is_finished = True
            return
        cursor.execute(statement, {**_values(run), "after": run.done_up_to, "up_to": up_to})
        assessees, closed, untaxed, created, amount_paise = cursor.fetchone()
    run.done_up_to = up_to
    run.assessees += assessees
    run.closed += closed
    run.untaxed += untaxed
    run.created += created
    run.amount_paise += amount_paise


def _values(run: DemandRun) -> dict[str, Any]:
    presented_on = run.presented_on
    dates = billing.rebate_dates(presented_on, rulebook.current()) if presented_on else billing.RebateDates(None, {})
    return {
        "year": run.financial_year,
        "quarters": run.quarters,
        "issued_on": run.issued_on,
        "presented_on": presented_on,
        "rebate_date": dates.others,
        "wards": list(dates.by_ward),
        "days": list(dates.by_ward.values()),
        "surcharge": run.commercial_surcharge_percent,
    }
