"""Sending approved refunds to the gateway, and asking what became of those that were sent.

No call is made inside a transaction. A refund is *submitted* before it is sent, so whoever dies in between leaves one that is asked
about; it is sent again, under the same number, only when the gateway says that it knows no such refund. So a lost answer never
becomes a second refund.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction

from payments import alarms
from payments.accounts.services import gateway_of
from payments.gateways.base import (
    GatewayError,
    MaybeSent,
    NotKnown,
    NotSent,
    Refused,
    ReportStatus,
    TransactionReport,
)
from payments.models import Refund
from payments.refunds.moves import locked, move, note
from payments.states import RefundState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payments.gateways.base import Gateway, RefundReport

log = structlog.get_logger()
# What was sent is asked about so often; a request that hangs somewhere has arrived or died by then.
ASK_AGAIN = timedelta(hours=1)
# A gateway that could not be reached is tried again after so long.
SEND_AGAIN = timedelta(minutes=5)
BATCH = 20
SENT = (RefundState.SUBMITTED, RefundState.UNKNOWN)
# A refund that the gateway has and has not ended stays with it.
MEANS = {
    ReportStatus.SUCCEEDED: RefundState.DONE,
    ReportStatus.FAILED: RefundState.FAILED,
    ReportStatus.PENDING: RefundState.SUBMITTED,
    ReportStatus.UNKNOWN: RefundState.UNKNOWN,
}


def send_refunds(*, now: datetime) -> int:
    """Send the approved refunds that are due, one batch, each taken only when its turn comes. Returns how many."""
    sent = 0
    while sent < BATCH and (refund := _take_to_send(now)):
        sent += 1
        _alone(_send, refund, now)
    return sent


def ask_refunds(*, now: datetime) -> int:
    """Ask about the refunds that were sent and are due, one batch. Returns how many were asked about."""
    asked = 0
    while asked < BATCH and (refund := _take_to_ask(now)):
        asked += 1
        _alone(_ask, refund, now)
    return asked


def _alone(act: Callable[[Refund, datetime], None], refund: Refund, now: datetime) -> None:
    """Do something with one refund; what goes wrong with it is kept with it and stops no other."""
    try:
        act(refund, now)
    except Exception as error:  # without a database this cannot be kept either, and the round ends
        log.exception("refund_broke", refund_number=refund.refund_number)
        _noted(refund, last_error=_text(error))


@transaction.atomic
def _take_to_send(now: datetime) -> Refund | None:
    """Take one refund to send: from here on it may have been sent, and nobody else sends it."""
    refund = _next([RefundState.APPROVED], now)
    if refund:
        move(refund, RefundState.SUBMITTED, now=now, tries=refund.tries + 1, next_at=now + ASK_AGAIN)
    return refund


@transaction.atomic
def _take_to_ask(now: datetime) -> Refund | None:
    refund = _next(SENT, now)
    if refund:
        note(refund, next_at=now + ASK_AGAIN)
    return refund


def _next(states: Sequence[str], now: datetime) -> Refund | None:
    due = Refund.objects.filter(state__in=states, next_at__lte=now).order_by("next_at", "pk")
    found = due.select_for_update(skip_locked=True, of=("self",))
    return found.select_related("payment__transaction__account", "payment__transaction__attempt").first()


def _send(refund: Refund, now: datetime) -> None:
    try:
        report = _gateway(refund).refund(
            _transaction(refund), refund_ref=refund.refund_number, amount_paise=refund.amount_paise
        )
    except NotSent as error:
        _failed_to(refund, error)
        _moved(refund, RefundState.APPROVED, now, next_at=now + SEND_AGAIN, last_error=_text(error))
    except MaybeSent as error:
        _failed_to(refund, error)
        _moved(refund, RefundState.UNKNOWN, now, last_error=_text(error))
    except Refused as error:
        _failed_to(refund, error)
        _ask(refund, now, refusal=_text(error))
    else:
        _take_in(refund, report, now)


def _ask(refund: Refund, now: datetime, *, refusal: str = "") -> None:
    """Ask what became of a refund. After a `refusal` it failed only if the gateway does not know it.

    A refusal may be of a number that was used before, by a request of ours whose answer was lost.
    """
    try:
        report = _gateway(refund).ask_refund(_transaction(refund), refund_ref=refund.refund_number)
    except NotKnown as error:
        _not_known(refund, now, refusal, error)
    except GatewayError as error:
        _failed_to(refund, error)
        if refusal:
            _moved(refund, RefundState.UNKNOWN, now, last_error=refusal)
        else:
            _noted(refund, last_error=_text(error))
    else:
        _take_in(refund, report, now)


def _not_known(refund: Refund, now: datetime, refusal: str, error: NotKnown) -> None:
    """End what was refused; have sent again what never arrived. What the gateway has told of before, a person asks about."""
    if refund.raw_status:
        log.error("refund_forgotten", refund_number=refund.refund_number, raw_status=refund.raw_status)
        _moved(refund, RefundState.UNKNOWN, now, last_error=_text(error))
    elif refusal:
        _moved(refund, RefundState.FAILED, now, last_error=refusal)
    else:
        _moved(refund, RefundState.APPROVED, now, next_at=now, last_error=_text(error))


def _take_in(refund: Refund, report: RefundReport, now: datetime) -> None:
    """Move a refund to where the gateway says it is. One of less money than ours is believed by a person only."""
    noted = {
        "gateway_refund_ref": report.gateway_refund_ref[:60],
        "raw_status": report.raw_status[:40],
        "last_error": "",
    }
    # Not a different one: the older interface tells what all refunds of the transaction come to.
    if report.amount_paise < refund.amount_paise:
        log.error("refund_of_less", refund_number=refund.refund_number, amount_paise=report.amount_paise)
        noted["last_error"] = f"The gateway tells of {report.amount_paise} paise only."
        _moved(refund, RefundState.UNKNOWN, now, **noted)
    else:
        _moved(refund, MEANS[report.status], now, **noted)


@transaction.atomic
def _moved(refund: Refund, to: RefundState, now: datetime, **noted: Any) -> None:
    """Move a refund that was sent; one that has moved meanwhile stays where it is, and so does one that is there."""
    found = locked(refund.pk)
    if found.state not in SENT:
        return
    if not move(found, to, now=now, **noted):
        note(found, **noted)


def _noted(refund: Refund, **values: Any) -> None:
    """Note something with a refund that has not come to its end."""
    Refund.objects.filter(pk=refund.pk, state__in=SENT).update(**values)


def _gateway(refund: Refund) -> Gateway:
    """:raises NotSent: the account has no key"""
    return gateway_of(refund.payment.transaction.account)


def _transaction(refund: Refund) -> TransactionReport:
    """Return the payment's transaction as the gateway had told it."""
    paid = refund.payment.transaction
    return TransactionReport(
        order_ref=paid.attempt.order_ref,
        transaction_ref=paid.transaction_ref,
        status=ReportStatus.SUCCEEDED,
        raw_status=paid.raw_status,
        amount_paise=paid.amount_paise,
        bank_ref=paid.bank_ref,
        method=paid.method,
        happened_at=paid.happened_at,
        merchant_id=paid.account.merchant_id,
    )


def _failed_to(refund: Refund, error: GatewayError) -> None:
    alarms.gateway_failed("refund_not_answered", order_ref=refund.refund_number, error=error)


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
