"""What the whole city owes with interest: ours beside the best statement by hand, a factor for each due date joined."""

from __future__ import annotations

from datetime import date
from time import perf_counter
from typing import TYPE_CHECKING

from django.db import connection

from bench import city
from bench.measure import interleaved
from property_tax.rules.book import RuleBook, parse, shipped
from property_tax.whole_book import whole_book

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.measure import Ratio, Size

CHARGED = ("interest", "penalty")
COMMON = {"valid_from": "2010-04-01", "source": "a benchmark", "confidence": "assumption"}
INTEREST = {
    **COMMON, "kind": "interest", "code": "interest", "basis": "month", "month_part": "whole", "starts": "quarter_end",
    "slabs": [
        {"above_rupees": "0", "up_to_rupees": "18000", "percent_a_year": "9"},
        {"above_rupees": "18000", "percent_a_year": "12"},
    ],
}  # fmt: skip
PENALTY = {**COMMON, "kind": "penalty", "code": "penalty", "percent": "15", "after_days": 90, "starts": "quarter_end"}
# The same money for this city: 9 or 12 % for each month begun after the quarter, 15 % once after 90 days, 5 % within the rebate.
BY_HAND = """
WITH late AS MATERIALIZED (
    SELECT issued_on, kind, rebate_date,
           greatest(0, (extract(year FROM age(%(on)s::date + 1, first)) * 12 + extract(month FROM age(%(on)s::date + 1, first))
                        + (extract(day FROM age(%(on)s::date + 1, first)) > 0)::int))::bigint AS months,
           %(on)s::date >= first + 90 AS is_penalised
      FROM (SELECT DISTINCT issued_on, kind, rebate_date, (date_trunc('quarter', issued_on) + interval '3 months')::date AS first
              FROM property_tax_demand WHERE assessee_id <= 400) AS due
)
SELECT a.ward_id, CASE WHEN d.kind = 'FS' AND NOT l.is_penalised THEN 'FS'
                       WHEN d.kind = 'PD' AND d.issued_on >= %(year_began)s THEN 'PD' ELSE 'LOI' END AS heading,
       sum(CASE WHEN l.rebate_date >= %(on)s THEN (r.paise - r.paise * 5 / 100 + 50) / 100 * 100
                ELSE r.paise + r.paise * l.months * CASE WHEN a.annual_value_paise > 1800000 THEN 12 ELSE 9 END / 1200
                     + CASE WHEN l.is_penalised THEN r.paise * 15 / 100 ELSE 0 END END)::bigint
  FROM property_tax_demand d JOIN property_tax_assessee a ON a.id = d.assessee_id AND a.status = 'active'
  JOIN late l ON l.issued_on = d.issued_on AND l.kind = d.kind AND l.rebate_date = d.rebate_date
 CROSS JOIN LATERAL (SELECT (d.property_tax_paise + d.howrah_bridge_tax_paise + d.commercial_surcharge_paise + 50) / 100 * 100
                            AS paise) AS r
 WHERE d.issued_on <= %(on)s AND (d.paid_on IS NULL OR d.paid_on > %(on)s)
 GROUP BY 1, 2
"""


def measure(size: Size) -> Iterator[Ratio]:
    on, book = city.today(), charging()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE property_tax_demand, property_tax_assessee")
    assert ours(on, book) == by_hand(on)
    ways = {"ours": lambda: seconds(ours, on, book), "by hand": lambda: seconds(by_hand, on)}
    name = f"the whole book, {size.assessees:,} assessees"
    yield interleaved(ways, size.rounds).ratio(name, "s", ("ours", "by hand"), limit=2.2)


def charging() -> RuleBook:
    """Return the shipped book with rates of interest and penalty that charge something."""
    rows = [row for row in shipped()["rules"] if row["kind"] not in (*CHARGED, "holiday_shift")]
    return parse({"rules": [*rows, INTEREST, PENALTY]})


def ours(on: date, book: RuleBook) -> dict[tuple[int, str], int]:
    return {(each.ward, each.heading): each.total_paise for each in whole_book(on=on, book=book)}


def by_hand(on: date) -> dict[tuple[int, str], int]:
    year_began = on.replace(year=on.year - (on.month < 4), month=4, day=1)
    with connection.cursor() as cursor:
        cursor.execute(BY_HAND, {"on": on, "year_began": year_began})
        return {(ward, heading): paise for ward, heading, paise in cursor.fetchall()}


def seconds(way, *asked: object) -> float:
    started = perf_counter()
    way(*asked)
    return perf_counter() - started
