"""Days as the corporation counts them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

IST = ZoneInfo("Asia/Kolkata")


def day_of(moment: datetime) -> date:
    """Return the IST day of an aware moment."""
    return moment.astimezone(IST).date()


def end_of(day: date) -> datetime:
    """Return the aware moment at which an IST day ends."""
    return datetime.combine(day + timedelta(days=1), time.min, IST)
