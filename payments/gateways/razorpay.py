"""Razorpay, through its official SDK. Its webhooks sign the body from outside; its orders carry our reference as `receipt`.

Only a message that holds the order beside the payment names our reference, so the others are hints: notes that travel through
the payer's browser are the payer's to change.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from payments.gateways import calls, wire
from payments.gateways.base import (
    OTHER_ANSWER,
    AlreadyOpened,
    Checkout,
    Hint,
    MaybeSent,
    NotKnown,
    NotSent,
    RefundReport,
    Refused,
    ReportStatus,
    SettlementLine,
    TransactionReport,
    Unreadable,
)
from payments.gateways.calls import reading
from payments.gateways.razorpay_line import Keys, Line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from payments.gateways.base import CheckoutRequest, Credentials, WireMessage

CHECKOUT = "/v1/checkout/embedded"

# A code that is not here is UNKNOWN. A refunded payment had been captured; refunds are records of their own.
PAYMENT_STATUS = {
    "captured": ReportStatus.SUCCEEDED,
    "refunded": ReportStatus.SUCCEEDED,
    "created": ReportStatus.PENDING,
    "authorized": ReportStatus.PENDING,
    "failed": ReportStatus.FAILED,
}
REFUND_STATUS = {
    "processed": ReportStatus.SUCCEEDED,
    "pending": ReportStatus.PENDING,
    "failed": ReportStatus.FAILED,
}
CURRENCIES = {"INR": "356"}
SETTLEMENT_KIND = {"payment": "settled", "refund": "refund"}
SETTLEMENT_PAGE = 1000
BANK_REFERENCES = ("rrn", "bank_transaction_id", "auth_code")
# What may be kept of a payment: nothing that says who the payer is.
KEPT = ("id", "order_id", "amount", "currency", "status", "method", "created_at", "error_code", "error_description")
ORDER_ID = re.compile(r"order_[A-Za-z0-9]{1,30}")
# Razorpay's pages do not end by themselves; the portal opens a new order after this long.
PAGE_LIFE = timedelta(minutes=30)


class Razorpay:
    """The `Gateway` of one Razorpay account."""

    code: ClassVar[str] = "razorpay"

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        try:
            self._keys = [Keys.parsed(secret) for secret in credentials.secrets]
        except ValueError as problem:
            raise NotSent(f"A key of the account {credentials.account} cannot be used: {problem}") from problem
        self._line = Line(calls.client_for(credentials))

    def open(self, request: CheckoutRequest, /) -> Checkout:
        """Register an order and return where the payer goes. :raises NotSent, MaybeSent, Refused:"""
        asked = {"amount": request.amount_paise, "currency": "INR", "receipt": request.order_ref}
        made = self._api.order.create({**asked, "notes": list(request.additional_info)})
        with reading(MaybeSent):
            _check(made, asked)
            return Checkout(
                gateway_order_ref=made["id"],
                url=f"{self._credentials.base_url.rstrip('/')}{CHECKOUT}",
                method="POST",
                fields={
                    "key_id": self._keys[0].key_id,
                    "order_id": made["id"],
                    "amount": str(request.amount_paise),
                    "currency": "INR",
                    "callback_url": request.return_url,
                    "cancel_url": request.return_url,
                },
                valid_until=request.order_at + PAGE_LIFE,
            )

    def read(self, message: WireMessage, /) -> TransactionReport | Hint:
        """Return what a signed message reports, or the hint in one that names Razorpay's order only. :raises Refused:"""
        with reading(Refused):
            if "form-urlencoded" in message.content_type:
                return Hint("", _returned_order(calls.form_of(message.body), self._keys))
            return self._event(message)

    def ask(self, order_ref: str, /) -> Sequence[TransactionReport]:
        """Return the payments of every order that carries our reference. :raises NotSent, MaybeSent, Refused:"""
        orders = self._api.order.all({"receipt": order_ref})
        with reading(Refused):
            reports: list[TransactionReport] = []
            for order in orders["items"]:
                _check(order, {"receipt": order_ref})
                payments = self._api.order.payments(order["id"])
                reports += [self._report(order, payment) for payment in payments["items"]]
            return tuple(reports)

    def refund(self, transaction: TransactionReport, /, *, refund_ref: str, amount_paise: int) -> RefundReport:
        """Send money back, in part or in whole. :raises NotSent, MaybeSent, Refused:"""
        self._refuse_repeat(transaction, refund_ref)
        asked = {"amount": amount_paise, "receipt": refund_ref}
        made = self._api.payment.refund(transaction.transaction_ref, dict(asked))
        with reading(MaybeSent):
            _check(made, {**asked, "payment_id": transaction.transaction_ref})
            return _refund_report(made)

    def ask_refund(self, transaction: TransactionReport, /, *, refund_ref: str) -> RefundReport:
        """Return what became of a refund. :raises NotSent, MaybeSent, Refused, NotKnown:"""
        found = self._refund_named(transaction, refund_ref)
        if not found:
            raise NotKnown("Razorpay knows no such refund.", code="NO_REFUND")
        with reading(Refused):
            return _refund_report(found)

    def settlements(self, day: date, /) -> Sequence[SettlementLine]:
        """Return the rows settled on a day (IST). :raises NotSent, MaybeSent, Refused:"""
        lines: list[SettlementLine] = []
        asked = {"year": day.year, "month": day.month, "day": day.day, "count": SETTLEMENT_PAGE}
        while True:
            page = self._api.settlement.report({**asked, "skip": len(lines)})
            with reading(Refused):
                lines += [_settlement_line(item, self._credentials.merchant_id) for item in page["items"]]
                if len(page["items"]) < SETTLEMENT_PAGE:
                    return tuple(lines)

    @property
    def _api(self) -> Any:
        if not self._keys:
            raise NotSent(f"The account {self._credentials.account} has no key.")
        from razorpay import Client  # noqa: PLC0415 - five megabytes, which only a process that speaks to it needs

        key, address = self._keys[0], self._credentials.base_url.rstrip("/")
        return Client(session=self._line, auth=(key.key_id, key.secret), base_url=address)

    def _event(self, message: WireMessage) -> TransactionReport | Hint:
        """Return what a webhook tells. :raises Refused: and whatever `reading` turns into it"""
        body = message.body.decode()
        if not any(_is_signed(body, message.signature, keys.webhook_secret) for keys in self._keys):
            raise Refused("None of the keys signed this message.")
        said = wire.parsed(message.body)
        _check(said, {"account_id": self._credentials.merchant_id})
        payment = said["payload"]["payment"]["entity"]
        if "order" not in said["payload"]:
            return Hint("", payment["order_id"])
        with reading(Unreadable):
            return self._report(said["payload"]["order"]["entity"], payment)

    def _report(self, order: Mapping[str, Any], payment: Mapping[str, Any]) -> TransactionReport:
        _check(payment, {"order_id": order["id"]})
        acquirer = payment.get("acquirer_data") or {}
        return TransactionReport(
            order_ref=order["receipt"],
            transaction_ref=payment["id"],
            status=PAYMENT_STATUS.get(payment["status"], ReportStatus.UNKNOWN),
            raw_status=payment["status"],
            amount_paise=_paise(payment["amount"]),
            bank_ref=str(next((acquirer[name] for name in BANK_REFERENCES if acquirer.get(name)), "")),
            method=payment["method"] or "",
            happened_at=_moment(payment["created_at"]),
            merchant_id=self._credentials.merchant_id,
            currency=CURRENCIES.get(payment["currency"], payment["currency"]),
            error_code=payment.get("error_code") or "",
            error_text=payment.get("error_description") or "",
            raw={name: payment[name] for name in KEPT if name in payment},
        )

    def _refuse_repeat(self, transaction: TransactionReport, refund_ref: str) -> None:
        """Look before a refund is sent: Razorpay would take the same reference twice and refund twice."""
        try:
            known = self._refund_named(transaction, refund_ref)
        except MaybeSent as problem:
            raise NotSent(f"No refund was sent: {problem}") from problem
        if known:
            raise AlreadyOpened("Razorpay has a refund with this reference.")

    def _refund_named(self, transaction: TransactionReport, refund_ref: str) -> Mapping[str, Any] | None:
        known = self._api.payment.fetch_multiple_refund(transaction.transaction_ref)
        with reading(Refused):
            return next((refund for refund in known["items"] if refund.get("receipt") == refund_ref), None)


def _check(said: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Refuse an answer that is about something else: another account, order or amount."""
    for name, value in asked.items():
        if said[name] != value:
            raise Refused(f"Razorpay's answer has another {name} than the question.", code=OTHER_ANSWER)


def _returned_order(form: Mapping[str, str], keys: Sequence[Keys]) -> str:
    """Return the order that a browser brings: signed when it was paid, inside an error object when not."""
    if "razorpay_signature" in form:
        order_id = form["razorpay_order_id"]
        signed = f"{order_id}|{form['razorpay_payment_id']}"
        if not any(_is_signed(signed, form["razorpay_signature"], one.secret) for one in keys):
            raise Refused("None of the keys signed this return.")
    else:
        order_id = wire.parsed(form["error[metadata]"].encode())["order_id"]
    if not ORDER_ID.fullmatch(order_id):
        raise Refused("The form names no order.")
    return order_id


def _is_signed(text: str, signature: str, secret: str) -> bool:
    from razorpay import Utility  # noqa: PLC0415 - as above
    from razorpay.errors import SignatureVerificationError  # noqa: PLC0415 - as above

    try:
        return bool(Utility().verify_signature(text, signature, secret))
    except SignatureVerificationError:
        return False


def _refund_report(said: Mapping[str, Any]) -> RefundReport:
    return RefundReport(
        refund_ref=said["receipt"],
        gateway_refund_ref=said["id"],
        status=REFUND_STATUS.get(said["status"], ReportStatus.UNKNOWN),
        raw_status=said["status"],
        amount_paise=_paise(said["amount"]),
    )


def _settlement_line(said: Mapping[str, Any], merchant_id: str) -> SettlementLine:
    """Return one row; Razorpay's fee holds the tax on it, and its rows name no bank's reference of the payer."""
    kind = SETTLEMENT_KIND.get(said["type"], "chargeback" if said.get("dispute_id") else "adjustment")
    tax = _paise(said["tax"])
    return SettlementLine(
        merchant_id=merchant_id,
        transaction_ref=said["payment_id"] or said["entity_id"],
        order_ref=said["order_receipt"] or "",
        bank_ref="",
        own_ref="" if kind == "settled" else said.get("dispute_id") or said["entity_id"],
        kind=kind,
        gross_paise=_paise(said["amount"]),
        charges_paise=_paise(said["fee"]) - tax,
        gst_paise=tax,
        net_paise=_paise(said["credit"]) or _paise(said["debit"]),
        happened_on=_day(said["created_at"]),
        settled_on=_day(said["settled_at"]),
        utr=said["settlement_utr"],
    )


def _day(seconds: object) -> date:
    """Return the day of India of a moment."""
    return _moment(seconds).astimezone(wire.IST).date()


def _paise(value: object) -> int:
    """:raises ValueError: for anything but a whole number that is not negative"""
    if type(value) is not int or value < 0:
        raise ValueError(f"Not an amount in paise: {value!r}")
    return value


def _moment(seconds: object) -> datetime:
    return datetime.fromtimestamp(_paise(seconds), UTC)
