"""What the gateway pays out: each success on the next morning at six, less its charges and the tax on them."""

from __future__ import annotations

import hashlib
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from payments.sandbox.messages import IST, METHODS
from payments.sandbox.outcomes import FAILED, PENDING, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from payments.sandbox.records import Merchant, Refund, Transaction
    from payments.sandbox.world import World

PAID_OUT = time(6, tzinfo=IST)
TAKEN_BACK, SENT_BACK = "0699", "0799"
NOT_PAID_OUT = {TAKEN_BACK, PENDING, FAILED}
GST_PER_CENT = 18


class Row(NamedTuple):
    """One payment in a pay-out, or one refund taken out of it; the amounts are unsigned."""

    paid_out_at: datetime
    transaction: Transaction
    gross_paise: int
    charge_paise: int = 0
    gst_paise: int = 0
    refund: Refund | None = None

    @property
    def net_paise(self) -> int:
        return self.gross_paise - self.charge_paise - self.gst_paise

    @property
    def utr(self) -> str:
        """The made-up bank reference of a merchant's pay-out of one day, always the same one."""
        seed = hashlib.sha256(f"{self.transaction.merchant_id}{self.paid_out_at:%Y%m%d}".encode()).hexdigest()
        return f"SIMBN{self.paid_out_at:%y%m%d}{int(seed, 16) % 10**6:06}"


def settles_at(at: datetime) -> datetime:
    """Return when money of an instant is paid out: at six (IST) on the next day."""
    return datetime.combine(at.astimezone(IST).date() + timedelta(days=1), PAID_OUT)


def refund_status(transaction: Transaction, *, amount_paise: int, now: datetime) -> str:
    """Return how a refund ends: a whole payment that is not settled yet is taken back, all else is sent back."""
    whole = amount_paise == transaction.amount_paise
    return TAKEN_BACK if whole and now < settles_at(transaction.happened_at) else SENT_BACK


def charges(method: str, gross_paise: int) -> tuple[int, int]:
    """Return the charge and its GST, each rounded half up to a paisa."""
    terms = METHODS[method]
    charge = terms.flat_paise + (gross_paise * terms.per_10_000 + 5_000) // 10_000
    return charge, (charge * GST_PER_CENT + 50) // 100


def settlement_rows(world: World, merchant: Merchant, first: date, last: date) -> list[Row]:
    """Return the rows paid out from `first` to `last` (IST): payments, then refunds."""
    rows = (*_payments(world, merchant), *_refunds(world, merchant))
    return [row for row in rows if first <= row.paid_out_at.date() <= last and row.paid_out_at <= world.clock()]


def net_credit_paise(rows: Sequence[Row]) -> int:
    """Return what reaches the merchant's bank account: payments less charges and tax, less refunds."""
    return sum(-row.gross_paise if row.refund else row.net_paise for row in rows)


def _payments(world: World, merchant: Merchant) -> Iterator[Row]:
    taken_back = {refund.transaction_id for refund in world.refunds.values() if refund.status == TAKEN_BACK}
    for one in world.transactions.values():
        if one.merchant_id == merchant.merchant_id and one.status == SUCCESS and one.transaction_id not in taken_back:
            yield Row(settles_at(one.happened_at), one, one.amount_paise, *charges(one.method, one.amount_paise))


def _refunds(world: World, merchant: Merchant) -> Iterator[Row]:
    for refund in world.refunds.values():
        if refund.merchant_id == merchant.merchant_id and refund.status not in NOT_PAID_OUT:
            transaction = world.transactions[refund.transaction_id]
            yield Row(settles_at(refund.created_at), transaction, refund.amount_paise, refund=refund)
