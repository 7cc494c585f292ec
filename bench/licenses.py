"""Trade licences: the yearly run beside one statement that raises the same demands and beside its second time; look-ups."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

import psycopg2
from django.db import connection
from django.utils import timezone

from bench import city
from bench.measure import Count, Rounds, interleaved, median_milliseconds, queries
from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE
from chatbot.services import receive
from kmc_portal.city_licenses import make_licenses
from kmc_portal.common.financial_year import FinancialYear
from trade_license import views
from trade_license.demand_run import raise_demands
from trade_license.queries import license_dues
from trade_license.rules.book import BOOK
from trade_license.rules.fees import fee_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from bench.measure import Ratio, Size

LICENSES_FOR_AN_ASSESSEE = 10
# The certificates of the city with the fees that the schedule has for them, as one INSERT ... SELECT would write them.
ONE_STATEMENT = """
INSERT INTO trade_license_licensedemand (demand_number, license_id, financial_year, years, issued_on, heads, cancel_reason)
SELECT 'D' || %(year)s || '-' || l.ce_number, l.id, %(year)s, 1, %(issued_on)s, f.heads::jsonb, ''
  FROM trade_license_license l
  JOIN unnest(%(trades)s::text[], %(foods)s::bool[], %(cooled)s::bool[], %(lows)s::int[], %(highs)s::int[], %(heads)s::text[])
       AS f (trade_key, is_food, is_air_conditioned, low, high, heads) USING (trade_key, is_food, is_air_conditioned)
 WHERE l.area_sq_ft BETWEEN f.low AND f.high AND l.closed_on IS NULL AND l.deleted_on IS NULL AND NOT l.is_for_life
   AND l.issued_on IS NOT NULL
ON CONFLICT DO NOTHING
"""
MADE = "SELECT count(*), sum(amount_paise) FROM trade_license_licensedemand WHERE financial_year = %s"
ONE_SQL = """
SELECT l.ce_number, l.trade_name, l.holder_name, l.address, l.ward,
       coalesce(sum(d.amount_paise + CASE WHEN coalesce(d.last_date, make_date(d.financial_year, 7, 30)) < %(on)s
                                          THEN round((d.heads ->> 's199')::bigint / 10, -2) ELSE 0 END), 0)
  FROM trade_license_license l
  LEFT JOIN trade_license_licensedemand d ON d.license_id = l.id AND d.paid_on IS NULL AND d.cancelled_on IS NULL
 WHERE l.search_key = %(key)s GROUP BY l.id
"""


def measure(size: Size) -> Iterator[Ratio | Count]:
    make_licenses(licenses=size.assessees * LICENSES_FOR_AN_ASSESSEE, seed=1, today=city.today())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE trade_license_license")
        cursor.execute("VACUUM ANALYZE trade_license_licensedemand")
    yield from runs(size)
    yield from look_ups(size)


def runs(size: Size) -> Iterator[Ratio]:
    year = FinancialYear.of(city.today() + timedelta(days=366))  # nobody has a demand of it yet
    ways = {"ours": lambda: ours(year), "one statement": lambda: one_statement(year)}
    figures: dict[str, list[float]] = {"ours": [], "again": [], "one statement": []}
    made = set()
    for number in range(max(2, size.rounds // 5)):
        for way in list(ways) if number % 2 else reversed(ways):
            figures[way].append(seconds(ways[way]))
            made.add(demands(year))
            if way == "ours":
                figures["again"].append(seconds(ways["ours"]))
            take_away(year)
    assert len(made) == 1, f"the two ways raised different demands: {made}"
    rounds = Rounds(figures)
    yield rounds.ratio(f"licence run, {next(iter(made))[0]} demands", "s", ("ours", "one statement"), limit=1.3)
    yield rounds.ratio("licence run again, nothing to raise", "s", ("again", "ours"), limit=0.35)


def look_ups(size: Size) -> Iterator[Ratio | Count]:
    keys, on = some_keys(200), city.today()
    with psycopg2.connect(**city.connection_parameters()) as reference:
        reference.autocommit = True
        cursor = reference.cursor()
        for key in keys:
            assert total(key, on) == one_sql(cursor, key, on), key
        ways = {
            "ours": lambda: median_milliseconds([partial(total, key, on) for key in keys]),
            "one SQL": lambda: median_milliseconds([partial(one_sql, cursor, key, on) for key in keys]),
        }
        yield interleaved(ways, size.rounds).ratio("dues of one licence", "ms", ("ours", "one SQL"), limit=2)
    yield Count("dues of one licence: queries", queries(lambda: total(keys[0], on)), limit=2)
    yield Count(
        "renewal page: queries",
        queries(lambda: views._dues_page(license_dues(ce_number=keys[0], on=on))),
        limit=2,
    )
    yield Count("licence in the chat: statements of a turn", statements_of_a_turn(keys[0]), limit=5)


def statements_of_a_turn(key: str) -> int:
    """Return how many statements the turn sends that answers a certificate number with everything due."""
    texts, now = ["3", "licence", key], timezone.now()
    taken = [
        queries(
            lambda text=text, place=place: receive(
                Inbound(f"bench-{place}", "console:bench", text), channel=CONSOLE, now=now
            )
        )
        for place, text in enumerate(texts)
    ]
    return taken[-1]


def ours(year: FinancialYear) -> None:
    raise_demands(financial_year=year)


def one_statement(year: FinancialYear) -> None:
    table = [row for row in fee_table(year, BOOK) if row.from_area is not None]
    columns = {
        "trades": [row.trade for row in table],
        "foods": [row.is_food for row in table],
        "cooled": [row.is_air_conditioned for row in table],
        "lows": [row.from_area for row in table],
        "highs": [row.to_area for row in table],
        "heads": [json.dumps(dict(row.heads)) for row in table],
    }
    with connection.cursor() as cursor:
        cursor.execute(ONE_STATEMENT, {"year": year.start, "issued_on": year.first_day, **columns})


def demands(year: FinancialYear) -> tuple[int, int]:
    """Return how many demands a year has, and their paise."""
    with connection.cursor() as cursor:
        cursor.execute(MADE, [year.start])
        return cursor.fetchone()


def take_away(year: FinancialYear) -> None:
    """Leave table and indexes as they were found."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM trade_license_licensedemand WHERE financial_year = %s", [year.start])
        cursor.execute("VACUUM ANALYZE trade_license_licensedemand")


def some_keys(count: int) -> list[str]:
    """Return numbers of certificates in use, spread over the city."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT search_key FROM trade_license_license WHERE closed_on IS NULL ORDER BY mod(id * 7919, 99991), id LIMIT %s",
            [count],
        )
        return [key for (key,) in cursor.fetchall()]


def total(key: str, on: date) -> int:
    return license_dues(ce_number=key, on=on).dues.total_paise


def one_sql(cursor, key: str, on: date) -> int:
    cursor.execute(ONE_SQL, {"key": key, "on": on})
    return int(cursor.fetchone()[5])


def seconds(act: Callable[[], None]) -> float:
    started = perf_counter()
    act()
    return perf_counter() - started
