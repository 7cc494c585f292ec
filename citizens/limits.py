"""How often codes may be asked for and tried. Every allowance is one statement, so that many at once count as many.

Waits grow with each use and are forgotten after a quiet day, or as soon as a code proves that its owner wanted it.
"""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_lazy as _

from citizens.codes import hidden
from citizens.models import CodeAllowance
from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

FORGOTTEN_AFTER = timedelta(days=1)
ONE_HOUSEHOLD = 64  # the bits of an IPv6 address that a provider gives to one customer

# Without a wait two machines whose clocks differ a little refuse nobody.
SPEND = """
INSERT INTO citizens_codeallowance AS spent (whose, uses, last_at, next_at)
VALUES (%(whose)s, 1, %(now)s, %(now)s + (%(waits)s::interval[])[1])
ON CONFLICT (whose) DO UPDATE
   SET uses = CASE WHEN spent.last_at <= %(forgotten)s THEN 1 ELSE spent.uses + 1 END,
       last_at = %(now)s,
       next_at = %(now)s + (%(waits)s::interval[])[
           least(CASE WHEN spent.last_at <= %(forgotten)s THEN 1 ELSE spent.uses + 1 END, %(last)s)]
 WHERE spent.next_at <= %(now)s OR spent.last_at <= %(forgotten)s OR spent.next_at = spent.last_at
RETURNING next_at
"""


class CodeWait(ServiceError):
    code = "code_wait"
    message = _("Too many codes were asked for or tried. Please wait {minutes} min, then try again.")
    field = "code"
    http_status = 429


def spend_code(*, subject: str, client: str, now: datetime) -> None:
    """Count one code asked for, about a subject and from a client; a client of no address is not counted.

    :raises CodeWait: one of the two has to wait; inside a transaction, neither is counted then
    """
    _spend_or_wait("subject", subject, settings.CODE_WAITS_SUBJECT, now)
    if client:
        _spend_or_wait("client", _household(client), settings.CODE_WAITS_CLIENT, now)


def spend_try(*, client: str, now: datetime) -> None:
    """Count one try at a code from a client. :raises CodeWait:"""
    if client:
        _spend_or_wait("try", _household(client), settings.CODE_WAITS_TRY, now)


def may_reach(mobile: str, *, now: datetime) -> bool:
    """Count one message to a mobile number and say whether it may go out.

    It is no refusal: an answer that differs would tell whose number two licences share.
    """
    return _spend(hidden("mobile", mobile), settings.CODE_WAITS_MOBILE, now)


def forgive(*, subject: str, mobile: str) -> None:
    """Forget the waits of a subject and of a mobile number whose holder has proved that the messages were wanted."""
    CodeAllowance.objects.filter(whose__in=[hidden("subject", subject), hidden("mobile", mobile)]).delete()


def _spend_or_wait(kind: str, value: str, waits: Sequence[timedelta], now: datetime) -> None:
    whose = hidden(kind, value)
    if _spend(whose, waits, now):
        return
    next_at = CodeAllowance.objects.filter(whose=whose).values_list("next_at", flat=True).first() or now
    raise CodeWait(minutes=max(1, -(-(next_at - now) // timedelta(minutes=1))))


def _spend(whose: str, waits: Sequence[timedelta], now: datetime) -> bool:
    asked: dict[str, Any] = {
        "whose": whose,
        "waits": list(waits),
        "last": len(waits),
        "now": now,
        "forgotten": now - FORGOTTEN_AFTER,
    }
    with connection.cursor() as cursor:
        cursor.execute(SPEND, asked)
        return cursor.fetchone() is not None


def _household(client: str) -> str:
    """Return the address of a connection; of an IPv6 one the network that a customer has."""
    try:
        ip = ip_address(client)
    except ValueError:
        return client
    return str(ip_network((ip, ONE_HOUSEHOLD), strict=False)) if isinstance(ip, IPv6Address) else client
