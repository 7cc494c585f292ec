"""What keeps the register from being read out: an allowance of searches for strangers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.allowance import Allowance
from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from datetime import datetime

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
