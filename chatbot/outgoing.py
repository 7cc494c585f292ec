"""Messages that go out by themselves: the chat's own outbox, and the news it hears from payments."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from chatbot import papers
from chatbot.channels.base import ChannelBusy, ChannelError, MaybeSent, RecipientUnreachable, WindowClosed
from chatbot.channels.registry import channel_of
from chatbot.dialogs.links import absolute, path_of, receipt_pdf_link
from chatbot.engine.language import DEFAULT
from chatbot.engine.steps import Reply
from chatbot.news_texts import failed_refund_text, move_text, receipt_text, refund_text, reversal_text
from kmc_portal.common.clock import IST
from payments.payables import kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chatbot.channels.base import ChatChannel
    from payments.payables import Paper

log = structlog.get_logger()
# A sender that dies keeps its message for so long; then somebody else takes it.
LEASE = timedelta(minutes=2)
# What a sender may send in the ten seconds until the next round.
BATCH = 800
# One person is sent about one message in six seconds; a paper goes without words, behind them.
PAIR_PAUSE = timedelta(seconds=7)
UNSURE, APPROVED, NO_VARIABLES = "maybe_sent", "approved", "{}"
# Nobody is woken by a reminder: they go out between ten and six, IST.
REMINDERS, MORNING, EVENING = "reminder:", 10, 18

WRITE = """
INSERT INTO chatbot_outboundmessage (dedup_key, conversation_id, body, provider_id, status, status_rank, error_code,
                                     created_at, available_at)
VALUES (%(key)s, %(conversation)s, %(body)s, '', 'waiting', 0, '', %(now)s, %(now)s)
ON CONFLICT (dedup_key) DO NOTHING
"""
# Until it is known what became of it, a message that was taken may have been sent: who takes it next looks first.
TAKE = """
UPDATE chatbot_outboundmessage message SET available_at = %(lease)s, error_code = %(unsure)s
  FROM chatbot_conversation conversation, (
       SELECT id, error_code, template FROM chatbot_outboundmessage
        WHERE dedup_key = %(key)s AND status = 'waiting' AND available_at <= %(now)s FOR UPDATE) held
       LEFT JOIN chatbot_providercontent content ON content.name = held.template
 WHERE message.id = held.id AND conversation.id = message.conversation_id
RETURNING message.body, conversation.channel, conversation.address, message.created_at, held.error_code,
          coalesce(content.sid, ''), coalesce(content.approval, ''), message.variables::text, conversation.last_inbound_at,
          message.document, conversation.language
"""
RELEASE = """
UPDATE chatbot_outboundmessage SET available_at = %(now)s, error_code = %(error_code)s
 WHERE dedup_key = %(key)s AND status = 'waiting'
"""
# A delivery report may be faster than the answer of the API: its rank stays. Nobody waits for the disk here: should a crash of the
# database take this away, the message is still known as one that may have been sent, and is looked for.
SENT = """
WITH at_once AS (SELECT set_config('synchronous_commit', 'off', true))
UPDATE chatbot_outboundmessage
   SET provider_id = %(provider_id)s, status = CASE WHEN status_rank < 1 THEN 'queued' ELSE status END,
       status_rank = greatest(status_rank, 1), error_code = CASE WHEN status_rank < 1 THEN '' ELSE error_code END
  FROM at_once WHERE dedup_key = %(key)s
"""
FAILED = """
UPDATE chatbot_outboundmessage SET status = 'failed', status_rank = 6, error_code = %(code)s WHERE dedup_key = %(key)s
"""
WAITING = """
SELECT dedup_key FROM chatbot_outboundmessage
 WHERE status = 'waiting' AND available_at <= %(now)s AND (%(is_daytime)s OR NOT starts_with(dedup_key, %(reminders)s))
 ORDER BY starts_with(dedup_key, %(reminders)s), NOT starts_with(dedup_key, 'reply:'), available_at LIMIT %(batch)s
"""
PAPER = """
INSERT INTO chatbot_outboundmessage (dedup_key, conversation_id, body, document, provider_id, status, status_rank, error_code,
                                     created_at, available_at)
VALUES (%(key)s, %(conversation)s, '', %(document)s, '', 'waiting', 0, '', %(now)s, %(later)s)
ON CONFLICT (dedup_key) DO NOTHING
"""
# Twilio docs, "Error and warning dictionary", read 2026-11: the paper's address was no good, its file could not be fetched
# or was refused, or is too big. The words go out then, which say the same with a link.
NOT_FETCHED = ["11200", "12300", "21620", "21623", "63005", "63006", "63013", "63019", "63021", "63034", "63037"]
RESCUE = """
WITH lost AS (
    UPDATE chatbot_outboundmessage SET document = ''
     WHERE document <> '' AND status IN ('failed', 'undelivered') AND body <> '' AND error_code = ANY(%(codes)s)
    RETURNING dedup_key, conversation_id, body
)
INSERT INTO chatbot_outboundmessage (dedup_key, conversation_id, body, provider_id, status, status_rank, error_code,
                                     created_at, available_at)
SELECT left(dedup_key, 90) || ':words', conversation_id, body, '', 'waiting', 0, '', %(now)s, %(now)s FROM lost
ON CONFLICT (dedup_key) DO NOTHING
"""
STANDING = "SELECT id, language, channel FROM chatbot_conversation WHERE id = ANY(%s) ORDER BY id"


class Taken(NamedTuple):
    """A waiting message in the hands of one sender, and what is known of its recipient."""

    body: str
    channel: str
    address: str
    written_at: datetime
    last_error: str
    content: str
    approval: str
    variables: str
    last_inbound_at: datetime
    document: str
    language: str


def send_receipt(payload: Mapping[str, object]) -> None:
    """Tell a conversation that its payment has arrived: consumer of the outbox topic `receipt_issued`.

    Written once for each receipt however often it is called. An order that came through another door says nothing here.

    :raises ChannelBusy: to be called again later
    """
    issued = _papers(payload)
    documents = [receipt_pdf_link(str(payload["token"])), *(absolute(paper.address) for paper in issued)]

    def text(language: str) -> str:
        return receipt_text(payload, language=language, papers=issued)

    _tell(payload, f"receipt:{payload['receipt_number']}", text, documents)


def send_reversal(payload: Mapping[str, object]) -> None:
    """Tell a conversation that its payment was no money: consumer of the outbox topic `receipt_reversed`.

    :raises ChannelBusy: to be called again later
    """
    _tell(payload, f"reversal:{payload['reversal_number']}", lambda language: reversal_text(payload, language=language))


def send_refund(payload: Mapping[str, object]) -> None:
    """Tell a conversation that money was given back: consumer of the outbox topic `refund_done`.

    :raises ChannelBusy: to be called again later
    """
    _tell(payload, f"refund:{payload['refund_number']}", lambda language: refund_text(payload, language=language))


def send_failed_refund(payload: Mapping[str, object]) -> None:
    """Tell a conversation that money could not be given back: consumer of the outbox topic `refund_failed`.

    :raises ChannelBusy: to be called again later
    """
    key = f"refund_failed:{payload['refund_number']}"
    _tell(payload, key, lambda language: failed_refund_text(payload, language=language))


def send_move(payload: Mapping[str, object]) -> None:
    """Tell a conversation that money of its payment has gone elsewhere: consumer of the outbox topic `money_moved`.

    :raises ChannelBusy: to be called again later
    """
    _tell(payload, f"move:{payload['key']}", lambda language: move_text(payload, language=language))


def _tell(payload: Mapping[str, object], key: str, text: Callable[[str], str], documents: Sequence[str] = ()) -> None:
    """Write what a payment has to tell to each conversation that waits for it, once for a key, and send it.

    One that cannot be reached now stops no other. The papers follow a little later, where the channel takes any.
    """
    now, busy = timezone.now(), list[ChannelBusy]()
    keys = []
    for conversation, language, channel in _waiting_for(payload):
        body = text(language or str(payload.get("language") or DEFAULT))
        values: dict[str, Any] = {
            "key": f"{key}:{conversation}",
            "conversation": conversation,
            "body": body,
            "now": now,
        }
        takes_papers = settings.CHAT_REPLY_VIA == "api" and channel_of(channel).limits.takes_documents
        _write(values, documents if takes_papers else ())
        keys.append(values["key"])
    for own_key in keys:
        try:
            send(own_key, now=now)
        except ChannelBusy as error:
            busy.append(error)
    if busy:
        raise busy[0]


def _waiting_for(payload: Mapping[str, object]) -> list[tuple[int, str, str]]:
    """Return the conversations that wait for an order's news, each with its language and channel; none behind other doors."""
    told_to = payload["told_to"]
    assert isinstance(told_to, list)
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [[int(one) for one in told_to if str(one).isdecimal()]])
        return list(cursor.fetchall())


@transaction.atomic
def _write(values: Mapping[str, Any], documents: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WRITE, values)
        for place, address in enumerate(map(path_of, documents), start=1):
            later = values["now"] + place * PAIR_PAUSE
            paper = {"key": f"{values['key']}:paper:{place}", "document": address, "later": later}
            cursor.execute(PAPER, {**values, **paper})


def _papers(payload: Mapping[str, object]) -> Sequence[Paper]:
    payable = kinds().get(str(payload.get("kind", "")))
    return payable.papers(paid_by=str(payload["order_number"])) if payable else []


def send(key: str, *, now: datetime) -> None:
    """Send one waiting message; nothing happens when it is sent already or on its way.

    A message that can never arrive is marked failed.

    :raises ChannelBusy: not now; the message waits on
    """
    if key.startswith(REMINDERS) and not is_daytime(now):
        return
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"key": key, "now": now, "lease": now + LEASE, "unsure": UNSURE})
        taken = cursor.fetchone()
        if taken is None:
            return
        try:
            provider_id = _hand_over(key, Taken(*taken), now)
        except ChannelBusy as error:
            last_error = UNSURE if isinstance(error, MaybeSent) else error.code[:12]
            cursor.execute(RELEASE, {"key": key, "now": now, "error_code": last_error})
            raise
        except ChannelError as error:
            log.warning("message_not_sendable", key=key, kind=type(error).__name__, code=error.code)
            cursor.execute(FAILED, {"key": key, "code": error.code[:12]})
            return
        cursor.execute(SENT, {"key": key, "provider_id": provider_id})


def _hand_over(key: str, taken: Taken, now: datetime) -> str:
    """Return the provider's id of a message, sent now unless the last try, whose answer was lost, had sent it."""
    channel, reply = channel_of(taken.channel), Reply(taken.body)
    found = _sent_before(channel, taken.address, reply, taken.written_at) if taken.last_error == UNSURE else ""
    if found:
        return found
    try:
        return _send_ready_made(channel, key, taken, now)
    except (ChannelBusy, RecipientUnreachable, WindowClosed):
        raise
    except ChannelError as error:
        if not taken.body:
            raise
        log.warning("words_sent_instead", key=key, code=error.code)
    return channel.send(recipient=taken.address, reply=reply, reference=key)


def _send_ready_made(channel: ChatChannel, key: str, taken: Taken, now: datetime) -> str:
    """Send the paper or the content that stands for a message's words; the words where there is neither."""
    if taken.document and channel.limits.takes_documents:
        language = taken.language or DEFAULT
        address = papers.make_link(key=key, address=taken.document, language=language, now=now)
        return channel.send(recipient=taken.address, reply=Reply(taken.body, document=address), reference=key)
    if _is_content_due(channel, taken, now):
        variables = json.loads(taken.variables)
        return channel.send_template(
            recipient=taken.address, template=taken.content, variables=variables, reference=key
        )
    return channel.send(recipient=taken.address, reply=Reply(taken.body), reference=key)


def _is_content_due(channel: ChatChannel, taken: Taken, now: datetime) -> bool:
    """Say whether a content goes out in the place of free text: with its buttons within the channel's window, and as an
    approved template after it.

    :raises WindowClosed: free text does not reach anybody any more, and nothing was approved in its place
    """
    window = channel.limits.free_window
    if window is None:
        return False
    is_open = now < taken.last_inbound_at + window
    is_approved = bool(taken.content) and taken.approval == APPROVED
    if not is_open and taken.variables != NO_VARIABLES and not is_approved:
        raise WindowClosed(code="63016")
    return bool(taken.content) and taken.last_error != UNSURE if is_open else is_approved


def is_daytime(now: datetime) -> bool:
    """Say whether a message that nobody waits for may come at this hour."""
    return MORNING <= now.astimezone(IST).hour < EVENING


def _sent_before(channel: ChatChannel, address: str, reply: Reply, written_at: datetime) -> str:
    try:
        return channel.find(recipient=address, reply=reply, since=written_at)
    except ChannelBusy as error:
        raise MaybeSent(str(error)) from error
    except ChannelError as error:
        # Looking is refused for good. A receipt that comes twice is better than none.
        log.warning("message_not_looked_for", kind=type(error).__name__, code=error.code)
        return ""


def waiting(*, now: datetime) -> list[str]:
    """Return the keys of messages that nobody is sending, one batch: replies, then news, then reminders, each oldest first.

    Among them are the words that go out in the place of a paper that the provider could not fetch.
    """
    with connection.cursor() as cursor:
        cursor.execute(RESCUE, {"now": now, "codes": NOT_FETCHED})
        values: dict[str, Any] = {"now": now, "is_daytime": is_daytime(now), "reminders": REMINDERS, "batch": BATCH}
        cursor.execute(WAITING, values)
        return [key for (key,) in cursor.fetchall()]
