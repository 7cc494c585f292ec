"""Filters that every template has without loading them: money, digits, dates and numbers as people read them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from django import template
from django.template.defaultfilters import date as date_format
from django.utils.translation import get_language, gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import codes
from kmc_portal.common import digits as digits_module
from kmc_portal.common.clock import IST, day_of
from kmc_portal.common.money import rupee_text
from kmc_portal.common.web import public_url

if TYPE_CHECKING:
    from collections.abc import Sequence

register = template.Library()

PERIOD = re.compile(r"(?P<year>[0-9]{4}-[0-9]{2}) Q(?P<quarter>[1-4])")
QUARTERS = {
    "1": _("April to June"),
    "2": _("July to September"),
    "3": _("October to December"),
    "4": _("January to March"),
}

LONG_DATE = "j F Y"
LONGEST_WARD = 3
# Hours to 24: the Hindi words for morning and afternoon are one and the same in Django.
LONG_TIME = "j F Y, H:i"
# Django misspells these months in Hindi; a catalogue of ours wins, and it keeps what it finds here.
MONTHS = (gettext_noop("September"), gettext_noop("November"), gettext_noop("December"))


@register.filter
def rupees(paise: int) -> str:
    """Return an amount in the reader's digits and Indian groups."""
    return rupee_text(paise)


@register.filter
def digits(value: object) -> str:
    """Return any text with the reader's digits."""
    return digits_module.localise(str(value), get_language() or "en")


@register.filter
def particular(value: str) -> str:
    """Return what a paper says of whom it is about. A ward is in the reader's digits, a long number as it is typed elsewhere."""
    is_ward = value.isdecimal() and len(value) <= LONGEST_WARD
    return digits(int(value)) if is_ward else value


@register.filter(expects_localtime=True)
def long_date(day: date | datetime | None) -> str:
    """Return `23 November 2026`, `২৩ নভেম্বর ২০২৬`; nothing for nothing. An aware moment counts as its IST day."""
    return _in_words(day_of(day) if isinstance(day, datetime) else day, get_language() or "en") if day else ""


@lru_cache(maxsize=4096)
def _in_words(day: date, language: str) -> str:
    return digits_module.localise(date_format(day, LONG_DATE), language)


@register.filter(expects_localtime=True)
def long_time(moment: datetime | None) -> str:
    """Return `23 November 2026, 16:05` in IST, in the reader's language and digits."""
    return digits(date_format(moment.astimezone(IST), LONG_TIME)) if moment else ""


@register.filter
def assessee(number: str) -> str:
    """Return an assessee number as bills print it, `NN-WWW-SS-PPPP-C`."""
    return "-".join((number[:2], number[2:5], number[5:7], number[7:11], number[11:]))


@register.filter
def period(text: str) -> str:
    """Return `2026-27, October to December` for `2026-27 Q3`; any other text as it is, in the reader's digits."""
    found = PERIOD.fullmatch(text)
    return digits(f"{found['year']}, {QUARTERS[found['quarter']]}" if found else text)


@register.filter
def printed_code(code: str) -> str:
    """Return a verification code as papers print it, in groups of four."""
    return codes.printed_code(code)


@register.filter
def at(parts: Sequence[object], place: int) -> object:
    """Return what stands at a place of a sequence, from 0."""
    return parts[place]


@register.filter
def translated(text: str) -> str:
    """Return a message id kept in the database, such as a label of an order's snapshot, in the reader's language."""
    return gettext(text) if text else ""


@register.simple_tag
def public_address(name: str, *args: str) -> str:
    """Return the full address of a page, in no language of its own: for what is passed on to others."""
    return public_url(name, *args)


@register.filter
def last_day(moment: datetime) -> date:
    """Return the last IST day that ends by a moment: a price that holds until midnight holds on the day before."""
    return day_of(moment - timedelta(microseconds=1))
