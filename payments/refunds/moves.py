"""The one place where a refund moves on, and its money with it.

Whoever calls has locked the refund, and before it, where money moves, the orders: `locked` does both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.db.models import Sum

from kmc_portal.common.clock import day_of
from payments import ledger, outbox
from payments.kept.advances import lock_orders
from payments.ledger import Landing
from payments.models import Allocation, Refund
from payments.reconciliation.breaks import close_what_was_placed
from payments.states import REFUND_MOVES, AllocationKind, RefundState

if TYPE_CHECKING:
    from datetime import datetime

    from payments.models import Payment

log = structlog.get_logger()
# The ends that a citizen is told.
TOLD = {RefundState.DONE: "refund_done", RefundState.FAILED: "refund_failed"}


def locked(refund: int) -> Refund:
    """Return a refund, locked until the commit together with the orders that its money may be used for."""
    hold(Refund.objects.select_related("payment__order").get(pk=refund).payment)
    found = Refund.objects.select_for_update(of=("self",)).select_related(
        "payment__order", "payment__receipt", "payment__transaction__account"
    )
    return found.get(pk=refund)


def hold(payment: Payment) -> None:
    """Have everybody wait until the commit who posts a payment of the same dues, uses their advance or moves a refund."""
    lock_orders(kind=payment.order.kind, references=[payment.order.reference])


def left_of(payment: Payment) -> int:
    """Return what stands in advance of a payment, in paise. What two clerks have placed for another number is theirs."""
    standing = Allocation.objects.filter(payment=payment, kind=AllocationKind.ADVANCE, reference="")
    return int(standing.aggregate(paise=Sum("amount_paise", default=0))["paise"])


def move(refund: Refund, to: RefundState, *, now: datetime, **noted: Any) -> bool:
    """Move a locked refund with its books and its message, and say whether it moved; what is no move changes nothing.

    `noted` are values of its row. Money leaves the advance when the refund is approved, is paid out when it is done, and comes back
    when it has failed.
    """
    came_from = refund.state
    if to not in REFUND_MOVES[came_from]:
        return False
    if to == RefundState.APPROVED and came_from == RefundState.REQUESTED:
        _post(refund, "", AllocationKind.ADVANCE, AllocationKind.REFUNDED, now)
    elif to == RefundState.FAILED:
        _post(refund, " failed", AllocationKind.REFUNDED, AllocationKind.ADVANCE, now)
    elif to == RefundState.DONE:
        _pay_out(refund, now)
        close_what_was_placed(payment=refund.payment_id, now=now)
    ended = {"ended_at": now, "next_at": None} if to in TOLD else {}
    note(refund, state=to, **ended, **noted)
    if to in TOLD:
        _tell(refund, TOLD[to], now)
    log.info("refund_moved", refund_number=refund.refund_number, state=str(to), amount_paise=refund.amount_paise)
    return True


def note(refund: Refund, **values: Any) -> None:
    """Write values of a locked refund's row."""
    for name, value in values.items():
        setattr(refund, name, value)
    refund.save(update_fields=list(values))


def _post(refund: Refund, word: str, leaves: str, lands: str, now: datetime) -> None:
    paise = refund.amount_paise
    ledger.post_move(
        payment=refund.payment_id,
        purpose=f"{_named(refund)}{word}",
        kind=refund.payment.order.kind,
        landings=[Landing(leaves, "", -paise), Landing(lands, "", paise)],
        business_date=day_of(now),
        now=now,
    )


def _pay_out(refund: Refund, now: datetime) -> None:
    """Take it off what the gateway owes us: a refund comes out of its next pay-out. The treasury pays from its own account."""
    gateway = f"{ledger.GATEWAY_RECEIVABLE}:{refund.payment.transaction.account.code}"
    ledger.post_paid_out(
        payment=refund.payment_id,
        purpose=f"{_named(refund)} done",
        account=ledger.TREASURY if refund.is_by_hand else gateway,
        amount_paise=refund.amount_paise,
        business_date=day_of(now),
        now=now,
    )


def _named(refund: Refund) -> str:
    """Return what its journals are for: it is the first refund of its payment, or the second …"""
    return f"refund {Refund.objects.filter(payment=refund.payment_id, pk__lte=refund.pk).count()}"


def _tell(refund: Refund, topic: str, now: datetime) -> None:
    order, receipt = refund.payment.order, refund.payment.receipt
    payload = {
        "order_number": order.order_number,
        "kind": order.kind,
        "amount_paise": refund.amount_paise,
        "language": order.language,
        "told_to": order.told_to,
        "receipt_number": receipt.receipt_number,
        "refund_number": refund.refund_number,
        "advice_number": refund.advice_number,
        "token": receipt.token,
    }
    outbox.write(topic=topic, key=f"{topic}:{refund.refund_number}", payload=payload, now=now)
