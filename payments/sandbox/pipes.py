"""The older BillDesk's messages: fields between pipes, a checksum as the last one."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from payments.sandbox.messages import IST, METHODS, rupees
from payments.sandbox.outcomes import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payments.sandbox.records import Merchant, Order, Refund, Transaction

NOTHING = "NA"
FOREIGN_KEY = "a-key-that-no-merchant-was-given"
TYPES = {"upi": "10", "card": "02", "netbanking": "01"}


def signed(fields: Sequence[str], secret: str) -> str:
    """Return a message with its checksum."""
    message = "|".join(fields)
    return f"{message}|{_mac(message, secret)}"


def seal(fields: Sequence[str], merchant: Merchant, *, forged: bool = False) -> str:
    """Return a message for a merchant, or, `forged`, of somebody who does not have the key."""
    return signed(fields, FOREIGN_KEY if forged else merchant.secrets[0])


def opened(message: str, merchant: Merchant) -> list[str]:
    """Return the fields of a merchant's message. :raises ValueError: when its checksum is wrong"""
    content, _, checksum = message.rpartition("|")
    if not any(hmac.compare_digest(_mac(content, secret), checksum.upper()) for secret in merchant.secrets):
        raise ValueError("The checksum is wrong.")
    return content.split("|")


def payment(order: Order, transaction: Transaction) -> list[str]:
    """Return the 25 fields that tell of a transaction."""
    end = "Success" if transaction.status == SUCCESS else "Not successful"
    what = [
        transaction.transaction_id,
        transaction.bank_ref,
        rupees(transaction.amount_paise),
        METHODS[transaction.method].bank,
        NOTHING,
        TYPES[transaction.method],
    ]
    when = f"{transaction.happened_at.astimezone(IST):%d-%m-%Y %H:%M:%S}"
    return _payment(order, what, when, transaction.status, [NOTHING, end])


def given_up(order: Order) -> list[str]:
    """Return the 25 fields that tell of a payer who left: there is no transaction in them."""
    what = [NOTHING, NOTHING, "00000000.00", NOTHING, NOTHING, NOTHING]
    when = f"{order.created_at.astimezone(IST):%d-%m-%Y %H:%M:%S}"
    return _payment(order, what, when, NOTHING, ["Cancelled", "The payer gave up"])


def last_refund(refunds: Sequence[Refund]) -> list[str]:
    """Return status, total, day and reference as the answer to a question tells them."""
    if not refunds:
        return [NOTHING] * 4
    last = refunds[-1]
    total = sum(one.amount_paise for one in refunds)
    return [last.status, rupees(total), f"{last.created_at.astimezone(IST):%d-%m-%Y}", last.refund_ref]


def _payment(order: Order, what: Sequence[str], when: str, status: str, ends: Sequence[str]) -> list[str]:
    infos = [*order.additional_info.values(), *[NOTHING] * 7][:7]
    fixed = ["INR", "DIRECT", *[NOTHING] * 3, when, status, NOTHING]
    return [order.merchant_id, order.order_id, *what, *fixed, *infos, *ends]


def _mac(message: str, secret: str) -> str:
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest().upper()
