"""What keeps the register from being read out: an allowance of searches for strangers, a log of what clerks have seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.allowance import Allowance
from kmc_portal.common.errors import ServiceError
from property_tax.models import Disclosure

if TYPE_CHECKING:
    from datetime import datetime

    from property_tax.states import Screen

SEARCHES = Allowance("property_tax_searchallowance", "searches", "property_tax.search")


class SearchLimitReached(ServiceError):
    code = "search_limit_reached"
    message = _(
        "Your connection has searched {count} times this hour, which is all we allow. "
        "Please search again after {hour} o'clock, or take the number from an old bill or receipt."
    )
    field = "street"
    http_status = 429


def spend_search(*, address: str, now: datetime) -> None:
    """Count one search of a connection, known by its IP address.

    :raises SearchLimitReached: it has made as many in this hour as `SEARCHES_PER_HOUR` allows
    """
    searches, ends_at = SEARCHES.spend(address=address, now=now)
    if searches > settings.SEARCHES_PER_HOUR:
        raise SearchLimitReached(count=settings.SEARCHES_PER_HOUR, hour=ends_at.hour)


def note_disclosure(*, assessee_number: str, user_id: int, screen: Screen, now: datetime) -> None:
    """Write down that a user sees an assessee unmasked."""
    Disclosure.objects.create(assessee_number=assessee_number, user_id=user_id, screen=screen, seen_at=now)
