"""Writing: the day on which bills were presented, ward group by ward group, and with it the last day of their rebate."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.financial_year import FinancialYear
from property_tax import rulebook
from property_tax.demand_run import take_billing_lock
from property_tax.rules.billing import RebateDates, rebate_dates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

COLUMNS = ["ward_group", "wards", "presented_on"]
WARDS = range(1, 145)
RANGE = re.compile(r"([0-9]{1,3})(?:-([0-9]{1,3}))?")
FIRST_DATA_ROW = 2  # as a spreadsheet counts


@dataclass(frozen=True, slots=True)
class WardGroup:
    """Wards whose bills are presented on one day."""

    name: str
    wards: tuple[int, ...]
    presented_on: date


@dataclass(frozen=True, slots=True)
class Presented:
    """How many bills of a group were presented, and until when they earn the rebate: at the earliest, where wards differ.

    It is the day that the bills say; a Sunday or a holiday gives one day more.
    """

    group: WardGroup
    rebate_date: date | None
    bills: int


class PresentationTableRefused(ServiceError):
    code = "presentation_table_refused"
    message = _("Row {row} of the table of ward groups is wrong: {reason}. Please correct it; no bill was presented.")
    field = "file"


# Bills of other years, and those that have a date already or were paid without one, are not for this table to touch.
PRESENT = """
UPDATE property_tax_demand d SET presented_on = %(presented_on)s, rebate_date = own.day
  FROM property_tax_assessee a JOIN unnest(%(wards)s::int[], %(days)s::date[]) AS own (ward, day) ON own.ward = a.ward_id
 WHERE a.id = d.assessee_id
   AND d.issued_on BETWEEN %(year_began)s AND %(presented_on)s
   AND d.presented_on IS NULL AND d.rebate_date IS NULL AND d.paid_on IS NULL
"""


def present_demands(groups: Iterable[WardGroup]) -> list[Presented]:
    """Present the bills of each group that were issued this financial year by that day, and say how many there were.

    One commit a group. A bill presented before, or paid, stays as it is; doing it twice changes nothing.
    """
    book = rulebook.current()
    return [_present(group, rebate_dates(group.presented_on, book)) for group in groups]


@transaction.atomic
def _present(group: WardGroup, dates: RebateDates) -> Presented:
    take_billing_lock()
    days = [dates.by_ward.get(ward, dates.others) for ward in group.wards]
    values: dict[str, Any] = {
        "wards": list(group.wards),
        "days": days,
        "presented_on": group.presented_on,
        "year_began": FinancialYear.of(group.presented_on).first_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(PRESENT, values)
        return Presented(group, min((day for day in days if day), default=None), int(cursor.rowcount))


def ward_groups(lines: Iterable[str]) -> list[WardGroup]:
    """Return the groups of a CSV table `ward_group, wards, presented_on`; wards are written `1-9 12 15-20`.

    :raises PresentationTableRefused: a row is wrong, a ward stands twice, or there is no row
    """
    rows = csv.reader(lines)
    if [name.strip() for name in next(rows, [])] != COLUMNS:
        raise PresentationTableRefused(row=1, reason=f"it must name the columns {', '.join(COLUMNS)}")
    groups: list[WardGroup] = []
    for number, row in enumerate(rows, start=FIRST_DATA_ROW):
        if row:
            groups.append(_group(row, number, {ward for group in groups for ward in group.wards}))
    if not groups:
        raise PresentationTableRefused(row=FIRST_DATA_ROW, reason="it is missing")
    return groups


def _group(row: list[str], number: int, taken: set[int]) -> WardGroup:
    try:
        name, wards, presented_on = (cell.strip() for cell in row)
        group = WardGroup(name, tuple(_wards(wards)), date.fromisoformat(presented_on))
    except ValueError as error:
        raise PresentationTableRefused(row=number, reason=str(error)) from error
    if twice := taken & set(group.wards):
        raise PresentationTableRefused(row=number, reason=f"ward {min(twice)} stands in an earlier row")
    return group


def _wards(text: str) -> Iterator[int]:
    """Yield the wards of `1-9 12`. :raises ValueError: a word is no ward and no range of wards"""
    for word in text.split():
        found = RANGE.fullmatch(word)
        if found is None:
            raise ValueError(f"{word} is no ward")
        first, last = int(found[1]), int(found[2] or found[1])
        if first not in WARDS or last not in WARDS or last < first:
            raise ValueError(f"{word} is no ward from 1 to 144, nor a range of them")
        yield from range(first, last + 1)
