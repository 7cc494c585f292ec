"""Days on which banks in West Bengal move money, and by which of them money is expected. Pure: what is a holiday is passed in.

T is the day on which a citizen paid, T+1 the first banking day after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

# RBI, Regulation of Payment Aggregators Directions of 15 September 2025: to the merchant by T+1. Read in a law firm's summary.
SETTLED_AFTER = 1
# Assumed: a credit that is two banking days late is missing and not on its way, one of up to three days may still be the one.
CREDIT_GRACE = 2
CREDIT_WINDOW = 3
# RBI, DPSS.CO.PD No.629/02.01.014/2019-20 of 20 September 2019: what was not confirmed goes back to its payer by T+5.
FINAL_AFTER = 5
SATURDAY, SUNDAY = 5, 6
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BankDays:
    """A calendar. Banks are closed on Sundays, on the second and the fourth Saturday of a month, and on `holidays`."""

    holidays: frozenset[date] = frozenset()

    def is_open(self, day: date) -> bool:
        if day.weekday() == SUNDAY or day in self.holidays:
            return False
        return not (day.weekday() == SATURDAY and _is_second_or_fourth(day))

    def after(self, day: date, count: int) -> date:
        """Return the `count`-th banking day after a day; with 0 the day itself or the next banking day."""
        found = day
        while not count and not self.is_open(found):
            found += DAY
        for _ in range(count):
            found += DAY
            while not self.is_open(found):
                found += DAY
        return found

    def before(self, day: date, count: int) -> date:
        """Return the `count`-th banking day before a day."""
        found = day
        for _ in range(count):
            found -= DAY
            while not self.is_open(found):
                found -= DAY
        return found

    def overdue(self, today: date, count: int) -> date:
        """Return the last day whose `count`-th banking day is over today: what was due by then is late."""
        found = today - DAY
        while self.after(found, count) >= today:
            found -= DAY
        return found


def _is_second_or_fourth(day: date) -> bool:
    """Say whether a day is the second or fourth of its name in its month: from the 8th to the 14th, from the 22nd to the 28th."""
    return (day.day - 1) // 7 in (1, 3)
