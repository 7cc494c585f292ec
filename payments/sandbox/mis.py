"""The files that a treasury gets: the gateway's settlement report and the bank's statement of one day."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import TYPE_CHECKING

from payments.sandbox.messages import IST, METHODS, rupees
from payments.sandbox.settlement import Row, net_credit_paise, settlement_rows

if TYPE_CHECKING:
    from datetime import date, datetime

    from payments.sandbox.records import Merchant
    from payments.sandbox.world import World

    Line = tuple[str, ...]

REFS = 8
IDENTIFIERS = ("Biller Id", "Bank Id", "Bank Ref. No.", "PGI Ref. No.", *(f"Ref. {n}" for n in range(1, REFS + 1)))
SETTLED = (
    "Date of Txn",
    "Settlement Date",
    "Gross Amount(Rs.Ps)",
    "Charges (Rs.Ps)",
    "GST (Rs Ps)",
    "Net Amount(Rs.Ps)",
)
REFUNDED = (
    "Date of Txn",
    "Settlement Date",
    "Gross Amount(Rs.Ps)",
    "Refund ID",
    "Refund Date",
    "Refund Amount (Rs. Ps.)",
)
STATEMENT = ("Value Date", "Narration", "UTR", "Debit", "Credit")


def settlement_report(world: World, merchant: Merchant, day: date) -> str:
    """Return as CSV what was paid out on a day: one section under the other, then the net credit."""
    rows = settlement_rows(world, merchant, day, day)
    return _csv(
        ("SETTLED TRANSACTIONS",),
        (*IDENTIFIERS, *SETTLED),
        *(_settled(world, row) for row in rows if not row.refund),
        ("REFUND TRANSACTIONS",),
        (*IDENTIFIERS, *REFUNDED),
        *(_refunded(world, row) for row in rows if row.refund),
        ("NET CREDIT", rupees(net_credit_paise(rows))),
    )


def bank_statement(world: World, merchant: Merchant, day: date) -> str:
    """Return as CSV the bank's credit for a day's pay-out; no line when nothing was paid out."""
    rows = settlement_rows(world, merchant, day, day)
    if not rows:
        return _csv(STATEMENT)
    utr, credit = rows[0].utr, rupees(net_credit_paise(rows))
    return _csv(STATEMENT, (f"{day:%d-%m-%Y}", f"NEFT CR {utr} BILLDESK", utr, "", credit))


def _settled(world: World, row: Row) -> Line:
    amounts = (row.gross_paise, row.charge_paise, row.gst_paise, row.net_paise)
    return (*_identifiers(world, row), *_dates(row), *map(rupees, amounts))


def _refunded(world: World, row: Row) -> Line:
    assert row.refund
    gross, given_at = rupees(row.transaction.amount_paise), _day(row.refund.created_at)
    return (*_identifiers(world, row), *_dates(row), gross, row.refund.refund_id, given_at, rupees(row.gross_paise))


def _identifiers(world: World, row: Row) -> Line:
    """Return who, where and which: the first reference is our order, the others what we sent along."""
    one = row.transaction
    sent_along = world.order_of(one).additional_info.values()
    refs = (one.order_id, *islice((*sent_along, *["NA"] * REFS), REFS - 1))
    return (one.merchant_id, METHODS[one.method].bank, one.bank_ref, one.transaction_id, *refs)


def _dates(row: Row) -> Line:
    return f"{row.transaction.happened_at.astimezone(IST):%d-%m-%Y %H:%M:%S}", _day(row.paid_out_at)


def _day(at: datetime) -> str:
    return f"{at.astimezone(IST):%d-%m-%Y}"


def _csv(*lines: Line) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(lines)
    return file.getvalue()
