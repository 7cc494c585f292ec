"""The financial year of India, April to March, and its quarters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_MONTH = 4
QUARTERS = (1, 2, 3, 4)
WRITTEN = re.compile(r"(?P<start>[0-9]{4})-(?P<end>[0-9]{2})")


@dataclass(frozen=True, slots=True, order=True)
class FinancialYear:
    """The year that begins on 1 April of `start`; written `2026-27`."""

    start: int

    @classmethod
    def of(cls, day: date) -> FinancialYear:
        """Return the year in which `day` falls."""
        return cls(day.year if day.month >= FIRST_MONTH else day.year - 1)

    @classmethod
    def parse(cls, text: str) -> FinancialYear:
        """Return the year written as `2026-27`.

        :raises ValueError: for any other form, and when the two halves do not follow each other.
        """
        found = WRITTEN.fullmatch(text)
        if found is None or str(cls(int(found["start"]))) != text:
            raise ValueError(f"not a financial year: {text!r}")
        return cls(int(found["start"]))

    def __str__(self) -> str:
        return f"{self.start:04}-{(self.start + 1) % 100:02}"

    @property
    def first_day(self) -> date:
        return date(self.start, FIRST_MONTH, 1)

    @property
    def last_day(self) -> date:
        return date(self.start + 1, FIRST_MONTH, 1) - timedelta(days=1)

    @property
    def next(self) -> FinancialYear:
        return FinancialYear(self.start + 1)

    @property
    def previous(self) -> FinancialYear:
        return FinancialYear(self.start - 1)


def quarter_of(day: date) -> int:
    """Return 1 for April to June, up to 4 for January to March."""
    return (day.month - FIRST_MONTH) % 12 // 3 + 1


def quarter_days(year: FinancialYear, quarter: int) -> tuple[date, date]:
    """Return the first and the last day of a quarter, both inside it.

    :raises ValueError: when `quarter` is not 1 to 4.
    """
    if quarter not in QUARTERS:
        raise ValueError(f"not a quarter: {quarter}")
    return _first_day(year, quarter), _first_day(year, quarter + 1) - timedelta(days=1)


def period_text(year: FinancialYear, quarter: int) -> str:
    """Return a quarter as bills print it: `2026-27 Q3`."""
    return f"{year} Q{quarter}"


def _first_day(year: FinancialYear, quarter: int) -> date:
    years, months = divmod(FIRST_MONTH - 1 + (quarter - 1) * 3, 12)
    return date(year.start + years, months + 1, 1)
