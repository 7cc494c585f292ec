"""Telling others, at least once: rows written with the event, sent afterwards by whoever is free.

A consumer is called with the payload and raises to be called again later; it must bear being called twice.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import connection

from payments.models import OutboxMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Consumer = Callable[[Mapping[str, object]], None]

log = structlog.get_logger()
# Waiting times between tries; the last one repeats.
BACKOFF = [
    timedelta(seconds=10),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
]
BATCH = 50

_consumers: dict[str, Consumer] = {}
_forgotten: set[str] = set()


def subscribe(topic: str, consumer: Consumer, *, forget: bool = False) -> None:
    """Have `consumer` called for every message of a topic. Called once, from an app's `ready`.

    With `forget` the payload is emptied when it has been told: it is nobody's business afterwards.
    """
    _consumers[topic] = consumer
    if forget:
        _forgotten.add(topic)


def write(*, topic: str, key: str, payload: Mapping[str, object], now: datetime) -> None:
    """Write a message to be told, in the caller's transaction. `key` is unique for ever."""
    OutboxMessage.objects.create(topic=topic, key=key, payload=dict(payload), created_at=now, available_at=now)


# The try is counted and the next one put off before anything is sent: a crash in between costs a delay, not a message.
CLAIM = """
UPDATE payments_outboxmessage
   SET attempts = attempts + 1, available_at = %(now)s + (%(waits)s::interval[])[least(attempts + 1, %(last)s)]
 WHERE id IN (SELECT id FROM payments_outboxmessage WHERE sent_at IS NULL AND available_at <= %(now)s
               ORDER BY available_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
RETURNING id, topic, key, payload::text
"""
SENT = """
UPDATE payments_outboxmessage
   SET sent_at = %s, last_error = '', payload = CASE WHEN %s THEN '{}'::jsonb ELSE payload END
 WHERE id = %s
"""
FAILED = "UPDATE payments_outboxmessage SET last_error = %s WHERE id = %s"


def dispatch(*, now: datetime) -> int:
    """Send what is due, one batch. Returns how many messages were sent; those that failed wait for their next try."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "waits": BACKOFF, "last": len(BACKOFF), "batch": BATCH})
        claimed = cursor.fetchall()
    return sum(_send(pk, topic, key, json.loads(payload), now) for pk, topic, key, payload in claimed)


def _send(pk: int, topic: str, key: str, payload: dict[str, object], now: datetime) -> bool:
    consumer = _consumers.get(topic)
    try:
        if consumer:
            consumer(payload)
    except Exception as error:  # whatever a consumer raises, the message is kept and tried again
        log.warning("outbox_failed", key=key, topic=topic, kind=type(error).__name__)
        with connection.cursor() as cursor:
            cursor.execute(FAILED, [f"{type(error).__name__}: {error}"[:500], pk])
        return False
    with connection.cursor() as cursor:
        cursor.execute(SENT, [now, topic in _forgotten, pk])
    return True
