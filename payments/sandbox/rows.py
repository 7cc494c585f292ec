"""One row of a pay-out, as every report of the sandbox draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from payments.sandbox.records import Transaction
    from payments.sandbox.world import World

SETTLED, REFUND, CHARGEBACK = "settled", "refund", "chargeback"


class Row(NamedTuple):
    """A payment in a pay-out, or a refund or chargeback taken out of it. Amounts are unsigned.

    `gross_paise` is always the payment's amount, `net_paise` what the row moves. `own_ref` and `own_at` are those of the
    refund or chargeback.
    """

    kind: str
    merchant_id: str
    order_id: str
    receipt: str
    sent_along: tuple[str, ...]
    transaction_id: str
    bank_ref: str
    method: str
    happened_at: datetime
    paid_out_at: datetime
    gross_paise: int
    net_paise: int
    charge_paise: int = 0
    gst_paise: int = 0
    own_ref: str = ""
    own_at: datetime | None = None

    @property
    def credit_paise(self) -> int:
        """What the row adds to the pay-out, or takes out of it."""
        return self.net_paise if self.kind == SETTLED else -self.net_paise


def about(world: World, transaction: Transaction, *, kind: str, paid_out_at: datetime) -> Row:
    """Return a row about a transaction, without charges."""
    order = world.order_of(transaction)
    notes = order.additional_info  # Razorpay's merchants send a list of them too
    return Row(
        kind=kind,
        merchant_id=transaction.merchant_id,
        order_id=order.order_id,
        receipt=order.receipt,
        sent_along=tuple(notes.values() if isinstance(notes, dict) else notes),
        transaction_id=transaction.transaction_id,
        bank_ref=transaction.bank_ref,
        method=transaction.method,
        happened_at=transaction.happened_at,
        paid_out_at=paid_out_at,
        gross_paise=transaction.amount_paise,
        net_paise=transaction.amount_paise,
    )
