"""One message in, one reply out, in one transaction of few statements.

Everything here is SQL on a cursor and plain values: a turn is what the whole town asks for on the last day of a rebate.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from chatbot.contents import content_for
from chatbot.dialogs.catalogue import CATALOGUE
from chatbot.dialogs.links import path_of
from chatbot.engine.choices import LONGEST_LABEL, chosen
from chatbot.engine.language import plain
from chatbot.engine.runner import turn
from chatbot.engine.state import State, Turn
from chatbot.engine.steps import Context, Option, Reply
from chatbot.look_ups import LookUps
from chatbot.loop_guard import LoopGuard
from kmc_portal.common.clock import day_of

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.backends.utils import CursorWrapper

    from chatbot.channels.base import ChatChannel, Delivery, Inbound

HEARD_CHARS = 1000
# Where a dialog stands that has nothing more to ask.
ENDED = "end"
KEPT_CHARS = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """The one reply to a message, as the channel draws it and with the options apart.

    `outbound_key` names the message waiting to be sent, empty when the reply goes back by itself. `said` is what the dialog
    said, where that is the answer. An apology answers a message that was not taken.
    """

    text: str
    options: tuple[Option, ...]
    outbound_key: str = ""
    is_repeat: bool = False
    is_apology: bool = False
    said: Reply | None = None


# The upsert locks the conversation until the commit, so that two messages of one citizen are taken one after the other.
# Where the message is not new, `message` is empty and the reply has to be read with a later snapshot.
OPEN = """
WITH conversation AS (
    INSERT INTO chatbot_conversation AS held (address, channel, language, state, turns, last_inbound_at, created_at)
    VALUES (%(address)s, %(channel)s, '', '{}', 0, %(now)s, %(now)s)
    ON CONFLICT (address) DO UPDATE
       SET last_inbound_at = greatest(held.last_inbound_at, excluded.last_inbound_at), channel = excluded.channel
    RETURNING id, state
), message AS (
    INSERT INTO chatbot_inboundmessage (provider_id, conversation_id, body, reply, options, received_at)
    SELECT %(provider_id)s, id, %(body)s, '', '[]', %(now)s FROM conversation
    ON CONFLICT (provider_id) DO NOTHING RETURNING id
)
SELECT conversation.id, conversation.state::text, message.id FROM conversation LEFT JOIN message ON true
"""
REPEATED = "SELECT reply, options::text FROM chatbot_inboundmessage WHERE provider_id = %s AND conversation_id = %s"
CLOSE = """
WITH conversation AS (
    UPDATE chatbot_conversation SET language = %(language)s, state = %(state)s, turns = turns + 1 WHERE id = %(conversation)s
)
UPDATE chatbot_inboundmessage
   SET reply = %(reply)s, options = %(options)s, dialog = %(dialog)s, step = %(step)s, outcome = %(outcome)s
 WHERE id = %(message)s
"""
CLOSE_AND_QUEUE = """
WITH conversation AS (
    UPDATE chatbot_conversation SET language = %(language)s, state = %(state)s, turns = turns + 1 WHERE id = %(conversation)s
), message AS (
    UPDATE chatbot_inboundmessage
   SET reply = %(reply)s, options = %(options)s, dialog = %(dialog)s, step = %(step)s, outcome = %(outcome)s
 WHERE id = %(message)s
)
INSERT INTO chatbot_outboundmessage (dedup_key, conversation_id, body, template, variables, document, provider_id, status,
                                     status_rank, error_code, created_at, available_at)
VALUES (%(outbound_key)s, %(conversation)s, %(reply)s, %(template)s, %(variables)s, %(document)s, '', 'waiting', 0, '', %(now)s,
        %(now)s)
"""
# The message that a tapped button hangs under, and whether it is the last one.
TAPPED = """
SELECT said.options::text, said.id = (SELECT max(id) FROM chatbot_inboundmessage
                                       WHERE conversation_id = %(conversation)s AND id < %(message)s)
  FROM chatbot_inboundmessage said
 WHERE said.conversation_id = %(conversation)s AND (said.provider_id = %(replied_to)s OR said.id = (
       SELECT split_part(dedup_key, ':', 2)::bigint FROM chatbot_outboundmessage
        WHERE conversation_id = %(conversation)s AND provider_id = %(replied_to)s AND starts_with(dedup_key, 'reply:')))
"""
# Nobody waits for the disk here: a report that a crash of the database takes away within half a second tells of a message that
# arrived all the same, and the next report outranks it.
REPORT = """
WITH at_once AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO chatbot_outboundmessage AS held
       (dedup_key, conversation_id, body, provider_id, status, status_rank, error_code, created_at, available_at)
SELECT %(key)s, (SELECT id FROM chatbot_conversation WHERE address = %(address)s), '', %(provider_id)s, %(status)s, %(rank)s,
       %(error_code)s, %(now)s, %(now)s FROM at_once
ON CONFLICT (dedup_key) DO UPDATE
   SET provider_id = excluded.provider_id, status = excluded.status, status_rank = excluded.status_rank,
       error_code = excluded.error_code
 WHERE held.status_rank < excluded.status_rank
"""
REJECT = """
INSERT INTO chatbot_webhookrejection AS held (hook, reason, day, count) VALUES (%s, %s, %s, 1)
ON CONFLICT (hook, reason, day) DO UPDATE SET count = held.count + 1
"""


def receive(message: Inbound, *, channel: ChatChannel, now: datetime, queue_reply: bool = False) -> Answer:
    """Take one message and return the one reply to it; a message that was taken before gets its first reply again.

    With `queue_reply` the reply is also written as a message waiting to be sent, in the same transaction.
    """
    text = storable(message.text)
    with transaction.atomic(), connection.cursor() as cursor:
        conversation, stored, inbound = _open(cursor, message, text, channel.code, now)
        if inbound is None:
            return _repeated(cursor, message, conversation)
        held = json.loads(stored)
        look_ups, loop = LookUps.of(held, now=now), LoopGuard.of(held, now=now)
        context = Context(now=now, conversation=str(conversation), looking_up=look_ups.looking_up)
        heard, stale = _tapped(cursor, message, conversation, inbound) if message.replied_to else (text, "")
        taken = turn(State.from_json(held), heard[:HEARD_CHARS], catalogue=CATALOGUE, context=context, stale=stale)
        answer = _answer(taken, heard, channel, loop, outbound_key=f"reply:{inbound}" if queue_reply else "")
        state = taken.state.as_json(beside={**look_ups.as_stored(), **loop.as_stored()})
        _close(cursor, conversation, inbound, taken, state, answer, now)
    return answer


def _answer(taken: Turn, heard: str, channel: ChatChannel, loop: LoopGuard, *, outbound_key: str) -> Answer:
    """Return a reply as the channel draws it; another one, or none, where two machines go round in a circle."""
    drawn = channel.draw(taken.reply)
    text = loop.let_pass(drawn, said="" if taken.outcome else heard, language=taken.state.language)
    if text == drawn:
        return Answer(text, taken.reply.options, outbound_key, said=taken.reply)
    return Answer(text, (), outbound_key if text else "")


def _tapped(cursor: CursorWrapper, message: Inbound, conversation: int, inbound: int) -> tuple[str, str]:
    """Return the id of a tapped button, and its label where the message that it hangs under is not the last one."""
    values: dict[str, Any] = {"conversation": conversation, "message": inbound, "replied_to": message.replied_to}
    cursor.execute(TAPPED, values)
    options, is_last = cursor.fetchone() or ("[]", True)
    text = storable(message.text)
    if is_last:
        return text, ""
    offered = tuple((name, label) for name, label in json.loads(options))
    name = chosen(offered, plain(text))
    label = storable(message.label) or dict(offered).get(name, "") or text
    return name or text, label[:LONGEST_LABEL]


def storable(text: str) -> str:
    """Return what can be kept of a message: text columns take neither a zero nor half a character."""
    return text.encode(errors="replace").decode().replace("\0", "")[:KEPT_CHARS]


def _open(
    cursor: CursorWrapper, message: Inbound, text: str, channel: str, now: datetime
) -> tuple[int, str, int | None]:
    """Lock the conversation and store the message. Returns both ids and the state; no message id when it came before."""
    values: dict[str, Any] = {
        "address": message.address,
        "provider_id": message.provider_id,
        "body": text,
        "channel": channel,
        "now": now,
    }
    cursor.execute(OPEN, values)
    conversation, state, inbound = cursor.fetchone()
    return conversation, state, inbound


def _repeated(cursor: CursorWrapper, message: Inbound, conversation: int) -> Answer:
    cursor.execute(REPEATED, [message.provider_id, conversation])
    reply, options = cursor.fetchone() or ("", "[]")
    return Answer(reply, tuple((name, label) for name, label in json.loads(options)), is_repeat=True)


def _close(
    cursor: CursorWrapper, conversation: int, inbound: int, taken: Turn, state: str, answer: Answer, now: datetime
) -> None:
    values: dict[str, Any] = {
        "conversation": conversation,
        "message": inbound,
        "language": taken.state.language,
        "state": state,
        "reply": answer.text,
        "dialog": taken.dialog,
        "step": taken.state.key or (ENDED if taken.dialog else ""),
        "outcome": taken.outcome,
        "options": json.dumps(answer.options, ensure_ascii=False),
        "outbound_key": answer.outbound_key,
        **(_ready_made(answer.said) if answer.outbound_key else {}),
        "now": now,
    }
    cursor.execute(CLOSE_AND_QUEUE if answer.outbound_key else CLOSE, values)


def _ready_made(said: Reply | None) -> dict[str, str]:
    """Return what goes out in the place of free text: a content that the provider keeps, or a paper."""
    found = content_for(said) if said else None
    return {
        "template": found.name if found else "",
        "variables": json.dumps(found.variables if found else {}, ensure_ascii=False),
        "document": path_of(said.document) if said else "",
    }


def record_delivery(delivery: Delivery, *, reference: str, now: datetime) -> None:
    """Note what became of a message of ours. Reports come twice and out of order: a rank never goes back.

    `reference` is the message's own key, empty for a reply that went back in the webhook's answer.
    """
    values: dict[str, Any] = {
        "key": reference[:100] or delivery.provider_id,
        "address": delivery.address,
        "provider_id": delivery.provider_id,
        "status": delivery.status[:24],
        "rank": delivery.rank,
        "error_code": delivery.error_code[:12],
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(REPORT, values)


def count_rejection(*, hook: str, reason: str, now: datetime) -> None:
    """Count a request that was turned away, by hook, reason and day (IST)."""
    with connection.cursor() as cursor:
        cursor.execute(REJECT, [hook, reason, day_of(now)])
