"""A synthetic city of any size, made by set-based SQL. No real person; the same seed and day give the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction

from kmc_portal.common.financial_year import FinancialYear, quarter_days, quarter_of

if TYPE_CHECKING:
    from datetime import date

MOST_ASSESSEES = 1_440_000  # 144 wards of 10,000 serial numbers
FIRST_NAMES = [
    "Sukumar", "Anjali", "Rahim", "Mita", "Debabrata", "Farida", "Subrata", "Kalpana", "Imran", "Rekha", "Gopal", "Shabnam",
    "অনিমেষ", "শর্মিষ্ঠা", "রফিকুল", "মৌসুমী", "Vinod", "Sunita", "Tapan", "Ishita", "Joseph", "Lakshmi",
]  # fmt: skip
SURNAMES = [
    "Das", "Ghosh", "Mukherjee", "Sarkar", "Ali", "Khatun", "Roy", "Banerjee", "Mondal", "Shaw", "Agarwal", "Gupta", "Saha",
    "দত্ত", "চক্রবর্তী", "হোসেন", "Thakur", "Biswas", "D'Souza", "Nair",
]  # fmt: skip
STREETS = [
    "Rashbehari Avenue", "College Street", "Park Street", "Diamond Harbour Road", "Bidhan Sarani", "Shyambazar Street",
    "Lake Road", "Elgin Road", "Beliaghata Main Road", "Ultadanga Road", "Garia Station Road", "Tollygunge Circular Road",
    "Cossipore Road", "Ripon Street", "Southern Avenue", "Behala Chowrasta",
]  # fmt: skip

# `draw` is a number from 0 to 999,999 that depends on the seed and the row only.
DRAW = "(hashtextextended(({key})::text, %(seed)s) & 2147483647) %% 1000000"

ASSESSEES = f"""
INSERT INTO property_tax_assessee (assessee_number, ward_id, owner_name, premises_number, street_name, pin, mobile, email,
       status, bills_by_email, annual_value_paise, commercial_annual_value_paise, tax_rate_percent, howrah_bridge_tax_percent)
SELECT (ARRAY['11','21','31'])[1 + ward %% 3] || lpad(ward::text, 3, '0') || lpad((1 + draw %% 40)::text, 2, '0')
       || lpad(serial::text, 4, '0') || draw %% 10,
       ward, (%(first_names)s::text[])[1 + draw %% %(first_count)s] || ' '
             || (%(surnames)s::text[])[1 + (draw / 37) %% %(last_count)s],
       (1 + draw %% 180)::text || (ARRAY['','A','B','/1','/2A'])[1 + (draw / 7) %% 5],
       (%(streets)s::text[])[1 + (draw / 11) %% %(street_count)s], (700001 + ward %% 150)::text,
       '+9190000' || lpad((draw %% 100000)::text, 5, '0'), '', CASE WHEN draw %% 200 = 7 THEN 'closed' ELSE 'active' END,
       draw %% 5 = 0, value * 1000, CASE WHEN draw %% 9 = 0 THEN value * 300 ELSE 0 END,
       least(40, greatest(11, round(value / 60.0 / 10 + 10, 1))), CASE WHEN ward <= 60 THEN 0.5 ELSE 0 END
  FROM (SELECT 1 + i %% 144 AS ward, i / 144 AS serial, {DRAW.format(key="i")} AS draw,
               (100 + {DRAW.format(key="i * 2")} %% 9000)::bigint AS value
          FROM generate_series(0, %(assessees)s - 1) AS i) AS made
ON CONFLICT DO NOTHING
"""

# Two years back and this year up to the running quarter. Old bills are mostly paid, the running one by a third.
DEMANDS = f"""
INSERT INTO property_tax_demand (demand_number, assessee_id, kind, financial_year, quarter, issued_on, presented_on,
       rebate_date, property_tax_paise, howrah_bridge_tax_paise, commercial_surcharge_paise, penalised_on, paid_on)
SELECT kind || '-' || a.assessee_number || '-' || year || quarter, a.id, kind, year, quarter, first, first + 20, first + 60,
       round(a.annual_value_paise * a.tax_rate_percent / 400), round(a.annual_value_paise * a.howrah_bridge_tax_percent / 400),
       round(a.commercial_annual_value_paise * a.tax_rate_percent / 800),
       CASE WHEN kind = 'FS' AND first + 150 <= %(today)s THEN first + 150 END,
       CASE WHEN draw %% 1000 < paid_in_thousand THEN least(first + 25 + (draw %% 30)::int, %(today)s) END
  FROM property_tax_assessee a
 CROSS JOIN unnest(%(years)s::int[], %(quarters)s::int[], %(firsts)s::date[], %(paid)s::int[])
       AS period (year, quarter, first, paid_in_thousand)
 CROSS JOIN LATERAL (SELECT {DRAW.format(key="a.assessee_number || period.first")} AS draw) AS chance
 CROSS JOIN LATERAL (SELECT CASE WHEN draw %% 40 = 3 THEN 'FS' ELSE 'PD' END AS kind) AS kinds
 WHERE a.status = 'active'
ON CONFLICT DO NOTHING
"""


@transaction.atomic
def make_city(*, assessees: int, seed: int, today: date) -> dict[str, int]:
    """Add a city's assessees and bills; what is there already stays. Returns how many rows of each were added."""
    names = {"first_names": FIRST_NAMES, "surnames": SURNAMES, "streets": STREETS}
    counts = {"first_count": len(FIRST_NAMES), "last_count": len(SURNAMES), "street_count": len(STREETS)}
    with connection.cursor() as cursor:
        cursor.execute(ASSESSEES, {"assessees": assessees, "seed": seed, **names, **counts})
        added = {"assessees": cursor.rowcount}
        cursor.execute(DEMANDS, {"seed": seed, "today": today, **_periods(today)})
        added["demands"] = cursor.rowcount
    return added


def _periods(today: date) -> dict[str, list[object]]:
    """Return the quarters from two years back to the running one, with how many in a thousand of each are paid."""
    this_year = FinancialYear.of(today)
    periods = [
        (year, quarter)
        for year in (this_year.previous.previous, this_year.previous, this_year)
        for quarter in (1, 2, 3, 4)
        if year < this_year or quarter <= quarter_of(today)
    ]
    return {
        "years": [year.start for year, _ in periods],
        "quarters": [quarter for _, quarter in periods],
        "firsts": [quarter_days(year, quarter)[0] for year, quarter in periods],
        "paid": [
            920 if year < this_year else 330 if quarter == quarter_of(today) else 700 for year, quarter in periods
        ],
    }
