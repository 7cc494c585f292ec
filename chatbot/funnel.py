"""How far citizens get in each service, and how often the chat does not understand. Read from counts, never from words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from payments.states import OrderState, Source

SHOWN = timedelta(days=30)
# A citizen is stuck at a step whose last word left a question waiting for a day.
STUCK_AFTER = timedelta(days=1)
STEPS = """
WITH said AS (
    SELECT conversation_id, dialog, step, outcome, received_at,
           row_number() OVER (PARTITION BY conversation_id ORDER BY id DESC) AS from_last
      FROM chatbot_inboundmessage WHERE received_at >= %(since)s
)
SELECT dialog, step, count(*), count(DISTINCT conversation_id), count(*) FILTER (WHERE outcome = 'refused'),
       count(*) FILTER (WHERE from_last = 1 AND step <> 'end' AND received_at <= %(stuck)s)
  FROM said WHERE dialog <> '' GROUP BY dialog, step ORDER BY dialog, step = 'end', 4 DESC
"""
RATES = """
SELECT count(*), count(*) FILTER (WHERE outcome = 'unclear'), count(*) FILTER (WHERE outcome = 'asked_back')
  FROM chatbot_inboundmessage WHERE received_at >= %(since)s
"""
RATED = """
SELECT right(outcome, 1)::int AS score, count(*) FROM chatbot_inboundmessage
 WHERE received_at >= %(since)s AND outcome LIKE 'rated\\_%%' GROUP BY score ORDER BY score
"""
PAID = """
SELECT kind, count(*), count(*) FILTER (WHERE state = %(paid)s)
  FROM payments_paymentorder WHERE source = %(chat)s AND created_at >= %(since)s GROUP BY kind ORDER BY kind
"""


@dataclass(frozen=True, slots=True)
class Reached:
    """One step of a service: messages and citizens that reached it, refusals there, and citizens who stopped there."""

    dialog: str
    step: str
    messages: int
    citizens: int
    refused: int
    stuck: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """The last thirty days: the steps, what was paid by kind, of all messages those unclear and asked back, and how many citizens
    gave each score, 1 to 5.
    """

    steps: tuple[Reached, ...]
    paid: tuple[tuple[str, int, int], ...]
    messages: int
    unclear: int
    asked_back: int
    rated: tuple[tuple[int, int], ...] = ()


def funnel(*, now: datetime) -> Funnel:
    """Return how far citizens got in the last thirty days. Four queries."""
    values: dict[str, Any] = {
        "since": now - SHOWN,
        "stuck": now - STUCK_AFTER,
        "paid": OrderState.PAID.value,
        "chat": Source.CHAT.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(STEPS, values)
        steps = tuple(Reached(*row) for row in cursor.fetchall())
        cursor.execute(PAID, values)
        paid = tuple(cursor.fetchall())
        cursor.execute(RATES, values)
        messages, unclear, asked_back = cursor.fetchone()
        cursor.execute(RATED, values)
        rated = tuple(cursor.fetchall())
    return Funnel(steps, paid, messages, unclear, asked_back, rated)
