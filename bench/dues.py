"""The dues of one assessee: the portal's query beside one SQL statement that returns the same money."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import psycopg2

from bench import city
from bench.measure import Count, interleaved, median_milliseconds, queries
from property_tax.queries import assessee_dues

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from bench.measure import Ratio, Size

ONE_SQL = """
SELECT a.owner_name, a.premises_number, a.street_name, a.ward_id, w.borough, d.heading, coalesce(sum(d.net), 0)
  FROM property_tax_assessee a
  JOIN property_tax_ward w ON w.number = a.ward_id
  LEFT JOIN LATERAL (
       SELECT heading,
              (rupees - CASE WHEN rebate_date >= %(on)s THEN rupees * 5 / 100 ELSE 0 END + 50) / 100 * 100 AS net
         FROM (SELECT rebate_date,
                      (property_tax_paise + howrah_bridge_tax_paise + commercial_surcharge_paise + 50)
                          / 100 * 100 AS rupees,
                      CASE WHEN kind = 'FS' AND (penalised_on IS NULL OR penalised_on > %(on)s) THEN 'FS'
                           WHEN kind = 'PD' AND issued_on >= %(year_began)s THEN 'PD'
                           ELSE 'LOI' END AS heading
                 FROM property_tax_demand
                WHERE assessee_id = a.id AND issued_on <= %(on)s AND (paid_on IS NULL OR paid_on > %(on)s)) AS owed
       ) AS d ON true
 WHERE a.assessee_number = %(number)s AND a.status = 'active'
 GROUP BY a.id, w.borough, d.heading
"""


def measure(size: Size) -> Iterator[Ratio | Count]:
    numbers = city.assessee_numbers(200)
    on = city.today()
    with psycopg2.connect(**city.connection_parameters()) as reference:
        reference.autocommit = True
        cursor = reference.cursor()
        for number in numbers:
            assert ours(number, on) == one_sql(cursor, number, on), number
        ways = {
            "ours": lambda: median_milliseconds([partial(ours, number, on) for number in numbers]),
            "one SQL": lambda: median_milliseconds([partial(one_sql, cursor, number, on) for number in numbers]),
        }
        yield interleaved(ways, size.rounds).ratio("dues of one assessee", "ms", ("ours", "one SQL"), limit=1.5)
    yield Count("dues of one assessee: queries", queries(lambda: ours(numbers[0], on)), limit=2)


def ours(number: str, on: date) -> dict[str, int]:
    """Return paise by heading, the empty ones left out."""
    found = assessee_dues(assessee_number=number, on=on).dues
    return {name: heading.payable_paise for name, heading in found.headings.items() if heading.lines}


def one_sql(cursor, number: str, on: date) -> dict[str, int]:
    year_began = on.replace(year=on.year - (on.month < 4), month=4, day=1)
    cursor.execute(ONE_SQL, {"number": number, "on": on, "year_began": year_began})
    return {row[5]: int(row[6]) for row in cursor.fetchall() if row[5]}
