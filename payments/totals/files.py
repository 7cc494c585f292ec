"""Control totals as a file that a spreadsheet opens without running anything of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import structlog
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import exports
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupees
from payments.reconciliation.totals import Outcome, control_totals
from payments.totals.lines import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from payments.models import GatewayAccount
    from payments.reconciliation.totals import ControlTotals
    from payments.totals.lines import Line

    Cell = str | int | Decimal
    Row = tuple[Cell, ...]

log = structlog.get_logger()
MOST_DAYS = 31
COLUMNS = ("account", "day", "outcome", "line", "kind", "count", "rupees", "open_breaks", "breaks")


class DaysTooMany(ServiceError):
    code = "totals_days_too_many"
    message = _("At most {most} days are taken out at once. Please choose a shorter time.")
    field = "last_day"


class DaysReversed(ServiceError):
    code = "totals_days_reversed"
    message = _("The last day is before the first one. Please choose the days anew.")
    field = "last_day"


def take_out(accounts: Sequence[GatewayAccount], *, first_day: date, last_day: date, form: str) -> tuple[bytes, int]:
    """Return the control totals of some accounts and days, `csv` or `xlsx`, and the number of rows.

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
    log.info("totals_taken_out", form=form, rows=len(rows))
    return exports.file_of(form, COLUMNS, rows), len(rows)


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
