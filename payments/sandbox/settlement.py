"""What the gateway pays out: each success on the next morning at six, less its charges and the tax on them.

One pay-out of a merchant and a day is a batch with a bank reference; what goes wrong with it is a twist (`twists`).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from payments.sandbox import twists
from payments.sandbox.messages import IST, METHODS
from payments.sandbox.outcomes import FAILED, PENDING, SUCCESS
from payments.sandbox.rows import REFUND, SETTLED, about

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from payments.sandbox.records import Merchant, Transaction
    from payments.sandbox.rows import Row
    from payments.sandbox.world import World

PAID_OUT = time(6, tzinfo=IST)
TAKEN_BACK, SENT_BACK = "0699", "0799"
NOT_PAID_OUT = {TAKEN_BACK, PENDING, FAILED}
GST_PER_CENT = 18


class Batch(NamedTuple):
    """What a merchant is paid out on one day, in one sum; nothing is paid out for no rows."""

    merchant_id: str
    paid_out_on: date
    rows: tuple[Row, ...]

    @property
    def voucher(self) -> str:
        return f"PV{self.paid_out_on:%Y%m%d}"

    @property
    def utr(self) -> str:
        """The made-up bank reference of a merchant's pay-out of one day, always the same one."""
        seed = hashlib.sha256(f"{self.merchant_id}{self.paid_out_on:%Y%m%d}".encode()).hexdigest()
        return f"SIMB{self.paid_out_on:%y%m%d}{int(seed, 16) % 10**6:06}"

    @property
    def net_paise(self) -> int:
        """What reaches the merchant's bank account: payments less charges and tax, less refunds and chargebacks."""
        return sum(row.credit_paise for row in self.rows)


def settles_at(at: datetime) -> datetime:
    """Return when money of an instant is paid out: at six (IST) on the next day."""
    return paid_out_at(at.astimezone(IST).date() + timedelta(days=1))


def paid_out_at(day: date) -> datetime:
    return datetime.combine(day, PAID_OUT)


def refund_status(transaction: Transaction, *, amount_paise: int, now: datetime) -> str:
    """Return how a refund ends: a whole payment that is not settled yet is taken back, all else is sent back."""
    whole = amount_paise == transaction.amount_paise
    return TAKEN_BACK if whole and now < settles_at(transaction.happened_at) else SENT_BACK


def charges(method: str, gross_paise: int) -> tuple[int, int]:
    """Return the charge and its GST, each rounded half up to a paisa."""
    terms = METHODS[method]
    charge = terms.flat_paise + (gross_paise * terms.per_10_000 + 5_000) // 10_000
    return charge, (charge * GST_PER_CENT + 50) // 100


def batches(world: World, merchant: Merchant, first: date, last: date) -> list[Batch]:
    """Return what was paid out from `first` to `last` (IST), a batch for each day that had anything."""
    fair: dict[date, list[Row]] = {}
    for row in (*_payments(world, merchant), *_refunds(world, merchant)):
        fair.setdefault(row.paid_out_at.date(), []).append(row)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    gone = [day for day in days if paid_out_at(day) <= world.clock()]
    made = (Batch(merchant.merchant_id, day, tuple(_twisted(world, merchant, day, fair))) for day in gone)
    return [batch for batch in made if batch.rows]


def settlement_rows(world: World, merchant: Merchant, first: date, last: date) -> list[tuple[Batch, Row]]:
    """Return the rows paid out from `first` to `last` (IST), each with its batch."""
    return [(batch, row) for batch in batches(world, merchant, first, last) for row in batch.rows]


def _twisted(world: World, merchant: Merchant, day: date, fair: dict[date, list[Row]]) -> list[Row]:
    """Return the rows of a day as its twists have them, and those that come a second time out of an earlier batch."""
    asked = [one for one in world.twists.values() if one.merchant_id == merchant.merchant_id]
    rows = list(fair.get(day, ()))
    for twist in asked:
        if twist.day == day:
            rows = twists.applied(world, rows, twist, paid_out_at(day))
        elif twist.kind == "again" and twist.later == day:
            found = twists.meant(fair.get(twist.day, []), twist)
            rows += [row._replace(paid_out_at=paid_out_at(day)) for row in found]
    return rows


def _payments(world: World, merchant: Merchant) -> Iterator[Row]:
    taken_back = {refund.transaction_id for refund in world.refunds.values() if refund.status == TAKEN_BACK}
    for one in world.transactions.values():
        if one.merchant_id == merchant.merchant_id and one.status == SUCCESS and one.transaction_id not in taken_back:
            charge, gst = charges(one.method, one.amount_paise)
            row = about(world, one, kind=SETTLED, paid_out_at=settles_at(one.happened_at))
            yield row._replace(charge_paise=charge, gst_paise=gst, net_paise=one.amount_paise - charge - gst)


def _refunds(world: World, merchant: Merchant) -> Iterator[Row]:
    for refund in world.refunds.values():
        if refund.merchant_id == merchant.merchant_id and refund.status not in NOT_PAID_OUT:
            transaction = world.transactions[refund.transaction_id]
            row = about(world, transaction, kind=REFUND, paid_out_at=settles_at(refund.created_at))
            yield row._replace(own_ref=refund.refund_id, own_at=refund.created_at, net_paise=refund.amount_paise)
