"""Reading: an order, a receipt, and whether a paper is genuine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date
from payments.models import PaymentOrder, Receipt
from payments.papers import charged_text, refunds_of, reversal_of
from payments.services import OrderNotFound
from payments.states import LIVING, AttemptState, OrderState, Way
from payments.verifiables import Verification

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from django_stubs_ext import StrPromise

    from payments.models import Refund


class ReceiptNotFound(ServiceError):
    code = "receipt_not_found"
    message = _("This receipt address is not ours, or it was copied incompletely.")
    field = "token"
    http_status = 404


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """An order as the page sees it. `step` is open, checking, failed, paid or closed; `receipt_token` once it is paid."""

    order: PaymentOrder
    step: str
    receipt_token: str
    order_ref: str


# What the last attempt's state means to the person who waits.
STEPS: dict[str, str] = {
    AttemptState.CREATED: "open",
    AttemptState.REGISTERED: "open",
    AttemptState.PENDING: "checking",
    AttemptState.UNKNOWN: "checking",
    AttemptState.FAILED: "failed",
    AttemptState.EXPIRED: "open",
    AttemptState.SUCCEEDED: "paid",
}


def order_status(*, token: str) -> OrderStatus:
    """Return an order by the token of its link. At most three queries. :raises OrderNotFound: no such token"""
    order = PaymentOrder.objects.filter(token=token).first()
    if order is None:
        raise OrderNotFound
    return _status(order)


def order_status_by_ref(*, account: str, order_ref: str) -> OrderStatus:
    """Return an order by an attempt's reference, as a browser brings it back. :raises OrderNotFound: no such attempt"""
    order = PaymentOrder.objects.filter(attempts__order_ref=order_ref, attempts__account__code=account).first()
    if order is None:
        raise OrderNotFound
    return _status(order)


def _status(order: PaymentOrder) -> OrderStatus:
    state, order_ref = order.attempts.order_by("-pk").values_list("state", "order_ref").first() or ("", "")
    if order.state == OrderState.OPEN:
        return OrderStatus(order, STEPS.get(state, "open"), "", order_ref)
    if order.state == OrderState.CLOSED:
        return OrderStatus(order, "closed", "", order_ref)
    receipt = Receipt.objects.filter(payment__order=order).order_by("pk").values_list("token", flat=True).first()
    return OrderStatus(order, "paid", receipt or "", order_ref)


def upi_link(order: PaymentOrder, *, now: datetime) -> str:
    """Return the UPI link that the payer of an order can still use, empty when there is none. One query."""
    living = order.attempts.filter(way=Way.UPI, state__in=LIVING[Way.UPI], valid_until__gt=now).order_by("-pk")
    checkout = living.values_list("checkout", flat=True).first()
    return checkout["url"] if checkout else ""


def receipt_by_token(*, token: str) -> Receipt:
    """Return a receipt with payment, order, transaction and what was handed over loaded. One query. :raises ReceiptNotFound:"""
    receipt = (
        Receipt.objects.select_related(
            "payment__order",
            "payment__transaction__attempt__handed_over__shift__counter",
            "payment__transaction__attempt__handed_over__realisation",
            "payment__reversal",
        )
        .filter(token=token)
        .first()
    )
    if receipt is None:
        raise ReceiptNotFound
    return receipt


@dataclass(frozen=True, slots=True)
class BillPayment:
    """What one bill took of one payment, on a day. `heads` is its paise by head, deductions negative."""

    bill: str
    landed_on: date
    amount_paise: int
    heads: dict[str, int]
    receipt_number: str
    is_advance_used: bool


PAYMENTS_OF_BILLS = """
SELECT a.bill, a.landed_on, a.amount_paise, a.heads::text, r.receipt_number,
       EXISTS (SELECT 1 FROM payments_allocation moved WHERE moved.payment_id = a.payment_id AND moved.kind = 'advance'
                  AND moved.amount_paise < 0 AND moved.landed_on = a.landed_on
                  AND NOT EXISTS (SELECT 1 FROM payments_allocation gone WHERE gone.payment_id = a.payment_id
                                     AND gone.kind = 'refunded' AND gone.landed_on = moved.landed_on
                                     AND gone.amount_paise = -moved.amount_paise))
  FROM payments_allocation a JOIN payments_payment p ON p.id = a.payment_id
  JOIN payments_paymentorder o ON o.id = p.order_id AND o.kind = %s
  JOIN payments_receipt r ON r.payment_id = p.id
 WHERE a.kind = 'bill' AND a.bill = ANY(%s) ORDER BY a.id
"""


def payments_of_bills(*, kind: str, bills: Sequence[str]) -> list[BillPayment]:
    """Return what was paid here on some bills of a kind of revenue, oldest first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(PAYMENTS_OF_BILLS, [kind, list(bills)])
        return [
            BillPayment(bill, on, paise, json.loads(heads), number, is_advance)
            for bill, on, paise, heads, number, is_advance in cursor.fetchall()
        ]


class Standing(NamedTuple):
    """What a receipt proves: our word for it, the tone of the page, and two sentences."""

    status: str
    tone: str
    verdict: StrPromise
    advice: StrPromise


_STANDS = Standing(
    "genuine",
    "good",
    _("This receipt is genuine"),
    _("Compare what stands here with the paper. If anything differs, the paper has been altered."),
)
_REVERSED = Standing(
    "reversed",
    "stop",
    _("This receipt has been reversed"),
    _("We issued it, but the money did not reach the corporation. It proves no payment any more."),
)


_REFUNDED = Standing(
    "refunded",
    "wait",
    _("This receipt is genuine, but money was given back"),
    _("Compare what stands here with the paper, and take off what was given back."),
)


def _standing(receipt: Receipt, refunds: Sequence[Refund]) -> Standing:
    if reversal_of(receipt):
        return _REVERSED
    return _REFUNDED if refunds else _STANDS


def _facts(receipt: Receipt, refunds: Sequence[Refund]) -> list[tuple[str, str]]:
    facts = [(gettext("Paid on"), long_date(receipt.payment.business_date))]
    for refund in refunds:
        facts.append((gettext("Given back"), f"{rupee_text(refund.amount_paise)}, {long_date(refund.ended_at)}"))
    if reversal := reversal_of(receipt):
        facts += [
            (gettext("Reversed on"), long_date(reversal.reversed_on)),
            (gettext("Reversal number"), reversal.reversal_number),
        ]
    elif charged := charged_text(receipt):
        facts.append((gettext("Charged back"), charged))
    return facts


class VerifiableReceipt:
    """Receipts, for `/verify/`."""

    kind: ClassVar[str] = "receipt"

    def find_number(self, text: str, *, on: date) -> Verification | None:
        """Nothing: whoever knows the number of such a paper has not seen the paper."""
        return None

    def find(self, code: str, *, on: date) -> Verification | None:
        receipt = Receipt.objects.select_related("payment__order", "payment__reversal").filter(code=code).first()
        if receipt is None:
            return None
        payment, refunds = receipt.payment, refunds_of(receipt)
        stands = _standing(receipt, refunds)
        return Verification(
            kind=self.kind,
            title=payment.order.snapshot["title"],
            number=receipt.receipt_number,
            issued_on=day_of(receipt.issued_at),
            status=stands.status,
            tone=stands.tone,
            verdict=str(stands.verdict),
            advice=str(stands.advice),
            facts=_facts(receipt, refunds),
            particulars=payment.order.snapshot["particulars"],
            amount_paise=payment.amount_paise,
            paid_on=payment.business_date,
        )
