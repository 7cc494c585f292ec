"""The gateway's settlement report of one day: three sections one under the other, then the net credit."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from payments.sandbox import rows, twists
from payments.sandbox.messages import IST, METHODS, rupees
from payments.sandbox.settlement import Batch, batches
from payments.sandbox.tables import as_csv, as_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from payments.sandbox.records import Merchant
    from payments.sandbox.rows import Row
    from payments.sandbox.world import World

    Line = tuple[str, ...]

REFS = 8
IDENTIFIERS = ("Biller Id", "Bank Id", "Bank Ref. No.", "PGI Ref. No.", *(f"Ref. {n}" for n in range(1, REFS + 1)))
MOMENTS = ("Date of Txn", "Settlement Date")
SETTLED = (*MOMENTS, "Gross Amount(Rs.Ps)", "Charges (Rs.Ps)", "GST (Rs Ps)", "Net Amount(Rs.Ps)")
REFUNDED = (*MOMENTS, "Gross Amount(Rs.Ps)", "Refund ID", "Refund Date", "Refund Amount (Rs. Ps.)")
# BillDesk's columns of this section vary; these follow those of the refunds.
CHARGED_BACK = (*MOMENTS, "Gross Amount(Rs.Ps)", "Chargeback ID", "Chargeback Date", "Chargeback Amount (Rs. Ps.)")
SECTIONS = (
    ("SETTLED TRANSACTIONS", rows.SETTLED, SETTLED),
    ("REFUND TRANSACTIONS", rows.REFUND, REFUNDED),
    ("CHARGEBACK TRANSACTIONS", rows.CHARGEBACK, CHARGED_BACK),
)
NUMBER_OF_TRANSACTION, UNKNOWN_HEADER = "PGI Ref. No.", "Payment Key"


def settlement_report(world: World, merchant: Merchant, day: date) -> str:
    """Return as CSV what was paid out on a day."""
    return as_csv(_lines(world, merchant, day))


def settlement_workbook(world: World, merchant: Merchant, day: date) -> bytes:
    """Return the same as an xlsx."""
    made = as_workbook(_lines(world, merchant, day))
    is_cut = "cut_off" in _turned(world, merchant, day)
    return made[: len(made) // 2] if is_cut else made


def _lines(world: World, merchant: Merchant, day: date) -> Iterator[Line]:
    (batch,) = batches(world, merchant, day, day) or [Batch(merchant.merchant_id, day, ())]
    turned = _turned(world, merchant, day)
    for title, kind, columns in SECTIONS:
        yield (title,)
        header = (*IDENTIFIERS, *columns)
        yield tuple(map(_unknown, header)) if "unknown_layout" in turned else header
        yield from ((*_identifiers(row), *_dates(row), *_amounts(row)) for row in batch.rows if row.kind == kind)
    yield ("NET CREDIT", _signed(batch.net_paise + turned.get("wrong_total", 0)))


def _turned(world: World, merchant: Merchant, day: date) -> dict[str, int]:
    return {one.kind: one.by_paise for one in twists.of_batch(world, merchant.merchant_id, day, "file")}


def _unknown(header: str) -> str:
    return UNKNOWN_HEADER if header == NUMBER_OF_TRANSACTION else header


def _identifiers(row: Row) -> Line:
    """Return who, where and which: the first reference is our order, the others what we sent along."""
    refs = (row.order_id, *islice((*row.sent_along, *["NA"] * REFS), REFS - 1))
    return (row.merchant_id, METHODS[row.method].bank, row.bank_ref, row.transaction_id, *refs)


def _dates(row: Row) -> Line:
    return f"{row.happened_at.astimezone(IST):%d-%m-%Y %H:%M:%S}", _day(row.paid_out_at)


def _amounts(row: Row) -> Line:
    if row.own_at:
        return rupees(row.gross_paise), row.own_ref, _day(row.own_at), rupees(row.net_paise)
    return tuple(map(rupees, (row.gross_paise, row.charge_paise, row.gst_paise, row.net_paise)))


def _day(at: datetime) -> str:
    return f"{at.astimezone(IST):%d-%m-%Y}"


def _signed(paise: int) -> str:
    return f"-{rupees(-paise)}" if paise < 0 else rupees(paise)
