"""What a citizen typed, made clean once for every door."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.errors import ServiceError
from trade_license.states import FOR_LIFE

LONGEST_NUMBER = 30
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


def years(text: str) -> str:
    """Return a number of years in ASCII digits, `life`, or `1` for nothing. :raises TermUnknown: it is neither"""
    typed = text.strip().casefold()
    if typed in LIFE_WORDS:
        return FOR_LIFE
    number = digits.only_digits(typed) if typed else "1"
    if not number or int(number) < 1:
        raise TermUnknown(sold="1, 3, 5, 15")
    return str(int(number))
