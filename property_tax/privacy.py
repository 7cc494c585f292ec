"""What keeps the register from being read out: an allowance of searches for strangers, a log of what clerks have seen."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import IST
from kmc_portal.common.errors import ServiceError
from property_tax.models import Disclosure, SearchAllowance

if TYPE_CHECKING:
    from datetime import datetime

    from property_tax.states import Screen

KEPT = timedelta(days=1)
ONE_HOUSEHOLD = 64  # the bits of an IPv6 address that a provider gives to one customer

SPEND = """
INSERT INTO property_tax_searchallowance AS spent (client, hour, searches) VALUES (%(client)s, %(hour)s, 1)
ON CONFLICT (client, hour) DO UPDATE SET searches = spent.searches + 1
RETURNING searches
"""


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
    hour = now.astimezone(IST).replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(SPEND, {"client": _client(address), "hour": hour})
        (searches,) = cursor.fetchone()
    if searches == 1:
        SearchAllowance.objects.filter(hour__lt=hour - KEPT).delete()
    if searches > settings.SEARCHES_PER_HOUR:
        again = hour + timedelta(hours=1)
        raise SearchLimitReached(count=settings.SEARCHES_PER_HOUR, hour=again.hour)


def note_disclosure(*, assessee_number: str, user_id: int, screen: Screen, now: datetime) -> None:
    """Write down that a user sees an assessee unmasked."""
    Disclosure.objects.create(assessee_number=assessee_number, user_id=user_id, screen=screen, seen_at=now)


def _client(address: str) -> str:
    """Return a hash under the portal's key: an allowance needs to know a connection again, not where it is."""
    try:
        ip = ip_address(address)
    except ValueError:
        ip = None
    household = str(ip_network((ip, ONE_HOUSEHOLD), strict=False)) if isinstance(ip, IPv6Address) else address
    return salted_hmac("property_tax.search", household, algorithm="sha256").hexdigest()[:40]
