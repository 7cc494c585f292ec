"""What clerks do at the desks for kept money and chargebacks: ask for what may be, and decide what waits, or be refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from kmc_portal.common.errors import ServiceError
from payments.disputes import services as disputes
from payments.kept import placements
from payments.models import ClosingRequest, Dispute, KeptMoney, PaymentOrder, Placement, Receipt, ReconBreak
from payments.reconciliation import breaks
from payments.states import PLACEMENTS, DisputeState

if TYPE_CHECKING:
    from random import Random

    from payments.rehearsal.stage import Stage

CLERK, APPROVER = "clerk", "approver"
DAYS_TO_REPLY = timedelta(days=7)


def place(stage: Stage, rng: Random) -> str:
    """Decide the placement that waits, or ask for one of money that is kept somewhere."""
    waiting = Placement.objects.filter(approver="").order_by("pk").first()
    try:
        return _decide_placement(stage, rng, waiting) if waiting else _propose(stage, rng)
    except ServiceError as refusal:
        return f"not placed, {refusal.code}"


def _decide_placement(stage: Stage, rng: Random, waiting: Placement) -> str:
    now = stage.clock()
    if rng.randrange(4) == 0:
        placements.refuse_placement(waiting.pk, approver=APPROVER, refusal="Not this one", now=now)
        return "refused"
    try:
        done = placements.approve_placement(waiting.pk, approver=APPROVER, now=now)
    except ServiceError as refusal:
        placements.refuse_placement(waiting.pk, approver=APPROVER, refusal=refusal.code, now=now)
        return f"refused, {refusal.code}"
    return f"placed {done.amount_paise} paise, {done.target}"


def _propose(stage: Stage, rng: Random) -> str:
    money = list(KeptMoney.objects.order_by("pk"))
    if not money:
        return "nothing is kept"
    kept = rng.choice(money)
    others = sorted(set(PaymentOrder.objects.values_list("reference", flat=True)))
    asked = placements.propose_placement(
        kept=kept.pk,
        target=rng.choice(PLACEMENTS[kept.kept_as]),
        placed_for=rng.choice(others),
        amount_paise=rng.choice([None, None, max(1, kept.amount_paise // 2)]),
        detail="Seen at the desk",
        maker=CLERK,
        now=stage.clock(),
    )
    return f"proposed {asked.amount_paise} paise, {asked.target}"


def close_break(stage: Stage, rng: Random) -> str:
    """Decide whether a break needs nothing more, or ask for that."""
    waiting, now = ClosingRequest.objects.filter(approver="").order_by("pk").first(), stage.clock()
    try:
        if waiting and rng.randrange(3) == 0:
            breaks.refuse_closing(waiting.pk, approver=APPROVER, refusal="Not yet", now=now)
            return "refused"
        if waiting:
            return f"closed, {breaks.approve_closing(waiting.pk, approver=APPROVER, now=now).recon_break.kind}"
        standing = list(ReconBreak.objects.filter(closing=None).order_by("pk"))
        if not standing:
            return "no break"
        asked = breaks.ask_to_close(rng.choice(standing).pk, detail="Looked into", maker=CLERK, now=now)
        return f"asked, {asked.recon_break.kind}"
    except ServiceError as refusal:
        return f"not closed, {refusal.code}"


def dispute(stage: Stage, rng: Random) -> str:
    """Write what the bank has decided of a dispute, or open one."""
    waiting = Dispute.objects.filter(state=DisputeState.OPEN).order_by("pk").first()
    try:
        return _decide_dispute(stage, rng, waiting) if waiting else _open_dispute(stage, rng)
    except ServiceError as refusal:
        return f"no dispute, {refusal.code}"


def _decide_dispute(stage: Stage, rng: Random, waiting: Dispute) -> str:
    outcome = rng.choice([DisputeState.WON, DisputeState.LOST, DisputeState.LOST])
    disputes.decide_dispute(waiting.pk, outcome=outcome, note="Letter", approver=APPROVER, now=stage.clock())
    return f"{outcome}, {waiting.amount_paise} paise"


def _open_dispute(stage: Stage, rng: Random) -> str:
    standing = list(Receipt.objects.filter(payment__reversal=None).select_related("payment").order_by("pk"))
    if not standing:
        return "no payment"
    receipt = rng.choice(standing)
    opened = disputes.open_dispute(
        receipt_number=receipt.receipt_number,
        amount_paise=rng.choice([receipt.payment.amount_paise, max(1, receipt.payment.amount_paise // 3)]),
        case_number=f"CB-{Dispute.objects.count() + 1}",
        reason="Not known to the payer",
        reply_by=stage.today + DAYS_TO_REPLY,
        maker=CLERK,
        now=stage.clock(),
    )
    return f"opened, {opened.amount_paise} paise"
