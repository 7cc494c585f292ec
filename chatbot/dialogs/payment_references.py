"""The numbers by which people name a payment: an order's, a receipt's, a bank's, or of what was paid for."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from chatbot.understanding.numbers import numbers_in
from kmc_portal.common import digits
from kmc_portal.common.errors import ServiceError
from property_tax import inputs

# A gateway puts two more digits behind an order number; banks print it so.
ORDER = re.compile(r"\bKP[\s-]?(\d{6})[\s-]?([0-9A-HJKMNP-TV-Z]{7})(?:\d\d)?\b", re.IGNORECASE)
RECEIPT = re.compile(r"\b((?!ND)[A-Z]{2})[\s/-]?(\d{3})[\s/-]?(20\d\d)[\s/-]?(\d\d)[\s/-]?(\d{1,9})\b", re.IGNORECASE)
# A UTR has 12, 16 or 22 letters and digits; what an app calls a transaction number may have some more or less.
OTHER = re.compile(r"[A-Z0-9][A-Z0-9/-]{5,34}", re.IGNORECASE)


class PaymentReferenceMissing(ServiceError):
    code = "payment_reference_missing"
    message = _(
        "There is no number in it by which a payment can be found. Please send the order number, such as KP261123ABCDEFG, or "
        "another number of the payment."
    )
    field = "reference"


def order_number(text: str) -> str:
    """Return the order number in a text, empty when there is none."""
    found = ORDER.search(digits.to_ascii(text))
    return f"KP{found[1]}{found[2]}".upper() if found else ""


def receipt_number(text: str) -> str:
    """Return the receipt number in a text as receipts print it, empty when there is none."""
    found = RECEIPT.search(digits.to_ascii(text))
    if not found:
        return ""
    series, place, year, end, number = found.groups()
    return f"{series}-{place}/{year}-{end}/{int(number):06d}".upper()


def holds_order(text: str) -> bool:
    """Say whether a text names an order; one with a link in it is about the link."""
    return "://" not in text and bool(order_number(text))


def holds_order_or_receipt(text: str) -> bool:
    """Say whether a text names an order or a receipt; one with a link in it is about the link."""
    return "://" not in text and bool(order_number(text) or receipt_number(text))


def payment_reference(text: str) -> str:
    """Return the number in a text by which a payment can be found, as it is printed.

    :raises PaymentReferenceMissing: there is none
    """
    named = order_number(text) or receipt_number(text) or _assessee_number(text)
    if named:
        return named
    words = (OTHER.fullmatch(word) for word in digits.to_ascii(text).split())
    with_digits = [word[0].upper() for word in words if word and any(char.isdigit() for char in word[0])]
    if not with_digits:
        raise PaymentReferenceMissing
    return with_digits[0]


def _assessee_number(text: str) -> str:
    for number in numbers_in(text).candidates:
        try:
            return inputs.assessee_number(number)
        except ServiceError:
            continue
    return ""
