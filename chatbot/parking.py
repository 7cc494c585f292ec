"""A message over which the portal itself fails: tried three times, then parked for a person to look at (ADR 0047)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from django.db import connection
from django.utils.translation import gettext_lazy as _

from chatbot.channels.base import Inbound
from chatbot.channels.registry import WEB, channel_of
from chatbot.parked_models import ParkedMessage
from kmc_portal.common.errors import ServiceError

log = structlog.get_logger()
MOST_TRIES = 3
BETWEEN = timedelta(minutes=1)
BATCH = 20
# Who settles what a clerk need not look at.
ITSELF, OVERTAKEN = "portal", "citizen"

NOTE = """
INSERT INTO chatbot_parkedmessage AS held
       (provider_id, channel, address, body, tries, fault, came_at, next_try_at, settled_by)
VALUES (%(provider_id)s, %(channel)s, %(address)s, %(body)s, 1, %(fault)s, %(now)s, %(later)s, '')
ON CONFLICT (provider_id) DO UPDATE
   SET tries = held.tries + 1, fault = excluded.fault, next_try_at = excluded.next_try_at,
       parked_at = CASE WHEN held.tries + 1 >= %(most)s THEN coalesce(held.parked_at, excluded.came_at) END,
       settled_at = NULL, settled_by = ''
RETURNING tries
"""
# What cannot be answered may stand in the way of everything that follows: its citizen begins anew at the menu.
BACK_TO_MENU = "UPDATE chatbot_conversation SET state = jsonb_build_object('language', language) WHERE address = %s"
TAKE = """
UPDATE chatbot_parkedmessage parked SET next_try_at = %(later)s
 WHERE id IN (SELECT id FROM chatbot_parkedmessage
               WHERE parked_at IS NULL AND settled_at IS NULL AND next_try_at <= %(now)s
               ORDER BY next_try_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
RETURNING id, provider_id, channel, address, body,
          EXISTS (SELECT FROM chatbot_conversation c WHERE c.address = parked.address AND c.last_inbound_at > parked.came_at)
"""
SETTLE = """
UPDATE chatbot_parkedmessage SET settled_at = %(now)s, settled_by = %(who)s WHERE id = %(parked)s AND settled_at IS NULL
"""


class ParkedSettled(ServiceError):
    code = "parked_settled"
    message = _("This message has been settled already. Nothing is left to do.")
    field = "parked"
    http_status = 409


class Waiting(NamedTuple):
    """A message that is to be tried once more, and whether its citizen has written since."""

    pk: int
    provider_id: str
    channel: str
    address: str
    body: str
    is_overtaken: bool


def note_failure(message: Inbound, *, channel: str, fault: Exception, now: datetime) -> None:
    """Note that the turn of a message broke. The third time it is parked, and its citizen's next message finds the menu."""
    from chatbot.services import storable  # noqa: PLC0415 - the dialogs, which services knows, know the tasks

    values: dict[str, Any] = {
        "provider_id": message.provider_id,
        "channel": channel,
        "address": message.address,
        "body": storable(message.text),
        "fault": type(fault).__name__[:60],
        "now": now,
        "later": now + BETWEEN,
        "most": MOST_TRIES,
    }
    with connection.cursor() as cursor:
        cursor.execute(NOTE, values)
        (tries,) = cursor.fetchone()
        if tries >= MOST_TRIES:
            cursor.execute(BACK_TO_MENU, [message.address])
            log.error("message_parked", fault=values["fault"], tries=tries)


def try_again(*, now: datetime) -> int:
    """Take the turns that broke before, one batch. Returns how many were taken.

    One whose citizen has written since is left alone: a `1` of a minute ago would be read against another list.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"now": now, "later": now + BETWEEN, "batch": BATCH})
        found = [Waiting(*row) for row in cursor.fetchall()]
    return sum(_try(waiting, now) for waiting in found)


def _try(waiting: Waiting, now: datetime) -> bool:
    if waiting.is_overtaken:
        _settle(waiting.pk, OVERTAKEN, now)
        return False
    message = Inbound(waiting.provider_id, waiting.address, waiting.body)
    if not taken_or_noted(message, channel=waiting.channel, now=now):
        return False
    _settle(waiting.pk, ITSELF, now)
    return True


def taken_or_noted(message: Inbound, *, channel: str, now: datetime) -> bool:
    """Take the turn of a message and have its reply sent; note it where that breaks. Says whether it was taken."""
    from chatbot.services import receive  # noqa: PLC0415 - as above

    try:
        # A reply in the browser stands on the page; every other one is sent.
        receive(message, channel=channel_of(channel), now=now, queue_reply=channel != WEB.code)
    except Exception as fault:  # one message must not stop the others; the event holds the traceback
        log.exception("turn_failed")
        note_failure(message, channel=channel, fault=fault, now=now)
        return False
    return True


def settle(parked: int, *, clerk: str, now: datetime) -> None:
    """Note that somebody has seen to a parked message. :raises ParkedSettled: it needs nobody any more"""
    if not _settle(parked, clerk, now):
        raise ParkedSettled


def retry(parked: int, *, clerk: str, now: datetime) -> bool:
    """Take a parked message's turn once more, now that what broke it is mended. Says whether it was taken.

    :raises ParkedSettled: it needs nobody any more
    """
    found = ParkedMessage.objects.filter(pk=parked, settled_at=None).first()
    if found is None:
        raise ParkedSettled
    message = Inbound(found.provider_id, found.address, found.body)
    if not taken_or_noted(message, channel=found.channel, now=now):
        return False
    _settle(parked, clerk, now)
    return True


def _settle(parked: int, who: str, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(SETTLE, {"parked": parked, "who": who, "now": now})
        return bool(cursor.rowcount)
