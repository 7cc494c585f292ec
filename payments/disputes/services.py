"""Writing: money that a payer's bank asks back. Opened by one person, decided by another; until then no bill is touched.

Opening books it as disputed, winning books it back. Losing all of a payment reverses the payment; losing a part takes that
part from what is kept of the payment, and then from its bills, the last first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from payments import ledger
from payments.decisions import services as decisions
from payments.kept import placements
from payments.ledger import DISPUTED, GATEWAY_RECEIVABLE, Landing
from payments.models import Dispute, Payment, ReconBreak
from payments.reversals import services as reversals
from payments.states import DISPUTE_MOVES, AllocationKind, DisputeState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

log = structlog.get_logger()


class CaseNumberMissing(ServiceError):
    code = "case_number_missing"
    message = _("Please give the number under which the gateway writes about this dispute.")
    field = "case_number"


class CaseKnown(ServiceError):
    code = "case_known"
    message = _("This case of the payment is in the list already.")
    field = "case_number"
    http_status = 409


class ReplyDayPast(ServiceError):
    code = "reply_day_past"
    message = _("Please give the last day on which the bank takes a reply, today or later.")
    field = "reply_by"


class DisputedTooMuch(ServiceError):
    code = "disputed_too_much"
    message = _("That is more than the payment has left, or nothing. Please compare with the gateway's letter.")
    field = "amount_paise"


class DisputeOutcomeUnknown(ServiceError):
    code = "dispute_outcome_unknown"
    message = _("A dispute is won or lost.")
    field = "outcome"


@transaction.atomic
def open_dispute(
    *,
    receipt_number: str,
    amount_paise: int,
    case_number: str,
    reason: str,
    reply_by: date,
    maker: str,
    now: datetime,
) -> Dispute:
    """Write down that a payer's bank asks for a payment back, or for a part of it, and book that as disputed.

    :raises CaseNumberMissing, ReasonMissing, ReplyDayPast, DisputedTooMuch, CaseKnown: it does not say what is needed
    :raises PaymentNotFound, PaymentReversed, PaymentDisputed: there is nothing to dispute
    """
    why, case = decisions.reason(reason), case_number.strip()
    if not case:
        raise CaseNumberMissing
    if reply_by < day_of(now):
        raise ReplyDayPast
    payment = reversals.payment_of(receipt_number)
    reversals.lock_payment(payment)
    reversals.check_stands(payment.pk)
    if payment.disputes.filter(case_number=case).exists():
        raise CaseKnown
    if not 0 < amount_paise <= payment.amount_paise - _lost(payment):
        raise DisputedTooMuch
    found = Dispute.objects.create(
        payment=payment,
        amount_paise=amount_paise,
        case_number=case,
        reason=why,
        reply_by=reply_by,
        maker=maker,
        opened_at=now,
    )
    _book(found, payment, "disputed", amount_paise, now)
    log.info("dispute_opened", order_number=payment.order.order_number, amount_paise=amount_paise)
    return found


@transaction.atomic
def decide_dispute(dispute: int, *, outcome: str, note: str, approver: str, now: datetime) -> Dispute:
    """Book what the bank has decided.

    :raises ReasonMissing, DecidedAlready, ApproverIsMaker, DisputeOutcomeUnknown: nothing is decided
    """
    why = decisions.reason(note)
    found = Dispute.objects.select_for_update().get(pk=dispute)
    if not DISPUTE_MOVES[found.state]:
        raise decisions.DecidedAlready
    if outcome not in DISPUTE_MOVES[found.state]:
        raise DisputeOutcomeUnknown
    decisions.check_another(found.maker, approver)
    payment = Payment.objects.select_related("order", "receipt", "transaction__account").get(pk=found.payment_id)
    reversals.lock_payment(payment)
    found.state, found.note, found.approver, found.decided_at = outcome, why, approver, now
    found.save(update_fields=["state", "note", "approver", "decided_at"])
    if outcome == DisputeState.WON:
        _book(found, payment, "dispute won", -found.amount_paise, now)
    else:
        _lose(found, payment, now)
    log.info("dispute_decided", order_number=payment.order.order_number, outcome=outcome)
    return found


def _lost(payment: Payment) -> int:
    lost = payment.disputes.filter(state=DisputeState.LOST).aggregate(paise=Sum("amount_paise"))
    return lost["paise"] or 0


def _book(dispute: Dispute, payment: Payment, purpose: str, paise: int, now: datetime) -> None:
    """Move what the gateway owes us to what is disputed, or back when negative. Nothing lands anywhere."""
    owed = f"{GATEWAY_RECEIVABLE}:{payment.transaction.account.code}"
    ledger.post_move(
        payment=payment.pk,
        purpose=f"{purpose} {dispute.pk}",
        kind=payment.order.kind,
        landings=[],
        business_date=day_of(now),
        now=now,
        credits={DISPUTED: -paise, owed: paise},
    )


def _lose(dispute: Dispute, payment: Payment, now: datetime) -> None:
    if _lost(payment) == payment.amount_paise:
        reversals.reverse_charged_back(
            payment=payment.pk,
            detail=f"{dispute.case_number}: {dispute.note}",
            maker=dispute.maker,
            asked_at=dispute.opened_at,
            approver=dispute.approver,
            now=now,
        )
        return
    _charge_back(dispute, payment, now)


def _charge_back(dispute: Dispute, payment: Payment, now: datetime) -> None:
    """Take a part of a payment from where its money stands. What a bill gives beyond that is kept in advance, with a break."""
    on, given = day_of(now), _given(reversals.standing(payment.pk), dispute.amount_paise)
    reversals.take_off_bills(payment, given, on, now)
    lost = Landing(AllocationKind.CHARGED, "", dispute.amount_paise)
    over = sum(part.amount_paise for part in given) - dispute.amount_paise
    rest = [Landing(AllocationKind.ADVANCE, "", over, reference=given[-1].reference)] if over else []
    ledger.post_move(
        payment=payment.pk,
        purpose=f"charged back {dispute.pk}",
        kind=payment.order.kind,
        landings=[*map(reversals.negated, given), lost, *rest],
        business_date=on,
        now=now,
        credits={DISPUTED: dispute.amount_paise},
    )
    if over:
        facts = {"bill": given[-1].bill, "over_paise": over, "lost_case": dispute.case_number}
        ReconBreak.objects.create(kind="CHARGED_BACK", payment=payment, amount_paise=over, facts=facts, opened_at=now)
    placements.tell(payment, AllocationKind.CHARGED, [lost], key=f"dispute:{dispute.pk}", now=now)


def _given(standing: Sequence[Landing], amount_paise: int) -> list[Landing]:
    """Return the parts of a payment that give an amount: what is kept first, of that no more than needed, then bills, whole."""
    given, left = list[Landing](), amount_paise
    for part in reversed(standing):
        if left > 0 and part.amount_paise > 0 and part.kind != AllocationKind.CHARGED:
            is_bill = part.kind == AllocationKind.BILL
            given.append(part if is_bill else replace(part, amount_paise=min(left, part.amount_paise)))
            left -= given[-1].amount_paise
    return given
