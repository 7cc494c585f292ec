"""What a cashier can take for the number of a certificate that somebody says across the counter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payments.payables import Offer, Offers
from trade_license import inputs
from trade_license.queries import ONE_YEAR, license_dues, particulars, terms_sold, total_for
from trade_license.services import TITLE, nothing_to_pay, scope_of
from trade_license.wording import term_label

if TYPE_CHECKING:
    from datetime import date


def offers(*, text: str, on: date) -> Offers:
    """Return what everything due costs, alone and with each term that is sold. The number is cleaned here.

    :raises ServiceError: it is no such number, is not in use, or nothing is due for it
    """
    found = license_dues(ce_number=inputs.ce_number(text), on=on)
    if found.dues.total_paise <= 0:
        raise nothing_to_pay(found)
    choices = [
        Offer(scope_of(years), term_label(years), total_for(found, years)) for years in terms_sold(found) or [ONE_YEAR]
    ]
    return Offers(found.license.ce_number, TITLE, particulars(found.license), choices)
