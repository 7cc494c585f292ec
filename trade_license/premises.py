"""Whether property tax is due at the premises of a trade: a word of warning beside a renewal, never a bar to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from payments.payables import kinds

if TYPE_CHECKING:
    from datetime import date


def owed(assessee_number: str, *, on: date) -> int:
    """Return what is owed in paise under another kind of revenue, that of `LICENSE_WARNS_OF`, for the same premises.

    Nothing where no number is on record, where nothing is to be warned of, or where nobody knows.
    """
    payable = kinds().get(settings.LICENSE_WARNS_OF)
    return payable.owed(reference=assessee_number, on=on) if payable and assessee_number else 0
