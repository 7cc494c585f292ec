"""Writing: settlement reports and bank statements that were sent in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kmc_portal.common.arrivals.intake import Intake
from payments.models import Arrival
from payments.reconciliation.taking_in import take_in_settlement, take_in_statement
from payments.states import FileSort

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from kmc_portal.common.arrivals.intake import Progress
    from kmc_portal.common.csv_import import Report


def _read(arrival: Arrival, path: Path, *, progress: Progress, now: datetime) -> Report:
    """:raises ServiceError: one of `refusals`"""
    told: dict[str, Any] = {"account": arrival.account.code, "maker": arrival.maker, "now": now, "name": arrival.name}
    if arrival.sort == FileSort.STATEMENT:
        return take_in_statement(path, **told, watch=progress.watch)
    return take_in_settlement(path, **told, is_correction=arrival.is_correction, watch=progress.watch)


# What is kept with a file: `account`, `sort`, and `is_correction` for a settlement report that takes rows back.
ARRIVALS = Intake(Arrival, lock="arrival", folder="settlements", read=_read)
