"""What a citizen typed, made clean once for every door."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.errors import ServiceError
from property_tax.states import ALL_HEADINGS, Heading

LENGTH = 12
WARD = slice(2, 5)
LAST_WARD = 144


class AssesseeNumberMissing(ServiceError):
    code = "assessee_number_missing"
    message = _("Please send the 12-digit assessee number printed on your property-tax bill.")
    field = "assessee_number"


class AssesseeNumberTooShort(ServiceError):
    code = "assessee_number_too_short"
    message = _("An assessee number has 12 digits; you sent {count}. Please check the bill and send all 12 digits.")
    field = "assessee_number"


class AssesseeNumberTooLong(ServiceError):
    code = "assessee_number_too_long"
    message = _(
        "An assessee number has 12 digits; you sent {count}. Please check the bill and send only those 12 digits."
    )
    field = "assessee_number"


class AssesseeNumberBadWard(ServiceError):
    code = "assessee_number_bad_ward"
    message = _(
        "Digits 3 to 5 of an assessee number are the ward, 001 to 144; yours say {ward}. "
        "Please check the number on the bill and send it again."
    )
    field = "assessee_number"


class HeadingUnknown(ServiceError):
    code = "heading_unknown"
    message = _("Please choose what to pay: everything, current PD, current F/S or outstanding (LOI).")
    field = "heading"


def assessee_number(text: str) -> str:
    """Return the 12 ASCII digits of what was typed, in any of three scripts and with any separators.

    :raises AssesseeNumberMissing: there is no digit in it, or there are letters among the digits
    :raises AssesseeNumberTooShort, AssesseeNumberTooLong: not 12 digits
    :raises AssesseeNumberBadWard: digits 3 to 5 are not a ward
    """
    number = digits.strip_separators(digits.to_ascii(text))
    if not number.isascii() or not number.isdecimal():
        raise AssesseeNumberMissing
    if len(number) < LENGTH:
        raise AssesseeNumberTooShort(count=len(number))
    if len(number) > LENGTH:
        raise AssesseeNumberTooLong(count=len(number))
    if not 1 <= int(number[WARD]) <= LAST_WARD:
        raise AssesseeNumberBadWard(ward=number[WARD])
    return number


def heading(text: str) -> str:
    """Return `PD`, `FS`, `LOI` or `ALL`. :raises HeadingUnknown: anything else"""
    value = text.strip().upper()
    if value not in {ALL_HEADINGS, *Heading.values}:
        raise HeadingUnknown
    return value


def printed(number: str) -> str:
    """Return the number as the corporation prints it: `NN-WWW-SS-PPPP-C`."""
    return f"{number[:2]}-{number[2:5]}-{number[5:7]}-{number[7:11]}-{number[11:]}"
