"""Reading: the licences that a mobile number, proved by a code, gives a right to (ADR 0048)."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import OuterRef, Subquery

from kmc_portal.common.mobiles import of_mobile
from trade_license.models import Certificate, License

# More than this under one number are no shopkeeper's; an agent's are reached by their numbers.
MOST = 50


class OwnLicense(NamedTuple):
    """A licence in use, to be told from the others; `certificate_token` leads to its last certificate, empty before the first."""

    ce_number: str
    trade_name: str
    address: str
    certificate_token: str


def licenses_of(*, mobile: str) -> list[OwnLicense]:
    """Return the licences in use on which a proved mobile number is on record, the first fifty by number. One query."""
    last = Certificate.objects.filter(demand__license=OuterRef("pk")).order_by("-pk").values("token")[:1]
    in_use = License.objects.filter(closed_on=None, deleted_on=None, replaced_by=None)
    found = of_mobile(in_use, mobile).annotate(token=Subquery(last)).order_by("ce_number")[:MOST]
    return [OwnLicense(each.ce_number, each.trade_name, each.address, each.token or "") for each in found]
