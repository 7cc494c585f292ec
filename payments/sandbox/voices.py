"""How the sandbox speaks to a merchant: BillDesk's tokens, the older BillDesk's pipe messages, or Razorpay's events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from payments.sandbox import events, jose, pipes
from payments.sandbox.messages import transaction_object
from payments.sandbox.outcomes import PLANS

if TYPE_CHECKING:
    from payments.sandbox.records import Merchant, Order, Transaction, Webhook

CANCELLED = "111"


def news(transaction: Transaction, order: Order, merchant: Merchant) -> dict[str, Any]:
    """Return what a webhook will say, fixed when it is written."""
    if merchant.scheme == "checksum":
        return {"fields": pipes.payment(order, transaction)}
    if merchant.scheme == "razorpay":
        return events.news(transaction, order, merchant)
    return transaction_object(transaction, order)


def posted(webhook: Webhook, merchant: Merchant) -> tuple[str, dict[str, str]]:
    """Return body and headers of a webhook, signed when it is sent."""
    if merchant.scheme == "checksum":
        message = pipes.seal(webhook.content["fields"], merchant, forged=webhook.forged)
        return urlencode({"msg": message}), {"Content-Type": "application/x-www-form-urlencoded"}
    if merchant.scheme == "razorpay":
        return events.webhook(webhook.content, merchant, forged=webhook.forged)
    return jose.seal(webhook.content, merchant, forged=webhook.forged), {"Content-Type": "application/jose"}


def returned(transaction: Transaction, order: Order, merchant: Merchant) -> dict[str, str]:
    """Return the form with which the browser brings a result to the merchant."""
    forged = PLANS[transaction.outcome].forged
    if merchant.scheme == "checksum":
        return {"msg": pipes.seal(pipes.payment(order, transaction), merchant, forged=forged)}
    if merchant.scheme == "razorpay":
        return events.returned(transaction, merchant, forged=forged)
    token = jose.seal(transaction_object(transaction, order), merchant, forged=forged)
    return {"transaction_response": token, "orderid": transaction.order_id}


def given_up(order: Order, merchant: Merchant) -> dict[str, str]:
    """Return the form of a payer who gave up. BillDesk does not sign it, so it proves nothing."""
    if merchant.scheme == "checksum":
        return {"msg": pipes.seal(pipes.given_up(order), merchant)}
    if merchant.scheme == "razorpay":
        return events.given_up(order)
    return {"terminal_state": CANCELLED, "orderid": order.order_id, "txnResponse": ""}
