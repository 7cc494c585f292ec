"""What happened to one record, from whichever part of the portal knows it, on one page."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, NamedTuple

from kmc_portal.common.clock import IST

if TYPE_CHECKING:
    from collections.abc import Iterable

GOOD, STOP = "good", "stop"
# What a page shows; older things are found by their numbers.
MOST = 300


class Happening(NamedTuple):
    """One thing that happened, at a moment or on a day (IST). `tone` is `good` or `stop` where it decides something.

    `address` leads to the page of the desk that knows more of it.
    """

    at: datetime | date
    what: str
    detail: str = ""
    tone: str = ""
    address: str = ""

    @property
    def is_day(self) -> bool:
        return not isinstance(self.at, datetime)

    @property
    def moment(self) -> datetime:
        return self.at if isinstance(self.at, datetime) else datetime.combine(self.at, time.min, IST)


def newest_first(*parts: Iterable[Happening]) -> list[Happening]:
    """Return what the parts tell, the newest first, at most 300; what they tell last of one moment comes first."""
    told = [one for part in parts for one in part]
    return sorted(told, key=lambda one: one.moment)[::-1][:MOST]
