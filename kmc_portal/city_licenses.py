"""The trade licences of a synthetic city, made like its assessees: by set-based SQL, no real person, the same for a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from kmc_portal.city import DRAW, FIRST_NAMES, STREETS, SURNAMES
from kmc_portal.common.financial_year import FinancialYear
from trade_license.demand_run import raise_demands

if TYPE_CHECKING:
    from datetime import date

MOST_LICENSES = 1_000_000
TRADES = [
    ("Beauty parlour", False), ("Caterer", True), ("Guest house", False), ("Bottle seller", False), ("ATM", False),
    ("Call centre", False), ("Bullion merchant", False), ("Band supplier", False), ("Ceremonial house", False), ("Godown", False),
    ("Art gallery", False), ("Cable TV operator", False),
]  # fmt: skip
SHOPS = ["Maa Tara", "New Bengal", "Rupasree", "Annapurna", "City", "Ganga", "Modern", "Bharat", "Dipti", "Star"]
LICENSES = f"""
INSERT INTO trade_license_license (ce_number, trade_name, holder_name, address, ward, assessee_number, nature_of_trade, is_food,
       is_air_conditioned, area_sq_ft, mobile, email, wants_reminders, issued_on, valid_until, is_for_life, closed_on)
SELECT 'CE/' || lpad(ward::text, 3, '0') || '/' || lpad(i::text, 7, '0'),
       (%(shops)s::text[])[1 + draw %% %(shop_count)s] || ' ' || (%(trades)s::text[])[1 + (draw / 13) %% %(trade_count)s],
       (%(first_names)s::text[])[1 + draw %% %(first_count)s] || ' ' || (%(surnames)s::text[])[1 + (draw / 37) %% %(last_count)s],
       (1 + draw %% 180)::text || ' ' || (%(streets)s::text[])[1 + (draw / 11) %% %(street_count)s], ward, '',
       (%(trades)s::text[])[1 + (draw / 13) %% %(trade_count)s], (%(foods)s::bool[])[1 + (draw / 13) %% %(trade_count)s],
       draw %% 3 = 0, 80 + (draw / 5) %% 4000, '+9190001' || lpad((draw %% 100000)::text, 5, '0'), '', draw %% 4 = 0,
       %(year_begins)s::date - (400 + draw %% 3000)::int, %(year_begins)s::date - 1, false,
       CASE WHEN draw %% 100 = 7 THEN %(year_begins)s::date - (draw %% 300)::int END
  FROM (SELECT i, 1 + i %% 144 AS ward, {DRAW.format(key="i * 3 + 1")} AS draw
          FROM generate_series(1, %(licenses)s) AS i) AS made
ON CONFLICT DO NOTHING
"""
# Half of this year's are paid, and one in fifteen has an unpaid year before.
LICENSE_DEMANDS = f"""
INSERT INTO trade_license_licensedemand (demand_number, license_id, financial_year, years, issued_on, last_date, heads, paid_on,
       cancel_reason)
SELECT 'D' || %(last_year)s || '-' || ce_number, id, %(last_year)s, 1, %(last_begins)s::date, %(last_begins)s::date + 120,
       '{{"s199": 5000, "collateral_1": 50000, "processing_fee": 5000}}'::jsonb, NULL, ''
  FROM trade_license_license WHERE closed_on IS NULL AND {DRAW.format(key="id * 7")} %% 15 = 3
ON CONFLICT DO NOTHING
"""
PAY_LICENSES = f"""
UPDATE trade_license_licensedemand SET paid_on = least(issued_on + ({DRAW.format(key="id * 5")} %% 100)::int, %(today)s::date)
 WHERE financial_year = %(this_year)s AND paid_on IS NULL AND {DRAW.format(key="id * 11")} %% 2 = 0
"""


@transaction.atomic
def make_licenses(*, licenses: int, seed: int, today: date) -> dict[str, int]:
    """Add certificates of enlistment with this year's demands; what is there already stays. Returns how many were added."""
    year = FinancialYear.of(today)
    names: dict[str, Any] = {"first_names": FIRST_NAMES, "surnames": SURNAMES, "streets": STREETS, "shops": SHOPS}
    counts: dict[str, Any] = {
        "first_count": len(FIRST_NAMES),
        "last_count": len(SURNAMES),
        "street_count": len(STREETS),
        "shop_count": len(SHOPS),
    }
    trades: dict[str, Any] = {
        "trades": [name for name, _ in TRADES],
        "foods": [food for _, food in TRADES],
        "trade_count": len(TRADES),
    }
    days: dict[str, Any] = {
        "year_begins": year.first_day,
        "last_year": year.previous.start,
        "last_begins": year.previous.first_day,
    }
    values: dict[str, Any] = {"licenses": licenses, "seed": seed, "today": today, "this_year": year.start}
    with connection.cursor() as cursor:
        cursor.execute(LICENSES, {**values, **names, **counts, **trades, **days})
        added = cursor.rowcount
        if added:
            cursor.execute(LICENSE_DEMANDS, {**values, **days})
            raise_demands(financial_year=year)
            cursor.execute(PAY_LICENSES, values)
    return {"licenses": added}
