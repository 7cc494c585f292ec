"""Writing: undoing a payment that turned out not to be money, asked for by one person and approved by another.

Nothing of the payment is changed or removed. Negative allocations take it off its bills, a journal mirrors its journals, its
kind of revenue makes the bills unpaid again, and a numbered reversal stands beside the receipt.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.financial_year import FinancialYear
from kmc_portal.common.money import rupee_text
from payments import ledger, outbox
from payments.counter import deposits
from payments.decisions import services as decisions
from payments.kept.advances import lock_orders
from payments.ledger import Landing
from payments.models import Allocation, Dispute, Payment, ReconBreak, Reversal, ReversalRequest
from payments.payables import Share, payable_of
from payments.receipts import PRINTED, TAKE_NUMBER
from payments.reconciliation.breaks import close_what_was_placed
from payments.states import REASONS_TO_ASK, AllocationKind, DisputeState, ReversalReason

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime

log = structlog.get_logger()


class PaymentNotFound(ServiceError):
    code = "payment_not_found"
    message = _("There is no receipt of this number. Please check it on the paper.")
    field = "receipt_number"
    http_status = 404


class PaymentReversed(ServiceError):
    code = "payment_reversed"
    message = _("This payment has been reversed already, under {reversal_number}. Nothing more is to be done.")
    field = "receipt_number"
    http_status = 409


class ReversalAsked(ServiceError):
    code = "reversal_asked"
    message = _("The reversal of this payment has been asked for already and waits for a colleague's decision.")
    field = "receipt_number"
    http_status = 409


class PaymentRefunded(ServiceError):
    code = "payment_refunded"
    message = _(
        "{amount} of this payment has been given back, or is on its way. A reversal would take it a second time. Please ask the "
        "treasury what is to be done."
    )
    field = "receipt_number"
    http_status = 409


class PaymentDisputed(ServiceError):
    code = "payment_disputed"
    message = _(
        "The payer's bank asks for this payment back, and that is not decided. Please decide the dispute first."
    )
    field = "receipt_number"
    http_status = 409


class ReversalReasonUnknown(ServiceError):
    code = "reversal_reason_unknown"
    message = _("Please choose one of the reasons in the list.")
    field = "reason"


class ReversalProofMissing(ServiceError):
    code = "reversal_proof_missing"
    message = _("Please say what shows it: the number and date of the bank's memo, statement or letter.")
    field = "detail"


OF_PAYMENT = """
SELECT kind, bill, amount_paise, heads::text, reference FROM payments_allocation WHERE payment_id = %s ORDER BY id
"""
COUNTS_FOR = """
SELECT o.reference FROM payments_payment p JOIN payments_paymentorder o ON o.id = p.order_id WHERE p.id = %(payment)s
 UNION SELECT a.reference FROM payments_allocation a WHERE a.payment_id = %(payment)s AND a.reference <> ''
"""
# After what made a bill whole nothing comes to it any more.
MADE_WHOLE = """
SELECT last.payment_id, last.bill, last.amount_paise, last.heads::text, last.reference,
       (SELECT count(*) FROM payments_journal j WHERE j.payment_id = last.payment_id)
           + row_number() OVER (PARTITION BY last.payment_id ORDER BY last.bill) - 1
  FROM unnest(%(bills)s::text[]) AS made (bill)
 CROSS JOIN LATERAL (
       SELECT a.payment_id, a.bill, a.amount_paise, a.heads, a.reference FROM payments_allocation a
         JOIN payments_payment p ON p.id = a.payment_id
         JOIN payments_paymentorder o ON o.id = p.order_id AND o.kind = %(kind)s
        WHERE a.kind = 'bill' AND a.bill = made.bill ORDER BY a.id DESC LIMIT 1) AS last
 WHERE last.payment_id <> %(payment)s AND last.amount_paise > 0 ORDER BY last.bill
"""
WRITE = f"""
WITH {TAKE_NUMBER}
INSERT INTO payments_reversal (payment_id, series, financial_year, number, reversal_number, reason, detail, maker, approver,
                               reversed_on, issued_at)
SELECT %(payment)s, %(series)s, %(year)s, last_number, {PRINTED}, %(reason)s, %(detail)s, %(maker)s, %(approver)s,
       %(on)s, %(now)s
  FROM taken RETURNING id
"""


def ask_for_reversal(*, receipt_number: str, reason: str, detail: str, maker: str, now: datetime) -> ReversalRequest:
    """Write down that a payment is no money. Nothing is undone until somebody else has approved it.

    :raises ReversalReasonUnknown, ReversalProofMissing: it does not say why, or what shows it
    :raises PaymentNotFound, PaymentReversed, PaymentDisputed, PaymentRefunded, ReversalAsked: there is nothing to ask for
    """
    if reason not in REASONS_TO_ASK:
        raise ReversalReasonUnknown
    if not detail.strip():
        raise ReversalProofMissing
    payment = payment_of(receipt_number)
    try:
        with transaction.atomic():
            return ReversalRequest.objects.create(
                payment=payment, reason=reason, detail=detail.strip(), maker=maker, asked_at=now
            )
    except IntegrityError as error:
        raise ReversalAsked from error


@transaction.atomic
def refuse_reversal(request: int, *, approver: str, refusal: str, now: datetime) -> ReversalRequest:
    """Let a payment stand. :raises RefusalUnexplained, DecidedAlready, ApproverIsMaker: nothing is decided"""
    return decisions.refuse(ReversalRequest, request, approver=approver, refusal=refusal, now=now)


@transaction.atomic
def approve_reversal(request: int, *, approver: str, now: datetime) -> Reversal:
    """Undo the payment, all of it and in one piece, as of today. Returns the numbered reversal.

    :raises DecidedAlready, ApproverIsMaker, PaymentReversed, PaymentDisputed, PaymentRefunded: nothing is undone
    """
    return _reverse(decisions.approve(ReversalRequest, request, approver=approver, now=now), now)


def reverse_charged_back(
    *, payment: int, detail: str, maker: str, asked_at: datetime, approver: str, now: datetime
) -> Reversal:
    """Undo a payment that its payer's bank has taken back whole, which two people have found in a dispute."""
    asked = ReversalRequest.objects.create(
        payment_id=payment,
        reason=ReversalReason.CHARGED_BACK,
        detail=detail,
        maker=maker,
        asked_at=asked_at,
        approver=approver,
        approved_at=now,
    )
    return _reverse(asked, now)


def payment_of(receipt_number: str) -> Payment:
    """Return the payment of a receipt, which stands and is not disputed.

    :raises PaymentNotFound, PaymentReversed, PaymentDisputed: there is none
    """
    number = receipt_number.strip()
    found = Payment.objects.select_related("reversal", "order").filter(receipt__receipt_number=number).first()
    if found is None:
        raise PaymentNotFound
    check_stands(found.pk)
    return found


def check_stands(payment: int) -> None:
    """:raises PaymentReversed, PaymentDisputed, PaymentRefunded: the payment does not stand whole, or may soon not"""
    found = Reversal.objects.filter(payment=payment).first()
    if found:
        raise PaymentReversed(reversal_number=found.reversal_number)
    check_undisputed(payment)
    if given_back := refunded_of(payment):
        raise PaymentRefunded(amount=rupee_text(given_back))


def check_undisputed(payment: int) -> None:
    """:raises PaymentDisputed: the payer's bank asks for the payment back, and that is not decided"""
    if Dispute.objects.filter(payment=payment, state=DisputeState.OPEN).exists():
        raise PaymentDisputed


def refunded_of(payment: int) -> int:
    """Return what of a payment has been given back or is on its way, in paise."""
    gone = Allocation.objects.filter(payment=payment, kind=AllocationKind.REFUNDED)
    return int(gone.aggregate(paise=Sum("amount_paise", default=0))["paise"])


def _reverse(request: ReversalRequest, now: datetime) -> Reversal:
    """Lock as a posting does: the orders, the bills, and last the series of the number."""
    payment = Payment.objects.select_related("order", "receipt").get(pk=request.payment_id)
    order, on = payment.order, day_of(now)
    lock_payment(payment)
    check_stands(payment.pk)
    parts = standing(payment.pk)
    take_off_bills(payment, parts, on, now)
    ledger.post_reversal(payment=payment.pk, landings=_undone(parts), business_date=on, now=now)
    reversal = Reversal.objects.get(pk=_write(request, payment.receipt.series, on, now))
    close_what_was_placed(payment=payment.pk, now=now)
    deposits.take_back(payment, reversal, now=now)
    _tell(payment, reversal, now)
    log.info("payment_reversed", order_number=order.order_number, reversal_number=reversal.reversal_number)
    return reversal


def lock_payment(payment: Payment) -> None:
    """Lock every order whose money counts for whom this payment's counts, until the commit.

    Whoever places money of the payment locks its own order too: for whom it counts can change once, while that is waited for.
    """
    known: set[str] = set()
    while (found := _counts_for(payment)) - known:
        lock_orders(kind=payment.order.kind, references=found)
        known = found


def _counts_for(payment: Payment) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTS_FOR, {"payment": payment.pk})
        return {reference for (reference,) in cursor.fetchall()}


def standing(payment: int) -> list[Landing]:
    """Return where the money of a payment stands today: its bills share by share, and what is left of each part that is kept."""
    shares: list[Landing] = []
    kept: dict[tuple[str, str], int] = {}
    with connection.cursor() as cursor:
        cursor.execute(OF_PAYMENT, [payment])
        for kind, bill, paise, heads, reference in cursor.fetchall():
            part = Landing(kind, bill, paise, json.loads(heads), reference)
            if kind != AllocationKind.BILL:
                kept[kind, reference] = kept.get((kind, reference), 0) + paise
            elif paise < 0:
                shares.remove(negated(part))
            else:
                shares.append(part)
    rest = [Landing(kind, "", paise, reference=reference) for (kind, reference), paise in kept.items() if paise]
    return [*shares, *rest]


def negated(part: Landing) -> Landing:
    """Return what takes a part back from where it landed."""
    heads = {head: -paise for head, paise in part.heads.items()}
    return Landing(part.kind, part.bill, -part.amount_paise, heads, part.reference)


def _undone(parts: Sequence[Landing]) -> list[Landing]:
    amount = sum(part.amount_paise for part in parts)
    return [*map(negated, parts), Landing(AllocationKind.REVERSED, "", amount)]


def take_off_bills(payment: Payment, parts: Sequence[Landing], on: date, now: datetime) -> None:
    """Make the bills among these parts of a payment unpaid again, with what others had added to them kept in advance."""
    order, shares = payment.order, dict[str, list[Share]]()
    for part in parts:
        if part.kind == AllocationKind.BILL:
            shares.setdefault(part.reference or order.reference, []).append(Share(part.bill, part.heads))
    for reference, taken in shares.items():
        whole = payable_of(order.kind).on_reversed(reference=reference, shares=taken, paid_by=order.order_number)
        _keep_what_lost_its_place(payment, whole, on, now)


def _keep_what_lost_its_place(payment: Payment, bills: Collection[str], on: date, now: datetime) -> None:
    """Keep in advance what other payments had added last to bills that are unpaid again, with a break for a person each."""
    kind = payment.order.kind
    values: dict[str, Any] = {"bills": list(bills), "kind": kind, "payment": payment.pk}
    with connection.cursor() as cursor:
        cursor.execute(MADE_WHOLE, values)
        found = cursor.fetchall()
    for other, bill, paise, heads, reference, journals in found:
        share = Landing(AllocationKind.BILL, bill, paise, json.loads(heads), reference)
        landings = [negated(share), Landing(AllocationKind.ADVANCE, "", paise, reference=reference)]
        purpose = f"moved {journals}"
        ledger.post_move(payment=other, purpose=purpose, kind=kind, landings=landings, business_date=on, now=now)
        ReconBreak.objects.get_or_create(
            payment_id=other,
            kind="LOST_ITS_PLACE",
            facts={"bill": bill, "moved_paise": paise, "reversed_payment": payment.pk},
            defaults={"amount_paise": paise, "opened_at": now},
        )


def _write(request: ReversalRequest, series: str, on: date, now: datetime) -> int:
    year, own = FinancialYear.of(on), f"RV-{series}"
    values: dict[str, Any] = {
        "payment": request.payment_id,
        "series": own,
        "year": year.start,
        "prefix": f"{own}/{year}/",
        "reason": request.reason,
        "detail": request.detail,
        "maker": request.maker,
        "approver": request.approver,
        "on": on,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, values)
        return int(cursor.fetchone()[0])


def _tell(payment: Payment, reversal: Reversal, now: datetime) -> None:
    order, receipt = payment.order, payment.receipt
    payload = {
        "order_number": order.order_number,
        "kind": order.kind,
        "amount_paise": payment.amount_paise,
        "language": order.language,
        "told_to": order.told_to,
        "receipt_number": receipt.receipt_number,
        "reversal_number": reversal.reversal_number,
        "token": receipt.token,
        "code": receipt.code,
    }
    outbox.write(topic="receipt_reversed", key=f"receipt_reversed:{reversal.reversal_number}", payload=payload, now=now)
