"""Control totals as a file that a spreadsheet opens without running anything of it, and who took it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import structlog
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook

from kmc_portal.common.csv_rejects import harmless
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupees
from payments.models import TotalsTaken
from payments.reconciliation.totals import Outcome, control_totals
from payments.totals.lines import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date, datetime

    from payments.models import GatewayAccount
    from payments.reconciliation.totals import ControlTotals
    from payments.totals.lines import Line

    Cell = str | int | Decimal
    Row = tuple[Cell, ...]

log = structlog.get_logger()
MOST_DAYS = 31
COLUMNS = ("account", "day", "outcome", "line", "kind", "count", "rupees", "open_breaks", "breaks")
SHEET = "Control totals"


class DaysTooMany(ServiceError):
    code = "totals_days_too_many"
    message = _("At most {most} days are taken out at once. Please choose a shorter time.")
    field = "last_day"


class DaysReversed(ServiceError):
    code = "totals_days_reversed"
    message = _("The last day is before the first one. Please choose the days anew.")
    field = "last_day"


def take_out(
    accounts: Sequence[GatewayAccount], *, first_day: date, last_day: date, form: str, user: str, now: datetime
) -> bytes:
    """Return the control totals of some accounts and days, `csv` or `xlsx`, and write down who took them.

    A row is a line of the page: a sum, or what changes it. Days without any payment have none.

    :raises DaysReversed, DaysTooMany: nothing is taken
    """
    if last_day < first_day:
        raise DaysReversed
    days = (last_day - first_day).days + 1
    if days > MOST_DAYS:
        raise DaysTooMany(most=MOST_DAYS)
    rows = [
        row
        for number in range(days)
        for account in accounts
        for row in _rows(control_totals(account=account, day=first_day + timedelta(days=number)))
    ]
    TotalsTaken.objects.create(
        user=user,
        taken_at=now,
        form=form,
        account=accounts[0].code if len(accounts) == 1 else "",
        first_day=first_day,
        last_day=last_day,
        rows=len(rows),
    )
    log.info("totals_taken_out", form=form, rows=len(rows))
    return WRITERS[form](rows)


def _rows(totals: ControlTotals) -> Iterator[Row]:
    if totals.outcome == Outcome.EMPTY and not totals.differences:
        return
    for line in lines_of(totals):
        yield (
            totals.account,
            totals.day.isoformat(),
            totals.outcome.value,
            "sum" if line.is_sum else "change",
            line.name,
            "" if line.count is None else line.count,
            Decimal(rupees(line.paise)),
            *_breaks(line),
        )


def _breaks(line: Line) -> tuple[Cell, Cell]:
    if line.difference is None:
        return "", ""
    return line.difference.open_breaks, " ".join(map(str, line.difference.breaks))


def _csv(rows: Sequence[Row]) -> bytes:
    """Return CSV with the mark by which spreadsheets know UTF-8."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows(map(_harmless, rows))
    return file.getvalue().encode("utf-8-sig")


def _xlsx(rows: Sequence[Row]) -> bytes:
    book, file = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet(SHEET)
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append(_harmless(row))
    book.save(file)
    return file.getvalue()


def _harmless(row: Row) -> list[Cell]:
    """Return the cells with texts that no spreadsheet takes for a formula; numbers stay numbers."""
    return [harmless(cell) if isinstance(cell, str) else cell for cell in row]


WRITERS: dict[str, Callable[[Sequence[Row]], bytes]] = {"csv": _csv, "xlsx": _xlsx}
