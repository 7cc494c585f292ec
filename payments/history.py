"""Reading: all that was paid, taken back and given back under one number, for the page of whom it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext

from kmc_portal.common.history import GOOD, STOP, Happening
from kmc_portal.common.money import rupee_text
from payments.models import Payment, PaymentOrder
from payments.states import OrderState

if TYPE_CHECKING:
    from collections.abc import Iterator

# The newest orders of a number; nobody pays more often, and older ones are found by their numbers.
ORDERS = 100


def happenings_of(*, kind: str, reference: str) -> Iterator[Happening]:
    """Yield what happened to the payments of a number: of an assessee, or of a certificate. Five queries at most."""
    payments = Payment.objects.order_by("pk").select_related("receipt", "reversal")
    paid = Prefetch("payments", payments.prefetch_related("refunds", "disputes", "placements"))
    orders = PaymentOrder.objects.filter(kind=kind, reference=reference).order_by("-pk").prefetch_related(paid)
    for order in orders[:ORDERS]:
        address = reverse("admin:payments_paymentorder_timeline", args=[order.pk])
        told = [_opened(order), *(one for payment in order.payments.all() for one in _of(payment))]
        yield from (one._replace(address=address) for one in told)


def _opened(order: PaymentOrder) -> Happening:
    detail = f"{order.order_number} · {rupee_text(order.amount_paise)} · {order.get_source_display()}"
    if order.state != OrderState.PAID:
        detail = f"{detail} · {order.get_state_display()}"
    return Happening(order.created_at, gettext("Payment order opened"), detail)


def _of(payment: Payment) -> Iterator[Happening]:
    receipt = payment.receipt
    detail = f"{receipt.receipt_number} · {rupee_text(payment.amount_paise)}"
    yield Happening(receipt.issued_at, gettext("Receipt issued"), detail, GOOD)
    if hasattr(payment, "reversal"):
        yield Happening(payment.reversal.issued_at, gettext("Reversed"), payment.reversal.reversal_number, STOP)
    for refund in payment.refunds.all():
        detail = f"{refund.refund_number} · {rupee_text(refund.amount_paise)} · {refund.get_state_display()}"
        yield Happening(refund.ended_at or refund.asked_at, gettext("Refund"), detail)
    for dispute in payment.disputes.all():
        detail = f"{dispute.case_number} · {rupee_text(dispute.amount_paise)} · {dispute.get_state_display()}"
        yield Happening(dispute.opened_at, gettext("The payer's bank asks it back"), detail, STOP)
    for asked in payment.placements.all():
        if asked.approved_at:
            detail = f"{rupee_text(asked.amount_paise)} · {asked.get_target_display()} · {asked.placed_for}"
            yield Happening(asked.approved_at, gettext("Placed"), detail)
