"""Reading: an order, a receipt, and whether a paper is genuine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from payments.models import PaymentOrder, Receipt
from payments.receipts import CODE_LENGTH
from payments.services import OrderNotFound
from payments.states import AttemptState, OrderState

if TYPE_CHECKING:
    from datetime import date


class ReceiptNotFound(ServiceError):
    code = "receipt_not_found"
    message = _("This receipt address is not ours, or it was copied incompletely.")
    field = "token"
    http_status = 404


class CodeNotGenuine(ServiceError):
    code = "code_not_genuine"
    message = _(
        "No receipt of ours has this code. Please check the 16 letters and digits; if they are right, the paper is not genuine."
    )
    field = "code"
    http_status = 404


class CodeMalformed(ServiceError):
    code = "code_malformed"
    message = _("A verification code has 16 letters and digits, printed under the square code of the receipt.")
    field = "code"


@dataclass(frozen=True, slots=True)
class OrderStatus:
    """An order as the page sees it. `step` is open, checking, failed, paid or closed; `receipt_token` once it is paid."""

    order: PaymentOrder
    step: str
    receipt_token: str
    order_ref: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What anybody may know of a receipt who holds its code. Nothing here names a person in clear."""

    receipt_number: str
    issued_on: date
    paid_on: date
    amount_paise: int
    status: str
    title: str
    particulars: list[list[str]]


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


def receipt_by_token(*, token: str) -> Receipt:
    """Return a receipt with payment, order, transaction and account loaded. One query. :raises ReceiptNotFound:"""
    receipt = (
        Receipt.objects.select_related("payment__order", "payment__transaction__account").filter(token=token).first()
    )
    if receipt is None:
        raise ReceiptNotFound
    return receipt


def verification(*, code: str) -> Verification:
    """Return what is public of the receipt with this code, typed in any way people type.

    :raises CodeMalformed: not 16 letters and digits
    :raises CodeNotGenuine: no such receipt
    """
    receipt = (
        Receipt.objects.select_related("payment__order", "payment__transaction").filter(code=clean_code(code)).first()
    )
    if receipt is None:
        raise CodeNotGenuine
    payment = receipt.payment
    return Verification(
        receipt_number=receipt.receipt_number,
        issued_on=day_of(receipt.issued_at),
        paid_on=payment.business_date,
        amount_paise=payment.amount_paise,
        status="genuine",
        title=payment.order.snapshot["title"],
        particulars=payment.order.snapshot["particulars"],
    )


def clean_code(text: str) -> str:
    """Return the 16 characters of a code; the letters that are easily mistaken are read as the digits they look like."""
    code = digits.strip_separators(digits.to_ascii(text)).upper().translate(str.maketrans("OIL", "011"))
    if len(code) != CODE_LENGTH or not code.isascii() or not code.isalnum():
        raise CodeMalformed
    return code


def printed_code(code: str) -> str:
    """Return a code as it is printed, in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))
