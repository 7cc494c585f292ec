"""Messages that go out by themselves: the chat's own outbox, and the news it hears from payments."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chatbot.channels.base import ChannelBusy, ChannelError, MaybeSent, WindowClosed
from chatbot.channels.registry import channel_of
from chatbot.dialogs.links import absolute, receipt_link, receipt_pdf_link
from chatbot.engine.language import DEFAULT
from chatbot.engine.steps import Reply
from kmc_portal.common.clock import IST
from kmc_portal.common.codes import printed_code
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import digits
from payments.payables import kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chatbot.channels.base import ChatChannel
    from payments.payables import Paper

log = structlog.get_logger()
# A sender that dies keeps its message for so long; then somebody else takes it.
LEASE = timedelta(minutes=2)
BATCH = 50
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
          coalesce(content.sid, ''), coalesce(content.approval, ''), message.variables::text, conversation.last_inbound_at
"""
RELEASE = """
UPDATE chatbot_outboundmessage SET available_at = %(now)s, error_code = %(error_code)s
 WHERE dedup_key = %(key)s AND status = 'waiting'
"""
# A delivery report may be faster than the answer of the API: its rank stays.
SENT = """
UPDATE chatbot_outboundmessage
   SET provider_id = %(provider_id)s, status = CASE WHEN status_rank < 1 THEN 'queued' ELSE status END,
       status_rank = greatest(status_rank, 1), error_code = CASE WHEN status_rank < 1 THEN '' ELSE error_code END
 WHERE dedup_key = %(key)s
"""
FAILED = """
UPDATE chatbot_outboundmessage SET status = 'failed', status_rank = 6, error_code = %(code)s WHERE dedup_key = %(key)s
"""
WAITING = """
SELECT dedup_key FROM chatbot_outboundmessage
 WHERE status = 'waiting' AND available_at <= %(now)s AND (%(is_daytime)s OR NOT starts_with(dedup_key, %(reminders)s))
 ORDER BY available_at LIMIT %(batch)s
"""
STANDING = "SELECT id, language FROM chatbot_conversation WHERE id = ANY(%s) ORDER BY id"


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


def send_receipt(payload: Mapping[str, object]) -> None:
    """Tell a conversation that its payment has arrived: consumer of the outbox topic `receipt_issued`.

    Written once for each receipt however often it is called. An order that came through another door says nothing here.

    :raises ChannelBusy: to be called again later
    """
    _tell(payload, f"receipt:{payload['receipt_number']}", lambda language: _receipt_text(payload, language))


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


def _tell(payload: Mapping[str, object], key: str, text: Callable[[str], str]) -> None:
    """Write what a payment has to tell to each conversation that waits for it, once for a key, and send it.

    One that cannot be reached now stops no other.
    """
    now, busy = timezone.now(), list[ChannelBusy]()
    keys = [
        _written(f"{key}:{conversation}", conversation, text(language or str(payload.get("language") or DEFAULT)), now)
        for conversation, language in _waiting_for(payload)
    ]
    for own_key in keys:
        try:
            send(own_key, now=now)
        except ChannelBusy as error:
            busy.append(error)
    if busy:
        raise busy[0]


def _waiting_for(payload: Mapping[str, object]) -> list[tuple[int, str]]:
    """Return the conversations that wait for an order's news, each with its language; none where it had another door."""
    told_to = payload["told_to"]
    assert isinstance(told_to, list)
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [[int(one) for one in told_to if str(one).isdecimal()]])
        return list(cursor.fetchall())


def _written(key: str, conversation: int, body: str, now: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute(WRITE, {"key": key, "conversation": conversation, "body": body, "now": now})
    return key


def _receipt_text(payload: Mapping[str, object], language: str) -> str:
    return receipt_text(payload, language=language, papers=_papers(payload))


def _papers(payload: Mapping[str, object]) -> Sequence[Paper]:
    payable = kinds().get(str(payload.get("kind", "")))
    return payable.papers(paid_by=str(payload["order_number"])) if payable else []


def receipt_text(payload: Mapping[str, object], *, language: str, papers: Sequence[Paper] = ()) -> str:
    """Return the message that a payment has arrived, in a language, with the papers that it brought.

    The receipt's address stands in the last line.
    """
    with translation.override(language):
        sentence = _(
            "*{amount} received. Thank you!*\n"
            "Receipt {receipt_number}, order {order_number}. Anyone can check it with the code {code}.\n\n"
            "PDF: {pdf_url}\n\n"
            "{papers}"
            "Your receipt:\n{receipt_url}"
        )
        return sentence.format(
            amount=rupee_text(int(str(payload["amount_paise"])), language),
            receipt_number=payload["receipt_number"],
            order_number=payload["order_number"],
            code=printed_code(str(payload["code"])),
            receipt_url=receipt_link(str(payload["token"])),
            papers="".join(
                f"{_(paper.label)}, {digits(paper.period)}:\n{absolute(paper.address)}\n\n" for paper in papers
            ),
            pdf_url=receipt_pdf_link(str(payload["token"])),
        )


def reversal_text(payload: Mapping[str, object], *, language: str) -> str:
    """Return the message that a receipt has been reversed, in a language. Its address stands in the last line."""
    with translation.override(language):
        sentence = _(
            "*Your receipt {receipt_number} has been reversed.*\n"
            "The {amount} of payment {order_number} did not reach the corporation, or was taken back. What it was for is "
            "due again. The reversal is {reversal_number}.\n\n"
            "Please look up your dues and pay once more. If you think this is wrong, please take the receipt to your ward "
            "office.\n\n"
            "The receipt:\n{receipt_url}"
        )
        return sentence.format(
            receipt_number=payload["receipt_number"],
            reversal_number=payload["reversal_number"],
            order_number=payload["order_number"],
            amount=rupee_text(int(str(payload["amount_paise"])), language),
            receipt_url=receipt_link(str(payload["token"])),
        )


def refund_text(payload: Mapping[str, object], *, language: str) -> str:
    """Return the message that money of a payment was given back, and where it goes, in a language."""
    with translation.override(language):
        by_hand = _("The treasury has paid it, by its payment advice {advice_number}.")
        by_gateway = _("It goes back the way you paid. Your bank may take some days to show it.")
        sentence = _(
            "*{amount} has been given back to you.*\n"
            "It had been paid above what was due, by payment {order_number}. The refund is {refund_number}. {how}\n\n"
            "The receipt:\n{receipt_url}"
        )
        return sentence.format(
            how=by_hand.format(**payload) if payload["advice_number"] else by_gateway,
            **_refund_values(payload, language),
        )


def failed_refund_text(payload: Mapping[str, object], *, language: str) -> str:
    """Return the message that a refund has failed, and where the money is, in a language."""
    with translation.override(language):
        sentence = _(
            "*{amount} could not be given back to you.*\n"
            "The bank or the gateway did not take the refund {refund_number} of payment {order_number}. The money is kept for you "
            "as before. Please ask at your ward office with the receipt.\n\n"
            "The receipt:\n{receipt_url}"
        )
        return sentence.format(**_refund_values(payload, language))


def _refund_values(payload: Mapping[str, object], language: str) -> dict[str, object]:
    return {
        "amount": rupee_text(int(str(payload["amount_paise"])), language),
        "order_number": payload["order_number"],
        "refund_number": payload["refund_number"],
        "receipt_url": receipt_link(str(payload["token"])),
    }


# What happened to the money, and what is told of it.
MOVES = {
    "named": gettext_noop("It has been put on the bills that it was meant for, as of the day you paid: {bills}."),
    "due": gettext_noop("It has been put on what is due: {bills}."),
    "advance": gettext_noop("It is kept in advance for you; your next bills will take it."),
    "other": gettext_noop("It is kept in advance for the number {reference}, for which it was meant."),
    "charged": gettext_noop(
        "Your bank has taken it back. A bill that it had paid is due again; please look up your dues. "
        "If you think this is wrong, please ask your bank."
    ),
}


def move_text(payload: Mapping[str, object], *, language: str) -> str:
    """Return the message where money of a payment has gone, in a language. The receipt's address stands in the last line."""
    with translation.override(language):
        sentence = _("*{amount} of your payment {order_number}*\n{what}\n\nThe receipt:\n{receipt_url}")
        bills = payload["bills"]
        assert isinstance(bills, list)
        return sentence.format(
            amount=rupee_text(int(str(payload["amount_paise"])), language),
            order_number=payload["order_number"],
            what=_(MOVES[str(payload["happened"])]).format(bills=", ".join(bills), reference=payload["reference"]),
            receipt_url=receipt_link(str(payload["token"])),
        )


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
    if _is_content_due(channel, taken, now):
        variables = json.loads(taken.variables)
        return channel.send_template(
            recipient=taken.address, template=taken.content, variables=variables, reference=key
        )
    return channel.send(recipient=taken.address, reply=reply, reference=key)


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
    """Return the keys of messages that nobody is sending, oldest first, one batch."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"now": now, "is_daytime": is_daytime(now), "reminders": REMINDERS, "batch": BATCH}
        cursor.execute(WAITING, values)
        return [key for (key,) in cursor.fetchall()]
