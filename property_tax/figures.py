"""What everybody may know of the wards: how much of the year's bills is paid, what came in, until when the rebate runs.

Sums over a ward only. Where few have paid, a sum would tell what one of them paid, so it is not shown (ADR 0048).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from kmc_portal.common.financial_year import FinancialYear
from property_tax import rulebook
from property_tax.models import WardFigure
from property_tax.rules.dues import moved_rebate_date
from property_tax.states import KIND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

# Of fewer properties nothing is told that adds up what they paid: an assumption of ours.
FEWEST = 10
THOUSAND_RUPEES = 100_000

# A bill says its ward by its assessee, and money by the assessee number for which it counts: digits 3 to 5.
FIGURES = """
WITH asked AS (
    SELECT a.ward_id AS ward, count(*) AS bills, count(*) FILTER (WHERE d.paid_on <= %(as_of)s) AS paid,
           mode() WITHIN GROUP (ORDER BY d.rebate_date) FILTER (WHERE d.rebate_date >= %(soonest)s) AS rebate_date
      FROM property_tax_demand d JOIN property_tax_assessee a ON a.id = d.assessee_id
     WHERE d.financial_year = %(year)s AND d.issued_on <= %(as_of)s GROUP BY 1
), landed AS (
    SELECT coalesce(nullif(l.reference, ''), o.reference) AS number, sum(l.amount_paise) AS paise
      FROM payments_allocation l JOIN payments_payment p ON p.id = l.payment_id
      JOIN payments_paymentorder o ON o.id = p.order_id AND o.kind = %(kind)s
     WHERE l.kind IN ('bill', 'advance') AND l.landed_on BETWEEN %(since)s AND %(as_of)s GROUP BY 1
), taken AS (
    SELECT substring(number FROM 3 FOR 3)::int AS ward, count(*) FILTER (WHERE paise > 0) AS payers, sum(paise) AS paise
      FROM landed GROUP BY 1
)
SELECT w.number, coalesce(asked.bills, 0), coalesce(asked.paid, 0), coalesce(taken.payers, 0),
       coalesce(taken.paise, 0)::bigint, asked.rebate_date
  FROM property_tax_ward w LEFT JOIN asked ON asked.ward = w.number LEFT JOIN taken ON taken.ward = w.number
"""
# A date of the bills can be moved by an order; one that is past by the bill may still be to come.
LONGEST_MOVE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Ward:
    """One ward as everybody may see it. No percentage without a bill, no sum where too few have paid."""

    number: int
    borough: int
    paid_percent: int | None
    collected_paise: int | None


@dataclass(frozen=True, slots=True)
class Borough:
    """The wards of one borough, by number. Which they are is an assumption (ADR 0006)."""

    number: int
    wards: Sequence[Ward]


@dataclass(frozen=True, slots=True)
class RebateGroup:
    """The wards in which the rebate of most bills ends on the same day."""

    last_day: date
    wards: str


def write_ward_figures(*, today: date) -> bool:
    """Write the figures of every ward as of yesterday, the last finished day; say whether there was anything to write.

    One reading of the year's bills and of what was paid: once a day, however often it is called.
    """
    as_of = today - timedelta(days=1)
    if WardFigure.objects.filter(as_of=as_of).exists():
        return False
    year = FinancialYear.of(as_of)
    values: dict[str, Any] = {
        "as_of": as_of,
        "soonest": today - LONGEST_MOVE,
        "year": year.start,
        "since": year.first_day,
        "kind": KIND,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FIGURES, values)
        figures = [_figure(row, as_of, today) for row in cursor.fetchall()]
        WardFigure.objects.all().delete()
        WardFigure.objects.bulk_create(figures)
    return True


def _figure(row: tuple[int, int, int, int, int, date | None], as_of: date, today: date) -> WardFigure:
    ward, bills, paid, payers, paise, rebate_date = row
    until = moved_rebate_date(rebate_date, ward, rulebook.current()) if rebate_date else None
    return WardFigure(
        ward_id=ward,
        as_of=as_of,
        bills=bills,
        bills_paid=paid,
        payers=payers,
        collected_paise=paise,
        rebate_until=until if until and until >= today else None,
    )


def wards_by_borough() -> tuple[date | None, list[Borough]]:
    """Return until which day is counted, None when nothing was yet, and the wards as everybody may see them. One query."""
    rows = WardFigure.objects.select_related("ward").order_by("ward__borough", "ward_id")
    figures = [(row.ward.borough, row.as_of, _shown(row)) for row in rows]
    boroughs = [
        Borough(number, [ward for _borough, _as_of, ward in members])
        for number, members in groupby(figures, key=lambda each: each[0])
    ]
    return (figures[0][1] if figures else None), boroughs


def _shown(row: WardFigure) -> Ward:
    """Return what may be told: whole percents, since anybody may see whether a bill is paid; of money, sums over enough payers."""
    percent = 100 * row.bills_paid // row.bills if row.bills else None
    collected = row.collected_paise // THOUSAND_RUPEES * THOUSAND_RUPEES if row.payers >= FEWEST else None
    return Ward(row.ward_id, row.ward.borough, percent, collected)


def rebates_that_run(*, on: date) -> list[RebateGroup]:
    """Return the next last days of the rebate, each with its wards, the soonest first. One query."""
    found = WardFigure.objects.filter(rebate_until__gte=on).order_by("rebate_until", "ward_id")
    rows = found.values_list("rebate_until", "ward_id")
    return [
        RebateGroup(day, in_ranges(ward for _day, ward in members))
        for day, members in groupby(rows, key=lambda row: row[0])
        if day
    ]


def in_ranges(numbers: Iterable[int]) -> str:
    """Return ascending numbers as people write them: `1–9, 12`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
