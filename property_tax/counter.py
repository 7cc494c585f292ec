"""What a cashier can take for an assessee number that somebody says across the counter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext, gettext_noop

from payments.payables import Offer, Offers
from property_tax import inputs
from property_tax.queries import assessee_dues, particulars
from property_tax.services import TITLE, NothingDue
from property_tax.states import ALL_HEADINGS, Heading

if TYPE_CHECKING:
    from datetime import date

EVERYTHING = gettext_noop("Everything that is due")


def offers(*, text: str, on: date) -> Offers:
    """Return everything due, and each heading where more than one has something. The number is cleaned here.

    :raises ServiceError: it is no assessee number, is not in use, or nothing is due under any heading
    """
    number = inputs.assessee_number(text)
    found = assessee_dues(assessee_number=number, on=on, at_counter=True)
    if found.dues.total_paise <= 0:
        raise NothingDue(assessee_number=found.assessee.printed_number)
    headings = [
        Offer(name, str(Heading(name).label), heading.payable_paise)
        for name, heading in found.dues.headings.items()
        if heading.payable_paise > 0
    ]
    everything = Offer(ALL_HEADINGS, gettext(EVERYTHING), found.dues.total_paise)
    choices = [everything, *headings] if len(headings) > 1 else [everything]
    return Offers(number, TITLE, particulars(found.assessee), choices)
