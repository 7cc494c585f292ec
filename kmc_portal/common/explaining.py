"""Figures of a rule's arithmetic as people read them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import get_language

from kmc_portal.common.digits import localise
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date


def shown(name: str, value: object) -> str:
    """Return a figure as the reader reads it: money, a date, a percentage or a count."""
    if name.endswith("_paise"):
        assert isinstance(value, int)
        return rupee_text(value)
    if isinstance(value, date):
        return long_date(value)
    plain = f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
    return localise(plain, get_language() or "")
