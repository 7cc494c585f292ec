"""The demand run beside one idempotent INSERT ... SELECT that makes the same bills, and beside its own second time."""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone

from bench import city
from bench.measure import Rounds
from kmc_portal.common.financial_year import FinancialYear
from property_tax.demand_run import run_demands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.measure import Ratio, Size

QUARTERS = [1, 2, 3, 4]

ONE_STATEMENT = """
INSERT INTO property_tax_demand (demand_number, assessee_id, kind, financial_year, quarter, issued_on,
       property_tax_paise, howrah_bridge_tax_paise, commercial_surcharge_paise)
SELECT 'PD-' || a.assessee_number || '-' || %(year)s || q.quarter, a.id, 'PD', %(year)s, q.quarter, %(issued_on)s,
       round(a.annual_value_paise * a.tax_rate_percent * 0.0025),
       round(a.annual_value_paise * a.howrah_bridge_tax_percent * 0.0025),
       round(a.commercial_annual_value_paise * a.tax_rate_percent * 0.00125)
  FROM property_tax_assessee a CROSS JOIN unnest(%(quarters)s) AS q (quarter)
 WHERE a.status = 'active'
ON CONFLICT DO NOTHING
"""
MADE = "SELECT count(*), sum(property_tax_paise + howrah_bridge_tax_paise) FROM property_tax_demand WHERE financial_year = %s"


def measure(size: Size) -> Iterator[Ratio]:
    year = FinancialYear.of(city.today() + timedelta(days=366))  # nobody has a bill of it yet
    ways = {"ours": lambda: ours(year), "one statement": lambda: one_statement(year)}
    figures: dict[str, list[float]] = {"ours": [], "again": [], "one statement": []}
    made = set()
    for number in range(max(2, size.rounds // 3)):
        for way in list(ways) if number % 2 else reversed(ways):
            figures[way].append(seconds(ways[way]))
            made.add(bills(year))
            if way == "ours":
                figures["again"].append(seconds(ways["ours"]))
            take_away(year)
    assert len(made) == 1, f"the two ways made different bills: {made}"
    rounds = Rounds(figures)
    name = f"demand run, {next(iter(made))[0]} bills"
    yield rounds.ratio(name, "s", ("ours", "one statement"), limit=1.3)
    yield rounds.ratio("demand run again, nothing to make", "s", ("again", "ours"), limit=0.35)


def ours(year: FinancialYear) -> None:
    run_demands(financial_year=year, quarters=QUARTERS, issued_on=year.first_day, maker="bench", now=timezone.now())


def one_statement(year: FinancialYear) -> None:
    values = {"year": year.start, "quarters": QUARTERS, "issued_on": year.first_day}
    with connection.cursor() as cursor:
        cursor.execute(ONE_STATEMENT, values)


def bills(year: FinancialYear) -> tuple[int, int]:
    """Return how many bills a year has, and their paise."""
    with connection.cursor() as cursor:
        cursor.execute(MADE, [year.start])
        return cursor.fetchone()


def take_away(year: FinancialYear) -> None:
    """Leave table and indexes as they were found."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM property_tax_demand WHERE financial_year = %s", [year.start])
        cursor.execute("VACUUM ANALYZE property_tax_demand")


def seconds(act: Callable[[], None]) -> float:
    started = perf_counter()
    act()
    return perf_counter() - started
