"""Reading: what a mobile number that was proved by a code gives a right to (ADR 0048)."""

from __future__ import annotations

from typing import NamedTuple

from kmc_portal.common.masking import masked_name
from kmc_portal.common.mobiles import of_mobile
from property_tax.models import Assessee
from property_tax.queries import AssesseeSummary
from property_tax.states import AssesseeStatus

# More properties than this under one number are no household's; an agent's are reached by their numbers.
MOST = 50


class Record(NamedTuple):
    """Who stands on record, with nothing masked: for who has proved a right to it, or to compare a proof with."""

    owner_name: str
    premises: str
    mobile: str


def is_on_record(*, assessee_number: str, mobile: str) -> bool:
    """Say whether a proved mobile number, as `+919830012345`, is the one on record of an assessee. One query at most."""
    return bool(mobile) and of_mobile(Assessee.objects.filter(assessee_number=assessee_number), mobile).exists()


def record_of(*, assessee_number: str) -> Record:
    """Return who stands on record of an assessee that there is. One query."""
    found = Assessee.objects.get(assessee_number=assessee_number)
    return Record(found.owner_name, f"{found.premises_number} {found.street_name}".strip(), found.mobile)


def properties_of(*, mobile: str) -> list[AssesseeSummary]:
    """Return the properties in use on which a proved mobile number is on record, the first fifty by number. One query."""
    in_use = Assessee.objects.filter(status=AssesseeStatus.ACTIVE).select_related("ward")
    found = of_mobile(in_use, mobile).order_by("assessee_number")
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
