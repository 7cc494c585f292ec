"""What a citizen typed, made clean once for every door."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.errors import ServiceError
from trade_license.states import FOR_LIFE

LONGEST_NUMBER = 30
LARGEST_AREA = 1_000_000
LAST_WARD = 144
MOST_CHARACTERS = 200
ASSESSEE_DIGITS = 12
FEWEST_IN_IDENTITY, MOST_IN_IDENTITY = 4, 30
NOT_IN_A_KEY = re.compile(r"[^A-Z0-9]")
LIFE_WORDS = frozenset({FOR_LIFE, "lifetime", "আজীবন", "आजीवन"})


class CeNumberMissing(ServiceError):
    code = "ce_number_missing"
    message = _("Please send the number of the certificate of enlistment, as it is printed on your trade licence.")
    field = "ce_number"


class CeNumberMalformed(ServiceError):
    code = "ce_number_malformed"
    message = _(
        "This is no certificate number: it has digits and Latin letters, at most {most} of them. "
        "Please copy it from your trade licence."
    )
    field = "ce_number"


class TermUnknown(ServiceError):
    code = "term_unknown"
    message = _("A licence is renewed for {sold} years. Please choose one of these.")
    field = "years"


class AreaMalformed(ServiceError):
    code = "area_malformed"
    message = _("Please give the area in whole square feet, from 1 to {most}.")
    field = "area_sq_ft"


class LicenseWardUnknown(ServiceError):
    code = "license_ward_unknown"
    message = _("A ward is a number from 1 to 144. It stands on the property tax bill of the premises.")
    field = "ward"


class AnswerMissing(ServiceError):
    code = "answer_missing"
    message = _("Please fill this in.")
    field = "answer"


class AnswerTooLong(ServiceError):
    code = "answer_too_long"
    message = _("Please say it in at most {most} characters.")
    field = "answer"


class PremisesNumberMalformed(ServiceError):
    code = "premises_number_malformed"
    message = _("An assessee number has 12 digits. Please correct it, or leave it out.")
    field = "assessee_number"


class IdentityMalformed(ServiceError):
    code = "identity_malformed"
    message = _("Please give the number of the identity paper, as it is printed there.")
    field = "identity_number"


def ce_number(text: str) -> str:
    """Return the letters and digits of a certificate number, in capitals: blanks, hyphens and the script do not matter.

    :raises CeNumberMissing: nothing was typed
    :raises CeNumberMalformed: no digit in it, letters of another script, or too long
    """
    typed = digits.strip_separators(digits.to_ascii(text)).upper()
    if not typed:
        raise CeNumberMissing
    key = NOT_IN_A_KEY.sub("", typed)
    letters = [char for char in typed if char.isalnum()]
    if not any(char.isdigit() for char in key) or len(key) != len(letters) or len(key) > LONGEST_NUMBER:
        raise CeNumberMalformed(most=LONGEST_NUMBER)
    return key


def ce_number_as_written(text: str) -> str:
    """Return a certificate number with its separators, in capitals. :raises CeNumberMissing, CeNumberMalformed:"""
    ce_number(text)
    return digits.to_ascii(text).strip().upper()


def years(text: str) -> str:
    """Return a number of years in ASCII digits, `life`, or `1` for nothing. :raises TermUnknown: it is neither"""
    typed = text.strip().casefold()
    if typed in LIFE_WORDS:
        return FOR_LIFE
    number = digits.only_digits(typed) if typed else "1"
    if not number or int(number) < 1:
        raise TermUnknown(sold="1, 3, 5, 15")
    return str(int(number))


def area_sq_ft(text: str) -> str:
    """Return an area in whole square feet, in ASCII digits. :raises AreaMalformed: it is none, or nobody's shop"""
    number = digits.only_digits(text)
    if not number or not 1 <= int(number) <= LARGEST_AREA:
        raise AreaMalformed(most=LARGEST_AREA)
    return str(int(number))


def ward(text: str) -> str:
    """Return the number of a ward in ASCII digits. :raises LicenseWardUnknown: it is not 1 to 144"""
    number = digits.only_digits(text)
    if not number or not 1 <= int(number) <= LAST_WARD:
        raise LicenseWardUnknown
    return str(int(number))


def said(text: str) -> str:
    """Return words as they are kept: trimmed, without line breaks and other unseen characters.

    :raises AnswerMissing: there are none
    :raises AnswerTooLong: more than a form has room for
    """
    words = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if not words:
        raise AnswerMissing
    if len(words) > MOST_CHARACTERS:
        raise AnswerTooLong(most=MOST_CHARACTERS)
    return words


def assessee_number(text: str) -> str:
    """Return the 12 digits of an assessee number, or nothing for nothing. :raises PremisesNumberMalformed: other than 12"""
    number = digits.only_digits(text)
    if text.strip() and len(number) != ASSESSEE_DIGITS:
        raise PremisesNumberMalformed
    return number


def identity_number(text: str) -> str:
    """Return the letters and digits of an identity paper's number. :raises IdentityMalformed: fewer than four, or too many"""
    number = "".join(char for char in digits.to_ascii(text).upper() if char.isalnum())
    if not FEWEST_IN_IDENTITY <= len(number) <= MOST_IN_IDENTITY:
        raise IdentityMalformed
    return number
