"""A scratch database with a small city in it, made by set-based SQL. No real person, and the same rows every time."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import django
import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

if TYPE_CHECKING:
    from datetime import date
    from multiprocessing.synchronize import Barrier

QUARTERS = 12

ASSESSEES = """
INSERT INTO property_tax_assessee
       (assessee_number, ward_id, owner_name, premises_number, street_name, pin, mobile, email, status, bills_by_email,
        annual_value_paise, commercial_annual_value_paise, tax_rate_percent, howrah_bridge_tax_percent)
SELECT '11' || lpad(ward::text, 3, '0') || lpad(i::text, 7, '0'), ward,
       'Owner ' || i, mod(i, 400)::text, 'Street ' || mod(i, 900), '700001', '', '', 'active', false,
       100000 * (10 + mod(i, 4000)), 0, 20, 0.5
  FROM (SELECT i, 1 + mod(i, 144) AS ward FROM generate_series(1, %(assessees)s) AS i) AS numbered
"""

# Three quarters in four are paid, the running one by nobody; one bill in twenty is supplementary.
DEMANDS = """
INSERT INTO property_tax_demand
       (demand_number, assessee_id, kind, financial_year, quarter, issued_on, presented_on, rebate_date, penalised_on,
        property_tax_paise, howrah_bridge_tax_paise, commercial_surcharge_paise, paid_on)
SELECT 'B' || a.id || '-' || back, a.id, CASE WHEN mod(draw, 20) = 0 THEN 'FS' ELSE 'PD' END,
       extract(year FROM first - interval '3 months'), extract(quarter FROM first - interval '3 months'),
       first, first + 10, first + 70, NULL,
       a.annual_value_paise / 20 + draw, a.annual_value_paise / 800, 0,
       CASE WHEN back > 0 AND mod(draw, 4) > 0 THEN first + 30 END
  FROM property_tax_assessee a
 CROSS JOIN generate_series(0, %(quarters)s - 1) AS back
 CROSS JOIN LATERAL (SELECT (date_trunc('quarter', %(today)s::date) - back * interval '3 months')::date AS first,
                            mod(a.id * 7919 + back * 104729, 997) AS draw) AS made
"""


def rebuild(assessees: int) -> None:
    """Drop the scratch database, make a new one and fill it with `assessees` people and three years of bills."""
    fresh_database()
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(ASSESSEES, {"assessees": assessees})
        cursor.execute(DEMANDS, {"quarters": QUARTERS, "today": today()})
        cursor.execute("VACUUM ANALYZE")


def fresh_database() -> None:
    connection.close()
    server = psycopg2.connect(**{**connection_parameters(), "dbname": "postgres"})
    server.autocommit = True
    name = settings.DATABASES["default"]["NAME"]
    with server.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}")
    server.close()


def connection_parameters() -> dict[str, object]:
    """Return what psycopg2 needs to reach the scratch database without Django."""
    found = settings.DATABASES["default"]
    return {"dbname": found["NAME"], "user": found["USER"], "host": found["HOST"], "port": found["PORT"]}


def get_ready(barrier: Barrier) -> None:
    """Begin a process of its own, its events kept apart, and wait at `barrier` until all have begun."""
    with Path(os.environ["VAR_DIR"], "payers.log").open("ab") as events:
        os.dup2(events.fileno(), sys.stderr.fileno())
    django.setup()
    barrier.wait()


def assessee_numbers(count: int) -> list[str]:
    """Return `count` numbers spread over the city."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT assessee_number FROM property_tax_assessee ORDER BY mod(id * 7919, 99991), id LIMIT %s", [count]
        )
        return [number for (number,) in cursor.fetchall()]


def today() -> date:
    return timezone.localdate()
