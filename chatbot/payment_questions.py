"""Money was cut and nothing came: the bank is asked at once, outside of the turn, and what it says is sent afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from chatbot import outgoing
from chatbot.channels.base import ChannelBusy
from chatbot.dialogs.payment_words import status_text
from chatbot.engine.language import DEFAULT
from payments import polling
from payments.payment_status import order_seen

if TYPE_CHECKING:
    from payments.payment_status import OrderSeen

# Who answers a question and dies leaves it for so long; then somebody else takes it.
LEASE = timedelta(minutes=1)
BATCH = 20

# One open question for a conversation and an order, and no second one while the gateway would not be asked again.
ASK = """
INSERT INTO chatbot_paymentquestion (conversation_id, order_id, is_payers, asked_at, available_at, answer)
SELECT %(conversation)s, %(order)s, %(is_payers)s, %(now)s, %(now)s, ''
 WHERE NOT EXISTS (SELECT 1 FROM chatbot_paymentquestion WHERE conversation_id = %(conversation)s AND order_id = %(order)s
                      AND asked_at > %(rested)s)
ON CONFLICT (conversation_id, order_id) WHERE answered_at IS NULL DO NOTHING
"""
TAKE = """
UPDATE chatbot_paymentquestion question SET available_at = %(lease)s
  FROM chatbot_conversation conversation
 WHERE conversation.id = question.conversation_id AND question.id IN (
       SELECT id FROM chatbot_paymentquestion WHERE answered_at IS NULL AND available_at <= %(now)s
        ORDER BY available_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED)
RETURNING question.id, question.conversation_id, question.order_id, question.is_payers, conversation.language
"""
ANSWER = """
UPDATE chatbot_paymentquestion SET answered_at = %(now)s, answer = %(answer)s
 WHERE id = %(question)s AND answered_at IS NULL
"""


class Question(NamedTuple):
    """A question that somebody waits with, and the language to answer it in."""

    pk: int
    conversation: int
    order: int
    is_payers: bool
    language: str


def ask_gateway(*, conversation: str, order: int, is_payers: bool, now: datetime) -> bool:
    """Have the gateway asked about an order, in the caller's transaction; say whether an answer is to come."""
    values: dict[str, Any] = {
        "conversation": conversation,
        "order": order,
        "is_payers": is_payers,
        "now": now,
        "rested": now - polling.BETWEEN_CHECKS,
    }
    with connection.cursor() as cursor:
        cursor.execute(ASK, values)
        return bool(cursor.rowcount)


def answer_questions(*, now: datetime) -> int:
    """Ask the gateways what citizens wait to hear, one batch, and send what they say. Returns how many were answered."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"now": now, "lease": now + LEASE, "batch": BATCH})
        taken = [Question(*row) for row in cursor.fetchall()]
    for question in taken:
        _answer(question, now)
    return len(taken)


def _answer(question: Question, now: datetime) -> None:
    found = order_seen(question.order)
    if found.is_waiting(now=now):
        polling.check_now(token=found.token, now=now)
        found = order_seen(question.order)
    key = f"question:{question.pk}"
    body = "" if _is_told_anyway(found, question) else _text(found, question, now)
    with transaction.atomic(), connection.cursor() as cursor:
        if body:
            cursor.execute(
                outgoing.WRITE, {"key": key, "conversation": question.conversation, "body": body, "now": now}
            )
        cursor.execute(ANSWER, {"question": question.pk, "answer": found.step, "now": now})
    if body:
        _send(key, now)


def _is_told_anyway(found: OrderSeen, question: Question) -> bool:
    """Say whether a receipt, which came since the question was put, goes to the same conversation by itself."""
    return bool(found.receipts) and str(question.conversation) in found.told_to


def _text(found: OrderSeen, question: Question, now: datetime) -> str:
    with translation.override(question.language or DEFAULT):
        heard = _("This is what the bank says now.")
        return f"{heard}\n\n{status_text(found, is_payers=question.is_payers, now=now)}"


def _send(key: str, now: datetime) -> None:
    try:
        outgoing.send(key, now=now)
    except ChannelBusy:
        return  # it waits for `send_waiting`
