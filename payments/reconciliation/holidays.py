"""The bank holidays that have been loaded. Rows of a CSV with header `day,name,source,confidence`; all of them or none."""

from __future__ import annotations

import csv
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from payments.models import BankHoliday
from payments.reconciliation.bank_days import BankDays
from payments.states import Confidence

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

COLUMNS = ("day", "name", "source", "confidence")


class HolidayRowWrong(ServiceError):
    code = "bank_holiday_row_wrong"
    message = _(
        "Row {row} is no bank holiday: {found}. Expected are {columns}, the confidence being one of {known}. Nothing was loaded."
    )
    field = "file"


def bank_days() -> BankDays:
    """Return the calendar as it is known today."""
    return BankDays(frozenset(BankHoliday.objects.values_list("day", flat=True)))


@transaction.atomic
def load_holidays(path: Path, *, maker: str, now: datetime) -> dict[str, int]:
    """Load bank holidays; the same day again takes the new name and source. Returns `{"read", "created", "updated"}`.

    :raises HolidayRowWrong: one row is not as it should be, and none is loaded
    """
    counts = {"read": 0, "created": 0, "updated": 0}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            day, values = _read(number, row)
            _found, is_new = BankHoliday.objects.update_or_create(
                day=day, defaults={**values, "loaded_by": maker, "loaded_at": now}
            )
            counts["read"] += 1
            counts["created" if is_new else "updated"] += 1
    return counts


def _read(number: int, row: dict[str, str | None]) -> tuple[date, dict[str, str]]:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    day = _day(cells.pop("day"))
    if day is None or not all(cells.values()) or cells["confidence"] not in Confidence.values:
        found, known = ", ".join(str(cell) for cell in row.values()), ", ".join(Confidence.values)
        raise HolidayRowWrong(row=number, found=found, columns=", ".join(COLUMNS), known=known)
    return day, cells


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
