"""Reading: what a mobile number that was proved by a code gives a right to (ADR 0048)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models.functions import Right

from kmc_portal.common.masking import masked_name
from property_tax.models import Assessee
from property_tax.queries import AssesseeSummary
from property_tax.states import AssesseeStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOBILE_DIGITS = 10
# More properties than this under one number are no household's; an agent's are reached by their numbers.
MOST = 50


def is_on_record(*, assessee_number: str, mobile: str) -> bool:
    """Say whether a proved mobile number, as `+919830012345`, is the one on record of an assessee. One query at most."""
    return bool(mobile) and _of_mobile(mobile).filter(assessee_number=assessee_number).exists()


def properties_of(*, mobile: str) -> list[AssesseeSummary]:
    """Return the properties in use on which a proved mobile number is on record, the first fifty by number. One query."""
    found = _of_mobile(mobile).filter(status=AssesseeStatus.ACTIVE).select_related("ward").order_by("assessee_number")
    return [
        AssesseeSummary(
            each.assessee_number,
            masked_name(each.owner_name),
            f"{each.premises_number} {each.street_name}".strip(),
            each.ward_id,
            each.ward.borough,
        )
        for each in found[:MOST]
    ]


def _of_mobile(mobile: str) -> QuerySet[Assessee]:
    ten = Assessee.objects.exclude(mobile="").annotate(ten=Right("mobile", MOBILE_DIGITS))
    return ten.filter(ten=mobile[-MOBILE_DIGITS:])
