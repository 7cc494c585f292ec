"""Razorpay's JSON objects and its signatures, drawn from the records. Amounts are paise, times are seconds since 1970."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from payments.sandbox.outcomes import FAILED, PENDING, SUCCESS
from payments.sandbox.rows import CHARGEBACK, REFUND, SETTLED

if TYPE_CHECKING:
    from datetime import datetime

    from payments.sandbox.records import Merchant, Order, Refund, Transaction
    from payments.sandbox.rows import Row
    from payments.sandbox.settlement import Batch

STATUS = {SUCCESS: "captured", PENDING: "created", FAILED: "failed"}
REFUND_STATUS = {"0699": "processed", "0799": "processed", PENDING: "pending", FAILED: "failed"}
ITEM_TYPES = {SETTLED: "payment", REFUND: "refund", CHARGEBACK: "adjustment"}
FOREIGN_KEY = "a-key-that-no-merchant-was-given"


class Keys(NamedTuple):
    """The three parts of a key: the name that the API is called with, its secret, and the secret of the webhooks."""

    key_id: str
    secret: str
    webhook_secret: str


def keys_of(merchant: Merchant) -> list[Keys]:
    """Return every key of a merchant, the one that signs first."""
    return [Keys(*secret.split(":", 2)) for secret in merchant.secrets]


def mac(message: str, secret: str) -> str:
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def order_entity(order: Order, *, paid_paise: int = 0) -> dict[str, Any]:
    """Return an order, as it is answered and as a webhook tells it."""
    return {
        "id": order.order_id,
        "entity": "order",
        "amount": order.amount_paise,
        "amount_paid": paid_paise,
        "amount_due": max(order.amount_paise - paid_paise, 0),
        "currency": "INR",
        "receipt": order.receipt,
        "status": "paid" if paid_paise else "created",
        "attempts": len(order.transaction_ids),
        "notes": order.additional_info,
        "created_at": _seconds(order.created_at),
    }


def payment_entity(transaction: Transaction) -> dict[str, Any]:
    """Return a payment; it names the order by Razorpay's number only."""
    failed = transaction.status == FAILED
    return {
        "id": transaction.transaction_id,
        "entity": "payment",
        "amount": transaction.amount_paise,
        "currency": "INR",
        "status": STATUS.get(transaction.status, transaction.status),
        "order_id": transaction.order_id,
        "method": transaction.method,
        "captured": transaction.status == SUCCESS,
        "error_code": "BAD_REQUEST_ERROR" if failed else None,
        "error_description": "The bank declined the payment" if failed else None,
        "acquirer_data": {"rrn": transaction.bank_ref},
        "created_at": _seconds(transaction.happened_at),
    }


def refund_entity(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.refund_id,
        "entity": "refund",
        "amount": refund.amount_paise,
        "currency": "INR",
        "payment_id": refund.transaction_id,
        "receipt": refund.refund_ref,
        "status": REFUND_STATUS.get(refund.status, refund.status),
        "created_at": _seconds(refund.created_at),
    }


def settlement_item(batch: Batch, row: Row) -> dict[str, Any]:
    """Return one row of the settlement report; the fee holds its tax. A chargeback is an adjustment with a dispute."""
    is_paid_out = row.kind == SETTLED
    return {
        "entity_id": row.own_ref or row.transaction_id,
        "type": ITEM_TYPES[row.kind],
        "debit": 0 if is_paid_out else row.net_paise,
        "credit": row.net_paise if is_paid_out else 0,
        "amount": row.gross_paise if is_paid_out else row.net_paise,
        "currency": "INR",
        "fee": row.charge_paise + row.gst_paise,
        "tax": row.gst_paise,
        "settled": True,
        "created_at": _seconds(row.happened_at),
        "settled_at": _seconds(row.paid_out_at),
        "settlement_id": f"setl_{batch.paid_out_on:%Y%m%d}",
        "settlement_utr": batch.utr,
        "payment_id": None if is_paid_out else row.transaction_id,
        "order_id": row.order_id,
        "order_receipt": row.receipt,
        "method": row.method,
        "dispute_id": row.own_ref if row.kind == CHARGEBACK else None,
    }


def news(transaction: Transaction, order: Order, merchant: Merchant) -> dict[str, Any]:
    """Return the event that a webhook tells: a paid order with its payment, or the payment alone."""
    payload: dict[str, Any] = {"payment": {"entity": payment_entity(transaction)}}
    event = "payment.failed" if transaction.status == FAILED else "payment.authorized"
    if transaction.status == SUCCESS:
        event, payload["order"] = "order.paid", {"entity": order_entity(order, paid_paise=transaction.amount_paise)}
    return {
        "entity": "event",
        "account_id": merchant.merchant_id,
        "event": event,
        "contains": list(payload),
        "payload": payload,
        "created_at": _seconds(transaction.happened_at),
    }


def webhook(content: dict[str, Any], merchant: Merchant, *, forged: bool) -> tuple[str, dict[str, str]]:
    """Return body and headers of a webhook."""
    body = json.dumps(content)
    secret = FOREIGN_KEY if forged else keys_of(merchant)[0].webhook_secret
    return body, {
        "Content-Type": "application/json",
        "X-Razorpay-Signature": mac(body, secret),
        "x-razorpay-event-id": hashlib.sha256(body.encode()).hexdigest()[:14],
    }


def returned(transaction: Transaction, merchant: Merchant, *, forged: bool) -> dict[str, str]:
    """Return what the browser brings: three references when it was paid, an error object in fields when not."""
    if transaction.status != SUCCESS:
        return _error(transaction.order_id, "The bank declined the payment", payment_id=transaction.transaction_id)
    secret = FOREIGN_KEY if forged else keys_of(merchant)[0].secret
    return {
        "razorpay_payment_id": transaction.transaction_id,
        "razorpay_order_id": transaction.order_id,
        "razorpay_signature": mac(f"{transaction.order_id}|{transaction.transaction_id}", secret),
    }


def given_up(order: Order) -> dict[str, str]:
    return _error(order.order_id, "The payer gave up")


def _error(order_id: str, description: str, **more: str) -> dict[str, str]:
    return {
        "error[code]": "BAD_REQUEST_ERROR",
        "error[description]": description,
        "error[metadata]": json.dumps({"order_id": order_id, **more}),
    }


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
