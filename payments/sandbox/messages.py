"""BillDesk's JSON objects, drawn from the records."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from payments.sandbox.outcomes import FAILED, PENDING, SUCCESS
from payments.sandbox.rows import CHARGEBACK, REFUND, SETTLED

if TYPE_CHECKING:
    from datetime import datetime

    from payments.sandbox.records import Order, Refund, Transaction
    from payments.sandbox.rows import Row
    from payments.sandbox.settlement import Batch

IST = timezone(timedelta(hours=5, minutes=30), "IST")
INDIAN_RUPEE = "356"
RECORD_TYPES = {SETTLED: "SETTLED", REFUND: "REFUND", CHARGEBACK: "CHARGEBACK"}


class Method(NamedTuple):
    """One way to pay: BillDesk's words for it, and what the merchant is charged (flat, and per 10,000)."""

    process: str
    category: str
    bank: str
    flat_paise: int
    per_10_000: int


METHODS = {
    "upi": Method("intent", "10", "SMB", 0, 0),
    "card": Method("3ds", "01", "SMC", 0, 90),
    "netbanking": Method("nb", "04", "SIM", 800, 0),
}
WORDS = {
    SUCCESS: ("success", "TRS0000", "Transaction Successful"),
    PENDING: ("pending", "TRP0000", "Transaction Pending"),
    FAILED: ("payment_processing_error", "TRPPE0001", "The bank declined the payment"),
}
UNHEARD_OF = ("NA", "NA", "NA")


def rupees(paise: int) -> str:
    return f"{paise // 100}.{paise % 100:02}"


def indian(at: datetime) -> str:
    return at.astimezone(IST).isoformat(timespec="seconds")


def order_object(order: Order, *, base_url: str) -> dict[str, Any]:
    """Return what `orders/create` answers."""
    return {
        "objectid": "order",
        "mercid": order.merchant_id,
        "orderid": order.order_id,
        "bdorderid": order.bd_order_id,
        "order_date": indian(order.ordered_at),
        "createdon": indian(order.created_at),
        "amount": rupees(order.amount_paise),
        "currency": INDIAN_RUPEE,
        "ru": order.ru,
        "itemcode": order.itemcode,
        "additional_info": order.additional_info,
        "next_step": "redirect",
        "status": "ACTIVE",
        "links": [
            {"rel": "self", "method": "GET", "href": f"{base_url}/payments/ve1_2/orders/{order.bd_order_id}"},
            {
                "rel": "redirect",
                "method": "POST",
                "href": f"{base_url}/web/v1_2/embeddedsdk",
                "parameters": {"mercid": order.merchant_id, "bdorderid": order.bd_order_id, "rdata": order.rdata},
                "valid_date": indian(order.expires_at),
                "headers": {"authorization": f"OToken {order.otoken}"},
            },
        ],
    }


def transaction_object(transaction: Transaction, order: Order) -> dict[str, Any]:
    """Return what `transactions/get`, the browser and the webhook bring."""
    error_type, error_code, error_text = WORDS.get(transaction.status, UNHEARD_OF)
    method = METHODS[transaction.method]
    return {
        "objectid": "transaction",
        "mercid": transaction.merchant_id,
        "orderid": transaction.order_id,
        "bdorderid": order.bd_order_id,
        "transactionid": transaction.transaction_id,
        "transaction_date": indian(transaction.happened_at),
        "amount": rupees(transaction.amount_paise),
        "surcharge": "0.00",
        "discount": "0.00",
        "charge_amount": rupees(transaction.amount_paise),
        "currency": INDIAN_RUPEE,
        "auth_status": transaction.status,
        "transaction_error_type": error_type,
        "transaction_error_code": error_code,
        "transaction_error_desc": error_text,
        "payment_method_type": transaction.method,
        "txn_process_type": method.process,
        "payment_category": method.category,
        "bankid": method.bank,
        "bank_ref_no": transaction.bank_ref,
        "itemcode": order.itemcode,
        "settlement_lob": order.settlement_lob or "NA",
        "ru": order.ru,
        "additional_info": order.additional_info,
    }


def refund_object(refund: Refund, transaction: Transaction) -> dict[str, Any]:
    """Return what `refunds/create` and `refunds/get` answer."""
    return {
        "objectid": "refund",
        "mercid": refund.merchant_id,
        "refundid": refund.refund_id,
        "merc_refund_ref_no": refund.refund_ref,
        "transactionid": refund.transaction_id,
        "orderid": transaction.order_id,
        "transaction_date": indian(transaction.happened_at),
        "txn_amount": rupees(transaction.amount_paise),
        "refund_amount": rupees(refund.amount_paise),
        "currency": INDIAN_RUPEE,
        "refund_date": indian(refund.created_at),
        "refund_status": refund.status,
    }


def settlement_object(batch: Batch, row: Row) -> dict[str, Any]:
    """Return one record of what `settlements/get` answers; of a refund or chargeback, the net is what it takes out."""
    return {
        "record_type": RECORD_TYPES[row.kind],
        "mercid": row.merchant_id,
        "orderid": row.order_id,
        "transactionid": row.transaction_id,
        "refundid": row.own_ref or "NA",
        "bank_ref_no": row.bank_ref,
        "transaction_date": indian(row.happened_at),
        "settlement_date": f"{row.paid_out_at.astimezone(IST):%Y-%m-%d}",
        "pv_number": batch.voucher,
        "utr": batch.utr,
        "gross_amount": rupees(row.gross_paise),
        "charges": rupees(row.charge_paise),
        "gst": rupees(row.gst_paise),
        "net_amount": rupees(row.net_paise),
    }
