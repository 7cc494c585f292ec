"""What a citizen typed, made clean once for every door."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import paise_from_rupees
from property_tax.states import ALL_HEADINGS, Heading

LENGTH = 12
WARD = slice(2, 5)
LAST_WARD = 144
YEAR_DIGITS = 4
# A search for less finds half the city, and no index helps.
FEWEST_LETTERS = 3
MOST_CHARACTERS = 100


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


class AmountMalformed(ServiceError):
    code = "amount_malformed"
    message = _("Please give the amount in rupees, such as 1500 or 1,500.50.")
    field = "amount_paise"


class DayMalformed(ServiceError):
    code = "day_malformed"
    message = _("Please give the day as day, month and year, such as 31-03-2026.")
    field = "day"


class WardUnknown(ServiceError):
    code = "ward_unknown"
    message = _("A ward is a number from 1 to 144. Please correct it, or leave it out.")
    field = "ward"


class StreetTooShort(ServiceError):
    code = "street_too_short"
    message = _("Please type at least three letters of the street.")
    field = "street"


class OwnerTooShort(ServiceError):
    code = "owner_too_short"
    message = _("Please type at least three letters of the owner's name, or leave it out.")
    field = "owner"


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


def amount_paise(text: str) -> str:
    """Return the paise, in digits, of an amount that was typed in rupees; nothing of nothing.

    :raises AmountMalformed: it is no amount
    """
    if not text.strip():
        return ""
    try:
        return str(paise_from_rupees(text))
    except ValueError as error:
        raise AmountMalformed from error


def day(text: str) -> str:
    """Return `2026-03-31` of a day written so or as people here write it, `31-03-2026` or `৩১/৩/২০২৬`; nothing of nothing.

    :raises DayMalformed: it is no day
    """
    parts = re.split(r"[-/. ]+", digits.to_ascii(text).strip())
    if parts == [""]:
        return ""
    try:
        year, month, of_month = (int(part) for part in (parts if len(parts[0]) == YEAR_DIGITS else parts[::-1]))
        return date(year, month, of_month).isoformat()
    except ValueError as error:
        raise DayMalformed from error


def ward(text: str) -> str:
    """Return the number of a ward in ASCII digits, or nothing for nothing. :raises WardUnknown: it is not 1 to 144"""
    number = digits.only_digits(text)
    if text.strip() and not (number and 1 <= int(number) <= LAST_WARD):
        raise WardUnknown
    return number


def street(text: str) -> str:
    """Return the words of a street, or nothing for nothing. :raises StreetTooShort: fewer than three letters"""
    return _enough(text, StreetTooShort)


def owner(text: str) -> str:
    """Return the words of a name, or nothing for nothing. :raises OwnerTooShort: fewer than three letters"""
    return _enough(text, OwnerTooShort)


def premises(text: str) -> str:
    """Return a premises number as it was typed, or nothing for nothing."""
    return " ".join(text.split())[:MOST_CHARACTERS]


def letters_in(text: str) -> int:
    """Return how many letters a text has, the vowel signs of Bengali and Hindi among them."""
    return sum(unicodedata.category(char)[0] in "LM" for char in text)


def _enough(text: str, refusal: type[ServiceError]) -> str:
    words = " ".join(text.split())
    if words and letters_in(words) < FEWEST_LETTERS:
        raise refusal
    return words[:MOST_CHARACTERS]
