"""What comes in from outside: kept byte for byte first, read afterwards, and never believed here."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from django.db import OperationalError, connection, transaction

from payments import posting
from payments.accounts.services import gateway_of
from payments.gateways.base import Hint, Refused, Unreadable, WireMessage
from payments.models import GatewayAccount, GatewayMessage, PaymentAttempt
from payments.states import MessageState

if TYPE_CHECKING:
    from payments.gateways.base import TransactionReport

log = structlog.get_logger()
BATCH = 50

KEEP = """
INSERT INTO payments_gatewaymessage
       (account_id, source, sha256, content_type, body, signature, peer, received_at, hits, state, result, order_ref)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 1, 'received', '', '')
ON CONFLICT ON CONSTRAINT message_once_per_source DO UPDATE SET hits = payments_gatewaymessage.hits + 1
RETURNING id
"""


def keep(account: GatewayAccount, message: WireMessage, *, peer: str | None, now: datetime) -> int:
    """Store a message before anybody reads it and return its id; the same bytes again only count.

    A signature beside the body belongs to it: a wrong one that comes first does not shut out the right one.
    """
    values: list[Any] = [
        account.pk,
        message.source,
        hashlib.sha256(message.body + message.signature.encode()).hexdigest(),
        message.content_type[:120],
        message.body,
        message.signature[:200],
        peer or None,
        now,
    ]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, values)
        return int(cursor.fetchone()[0])


def keep_beginning(
    account: GatewayAccount, beginning: WireMessage, *, size: str, peer: str | None, now: datetime
) -> None:
    """Store the beginning of a message that is too large to be a gateway's, rejected unread."""
    message = GatewayMessage.objects.get(pk=keep(account, beginning, peer=peer, now=now))
    _close(message, MessageState.REJECTED, f"too large: {size} bytes", now)


def read(message_id: int, *, now: datetime) -> GatewayMessage:
    """Verify a stored message and hand what it reports to the poster. Returns it with its verdict.

    A message that was read before is returned as it is. What is not signed by the gateway is never acted on: a plain
    return only makes us ask, a wrong signature is kept as rejected.
    """
    message = GatewayMessage.objects.select_related("account").get(pk=message_id)
    if message.state != MessageState.RECEIVED:
        return message
    wire = WireMessage(message.source, message.content_type, bytes(message.body), message.signature)
    try:
        found = gateway_of(message.account).read(wire)
    except Unreadable as problem:
        log.error("message_of_gateway_unreadable", message_id=message.pk)
        return _close(message, MessageState.PARKED, str(problem), now)
    except Refused as refusal:
        return _close(message, MessageState.REJECTED, str(refusal), now)
    if isinstance(found, Hint):
        message.order_ref = (found.order_ref or _order_ref_of(message.account, found.gateway_order_ref))[:40]
        return _close(message, MessageState.PROCESSED, "proves nothing, asked about", now, ask=True)
    message.order_ref = found.order_ref[:40]
    return _apply(message, found, now)


def _order_ref_of(account: GatewayAccount, gateway_order_ref: str) -> str:
    """Return our reference for a gateway's order, empty when it is not one of ours."""
    attempts = PaymentAttempt.objects.filter(account=account, gateway_order_ref=gateway_order_ref)
    return attempts.values_list("order_ref", flat=True).first() or ""


def _apply(message: GatewayMessage, report: TransactionReport, now: datetime) -> GatewayMessage:
    try:
        outcome = posting.apply_report(account=message.account, report=report, now=now)
    except posting.ReportHeld as hold:
        log.error("report_held", message_id=message.pk, order_ref=report.order_ref)
        return _close(message, MessageState.PARKED, str(hold), now)
    except posting.ReportRejected as rejection:
        return _close(message, MessageState.REJECTED, str(rejection), now)
    if outcome == posting.DENIED:
        # A late word about an earlier try, or a success taken back: only the gateway's answer tells.
        PaymentAttempt.objects.filter(account=message.account, order_ref=report.order_ref).update(next_poll_at=now)
    return _close(message, MessageState.PROCESSED, outcome, now)


def _close(
    message: GatewayMessage, state: MessageState, result: str, now: datetime, *, ask: bool = False
) -> GatewayMessage:
    """Write the verdict down; an unsigned knock brings the attempt's next question forward."""
    message.state, message.result, message.processed_at = state, result[:200], now
    with transaction.atomic():
        message.save(update_fields=["state", "result", "processed_at", "order_ref"])
        if ask:
            attempts = PaymentAttempt.objects.filter(account=message.account, order_ref=message.order_ref)
            attempts.filter(next_poll_at__gt=now).update(next_poll_at=now)
    log.info(
        "message_read", source=message.source, state=str(state), result=message.result, order_ref=message.order_ref
    )
    return message


def drain(*, now: datetime) -> int:
    """Read what is waiting, one batch. Returns how many messages were read."""
    waiting = GatewayMessage.objects.filter(state=MessageState.RECEIVED).order_by("received_at")
    ids = list(waiting.values_list("pk", flat=True)[:BATCH])
    for message_id in ids:
        _read_or_park(message_id, now)
    return len(ids)


def _read_or_park(message_id: int, now: datetime) -> None:
    """Read a message; one that cannot be read waits for a person and never stops the others."""
    try:
        read(message_id, now=now)
    except OperationalError:
        raise
    except Exception as error:
        log.exception("message_parked", message_id=message_id)
        _close(GatewayMessage.objects.get(pk=message_id), MessageState.PARKED, f"{type(error).__name__}: {error}", now)
