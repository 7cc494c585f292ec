"""Whose records a mobile number stands on: it is on record with and without the country, and proved as `+919830012345`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db.models.functions import Right
from django.db.models.lookups import Exact

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    Record = TypeVar("Record", bound=Model)

MOBILE_DIGITS = 10
# What a table whose records have a `mobile` is indexed by, those without one left out.
TEN_DIGITS = Right("mobile", MOBILE_DIGITS)


def of_mobile(records: QuerySet[Record], mobile: str) -> QuerySet[Record]:
    """Return the records on which a proved mobile number stands; none for no number."""
    if not mobile:
        return records.none()
    return records.exclude(mobile="").filter(Exact(TEN_DIGITS, mobile[-MOBILE_DIGITS:]))
