"""What two clerks do about money that is to be given back, with the worker that helps it on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import current_app

from kmc_portal.common.errors import ServiceError
from payments.models import Payment, Refund
from payments.refunds import services as refunds
from payments.refunds import verdicts
from payments.refunds.moves import left_of
from payments.sandbox.outcomes import FAILED
from payments.sandbox.settlement import SENT_BACK, TAKEN_BACK
from payments.states import RefundState, RefundVerdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from payments.rehearsal.stage import Stage

# The paise by which the bank chooses how a refund ends: done, failed, done or failed after two minutes, failed a day later.
ENDINGS = [0, 0, 1, 2, 3, 12]
# How a refund ended, by what stands in the bank's settlement.
ENDS = {TAKEN_BACK: RefundVerdict.DONE, SENT_BACK: RefundVerdict.DONE, FAILED: RefundVerdict.FAILED}
WORKERS = ("payments.send_refunds", "payments.ask_refunds")


def unless_refused(act: Callable[[], str]) -> str:
    """Return what came of a clerk's act, or why it was refused."""
    try:
        return act()
    except ServiceError as refusal:
        return refusal.code


def give_back(stage: Stage, rng: Random) -> str:
    """Decide a refund, have the worker take up one that is under way, or ask for one; nothing where nothing stands in advance."""
    return unless_refused(lambda: _given_back(stage, rng))


def _given_back(stage: Stage, rng: Random) -> str:
    waiting, now = Refund.objects.filter(state=RefundState.REQUESTED).first(), stage.clock()
    if waiting and rng.randrange(4) == 0:
        return f"{refunds.refuse_refund(waiting.pk, approver='approver', refusal='Not this one', now=now).state}"
    if waiting:
        return f"{refunds.approve_refund(waiting.pk, approver='approver', now=now).state}"
    if rng.randrange(2) and Refund.objects.exclude(next_at=None).exists():
        name = rng.choice(WORKERS)
        return f"{name}, {current_app.tasks[name]()}"
    unknown = Refund.objects.filter(state=RefundState.UNKNOWN).first()
    if unknown and rng.randrange(2):
        return _looked_up(stage, unknown)
    kept = Payment.objects.filter(allocations__kind="advance").distinct().order_by("pk").select_related("receipt")
    return _asked_back(stage, rng.choice(list(kept)), rng) if kept else ""


def _asked_back(stage: Stage, payment: Payment, rng: Random) -> str:
    left, part = left_of(payment), 100 * rng.randint(1, 500) + rng.choice(ENDINGS)
    amount = min(left, part) if left else part
    refunds.ask_for_refund(
        receipt_number=payment.receipt.receipt_number,
        amount_paise=amount,
        left_paise=left,
        reason="Letter",
        maker="clerk",
        now=stage.clock(),
        advice=refunds.Advice("PA-1", stage.today) if rng.randrange(4) == 0 else refunds.Advice(),
    )
    return f"asked, {amount} of {left}"


def _looked_up(stage: Stage, refund: Refund) -> str:
    """Have two clerks end an unknown refund as the gateway's settlement shows it; before it shows one, they wait."""
    with stage.sandbox.world() as world:
        status = next((one.status for one in world.refunds.values() if one.refund_ref == refund.refund_number), "")
    ended = ENDS.get(status)
    if ended is None:
        return "not in the settlement"
    if not refund.verdict:
        verdicts.enter_verdict(refund.pk, verdict=ended, proof="Settlement", maker="clerk")
        return f"entered, {ended}"
    return f"confirmed, {verdicts.confirm_verdict(refund.pk, approver='approver', now=stage.clock()).state}"
