"""What can go wrong with a pay-out, chosen by a tester: in its rows, in the file that tells of it, or in the bank's credit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from payments.sandbox.outcomes import FAILED
from payments.sandbox.rows import CHARGEBACK, REFUND, SETTLED, Row, about

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from payments.sandbox.world import World

USUAL_PAISE, USUAL_DAYS = 100, 1
MOST_DAYS = 10
SOMEBODY = "SOMEBODY"


class Knob(NamedTuple):
    """One thing that can go wrong: what it touches, the difference that it makes, and what happens in words."""

    touches: str
    makes: str
    says: str


# The differences are those of the portal's list. What needs no knob here: a payment that nobody tells of (`no_webhook`, webhooks
# held back), two successes of one order (`two_successes`), and a transaction that the gateway calls failed afterwards or no
# longer knows (/sim/transactions/…/status, …/forget).
KNOBS = {
    "stranger": Knob("row", "GATEWAY_ONLY", "a row more, about an order that nobody placed"),
    "failed_row": Knob("row", "STATUS_DIFF", "a row more, about a payment of which the gateway says that it failed"),
    "left_out": Knob("row", "NOT_SETTLED", "the row is missing, today and later"),
    "other_gross": Knob("row", "AMOUNT_DIFF", "the amount of the row is less by so many paise"),
    "other_charge": Knob("row", "FEE_DIFF", "the charge of the row is more by so many paise"),
    "other_gst": Knob("row", "FEE_DIFF", "the GST of the row is more by so many paise"),
    "other_net": Knob("row", "FEE_DIFF", "the net of the row is less by so many paise, and does not add up"),
    "twice": Knob("row", "SETTLED_TWICE", "the row stands there twice"),
    "again": Knob("row", "SETTLED_TWICE", "the row comes once more so many days later"),
    "foreign_merchant": Knob("row", "UNKNOWN_MERCHANT", "the row names a merchant who is somebody else"),
    "strange_refund": Knob("row", "REFUND_UNMATCHED", "a refund of so many paise that nobody asked for"),
    "chargeback": Knob("row", "CHARGEBACK", "the payment is charged back, all of it or so many paise"),
    "wrong_total": Knob("file", "FILE_REJECTED", "the file states a net credit that is more by so many paise"),
    "unknown_layout": Knob("file", "FILE_REJECTED", "a column of the file has a name that nobody knows"),
    "cut_off": Knob("file", "FILE_REJECTED", "the workbook ends in the middle"),
    "short_credit": Knob("credit", "BATCH_SHORT", "the bank's credit is less by so many paise"),
    "over_credit": Knob("credit", "BATCH_OVER", "the bank's credit is more by so many paise"),
    "no_credit": Knob("credit", "BATCH_SHORT", "the bank's credit never comes"),
    "late_credit": Knob("credit", "BATCH_SHORT", "the bank's credit comes so many days later"),
    "split_credit": Knob(
        "credit", "BATCH_SHORT", "the credit comes in two, so many paise of it under a reference of its own"
    ),
    "other_utr": Knob("credit", "BANK_UNIDENTIFIED", "the bank's credit has a reference that the gateway did not give"),
    "strange_credit": Knob("credit", "BANK_UNIDENTIFIED", "so many paise more come in, from nobody that is known"),
}


@dataclass(frozen=True, slots=True)
class Twist:
    """One knob turned, for a merchant's pay-out of one day. No transaction: the first row of the day."""

    twist_id: int
    merchant_id: str
    paid_out_on: str
    kind: str
    transaction_id: str = ""
    paise: int = 0
    days: int = USUAL_DAYS

    @property
    def day(self) -> date:
        return date.fromisoformat(self.paid_out_on)

    @property
    def later(self) -> date:
        return self.day + timedelta(days=self.days)

    @property
    def by_paise(self) -> int:
        return self.paise or USUAL_PAISE

    @property
    def breaks(self) -> str:
        return KNOBS[self.kind].makes


def of_batch(world: World, merchant_id: str, day: date, touches: str) -> list[Twist]:
    """Return what was turned for a pay-out: in its `file` or its `credit`."""
    return [
        one
        for one in world.twists.values()
        if (one.merchant_id, one.day) == (merchant_id, day) and KNOBS[one.kind].touches == touches
    ]


def meant(rows: Sequence[Row], twist: Twist) -> list[Row]:
    """Return the row that a twist is about, or none: the payment it names, or the first of the day."""
    settled = [row for row in rows if row.kind == SETTLED and twist.transaction_id in ("", row.transaction_id)]
    return settled[:1]


def applied(world: World, rows: list[Row], twist: Twist, paid_out_at: datetime) -> list[Row]:
    """Return the rows of a pay-out as one twist leaves them."""
    if twist.kind in ADDED:
        return [*rows, *ADDED[twist.kind](world, rows, twist, paid_out_at)]
    found = meant(rows, twist)
    if not found or twist.kind not in CHANGED:
        return rows
    at = rows.index(found[0])
    return [*rows[:at], *CHANGED[twist.kind](found[0], twist.by_paise), *rows[at + 1 :]]


def _with(row: Row, *, gross: int = 0, charge: int = 0, gst: int = 0) -> Row:
    """Return a row with other amounts, whose net still adds up."""
    return row._replace(
        gross_paise=row.gross_paise + gross,
        charge_paise=row.charge_paise + charge,
        gst_paise=row.gst_paise + gst,
        net_paise=row.net_paise + gross - charge - gst,
    )


CHANGED: dict[str, Callable[[Row, int], list[Row]]] = {
    "left_out": lambda row, paise: [],
    "twice": lambda row, paise: [row, row],
    "other_gross": lambda row, paise: [_with(row, gross=-paise)],
    "other_charge": lambda row, paise: [_with(row, charge=paise)],
    "other_gst": lambda row, paise: [_with(row, gst=paise)],
    "other_net": lambda row, paise: [row._replace(net_paise=row.net_paise - paise)],
    "foreign_merchant": lambda row, paise: [row._replace(merchant_id=SOMEBODY)],
}


def _stranger(world: World, rows: list[Row], twist: Twist, paid_out_at: datetime) -> list[Row]:
    paise = twist.by_paise
    return [
        Row(
            kind=SETTLED,
            merchant_id=twist.merchant_id,
            order_id=f"NOBODY{twist.twist_id:06}",
            receipt=f"NOBODY{twist.twist_id:06}",
            sent_along=(),
            transaction_id=f"SIM9{twist.twist_id:012}",
            bank_ref=f"9{twist.twist_id:011}",
            method="upi",
            happened_at=paid_out_at - timedelta(hours=12),
            paid_out_at=paid_out_at,
            gross_paise=paise,
            net_paise=paise,
        )
    ]


def _failed(world: World, rows: list[Row], twist: Twist, paid_out_at: datetime) -> list[Row]:
    failed = [
        one for one in world.transactions.values() if one.merchant_id == twist.merchant_id and one.status == FAILED
    ]
    meant_here = [one for one in failed if twist.transaction_id in ("", one.transaction_id)]
    return [about(world, one, kind=SETTLED, paid_out_at=paid_out_at) for one in meant_here[-1:]]


def _taken_out(kind: str, mark: str) -> Callable[[World, list[Row], Twist, datetime], list[Row]]:
    """Return what adds a refund or a chargeback of a payment, settled on this day or on an earlier one."""

    def added(world: World, rows: list[Row], twist: Twist, paid_out_at: datetime) -> list[Row]:
        named = twist.transaction_id or next((row.transaction_id for row in meant(rows, twist)), "")
        transaction = world.transactions.get(named)
        if transaction is None:
            return []
        row = about(world, transaction, kind=kind, paid_out_at=paid_out_at)
        # Nobody says how much of a chargeback: all of it.
        all_of_it = transaction.amount_paise if kind == CHARGEBACK else twist.by_paise
        moved = min(twist.paise or all_of_it, transaction.amount_paise)
        return [row._replace(own_ref=f"{mark}{twist.twist_id:06}", own_at=paid_out_at, net_paise=moved)]

    return added


ADDED: dict[str, Callable[[World, list[Row], Twist, datetime], list[Row]]] = {
    "stranger": _stranger,
    "failed_row": _failed,
    "strange_refund": _taken_out(REFUND, "SIMREF"),
    "chargeback": _taken_out(CHARGEBACK, "SIMCB"),
}
