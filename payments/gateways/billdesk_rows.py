"""BillDesk's JSON objects, read into the portal's words. Vendor codes stand in the tables at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payments.gateways import wire
from payments.gateways.base import RefundReport, ReportStatus, SettlementLine, TransactionReport

if TYPE_CHECKING:
    from collections.abc import Mapping

# A code that is not here is UNKNOWN. 0398 was seen for a payer who left; whether money moved is not said, so we ask on.
AUTH_STATUS = {
    "0300": ReportStatus.SUCCEEDED,
    "0002": ReportStatus.PENDING,
    "0398": ReportStatus.PENDING,
    "0399": ReportStatus.FAILED,
    "0001": ReportStatus.FAILED,
    "NA": ReportStatus.FAILED,
}
# 0699: taken back before settlement. 0799: sent back out of a later settlement.
REFUND_STATUS = {
    "0699": ReportStatus.SUCCEEDED,
    "0799": ReportStatus.SUCCEEDED,
    "0002": ReportStatus.PENDING,
    "0399": ReportStatus.FAILED,
}
# BillDesk publishes the request for settlements and not the answer. These names follow the columns of the settlement
# workbook and are what the sandbox sends; the first answer from BillDesk's own test system settles them.
SETTLEMENT_ROWS = "records"
SETTLEMENT_AMOUNTS = {
    "gross_paise": "gross_amount",
    "charges_paise": "charges",
    "gst_paise": "gst",
    "net_paise": "net_amount",
}
SETTLEMENT_KIND = {"SETTLED": "settled", "REFUND": "refund", "CHARGEBACK": "chargeback"}

NOTHING = "NA"
# What says who the payer is stays out of our tables.
PERSONAL = frozenset({"customer", "device", "card", "upi", "vpa", "payer"})


def transactions(said: Any) -> list[Mapping[str, Any]]:
    """Return every transaction object of an answer."""
    # BillDesk documents one transaction object for an order. An order can hold several when the payer tries again, so
    # a list is read too, bare or as a member; an order object alone says that nobody has tried yet.
    rows = said if isinstance(said, list) else said.get("transactions", [said])
    return [row for row in rows if row.get("objectid", "transaction") == "transaction"]


def report(said: Mapping[str, Any]) -> TransactionReport:
    raw_status = said["auth_status"]
    return TransactionReport(
        order_ref=said["orderid"],
        transaction_ref=said["transactionid"],
        status=AUTH_STATUS.get(raw_status, ReportStatus.UNKNOWN),
        raw_status=raw_status,
        amount_paise=wire.paise(said["amount"]),
        bank_ref=_text(said, "bank_ref_no"),
        method=_text(said, "payment_method_type"),
        happened_at=wire.moment(said["transaction_date"]),
        merchant_id=said["mercid"],
        currency=said["currency"],
        error_code=_text(said, "transaction_error_code"),
        error_text=_text(said, "transaction_error_desc"),
        surcharge_paise=_surcharge(said),
        raw={name: value for name, value in said.items() if name not in PERSONAL},
    )


def _surcharge(said: Mapping[str, Any]) -> int:
    """Return what the payer was charged on top, in paise. It is told for information: one that cannot be read stops nothing."""
    try:
        return wire.paise(said.get("surcharge", "0"))
    except ValueError:
        return 0


def refund_report(said: Mapping[str, Any]) -> RefundReport:
    raw_status = said["refund_status"]
    return RefundReport(
        refund_ref=said["merc_refund_ref_no"],
        gateway_refund_ref=said["refundid"],
        status=REFUND_STATUS.get(raw_status, ReportStatus.UNKNOWN),
        raw_status=raw_status,
        amount_paise=wire.paise(said["refund_amount"]),
    )


def settlement_line(said: Mapping[str, Any]) -> SettlementLine:
    return SettlementLine(
        merchant_id=said["mercid"],
        transaction_ref=said["transactionid"],
        order_ref=said["orderid"],
        bank_ref=_text(said, "bank_ref_no"),
        own_ref=_text(said, "refundid"),
        happened_on=wire.moment(said["transaction_date"]).astimezone(wire.IST).date(),
        kind=SETTLEMENT_KIND[said["record_type"]],
        settled_on=wire.moment(said["settlement_date"]).date(),
        utr=said["utr"],
        **{ours: wire.paise(said[theirs]) for ours, theirs in SETTLEMENT_AMOUNTS.items()},
    )


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name) or ""
    return "" if value == NOTHING else str(value)
