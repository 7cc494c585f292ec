"""Reading: what a shift has taken so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payments.models import HandedOver, Receipt
from payments.states import Instrument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payments.models import Shift


@dataclass(frozen=True, slots=True)
class Taking:
    """One payment of a shift, as its cashier sees it. `reversal_number` is empty while it stands.

    `change_paise` is what goes back to a payer whose cash was counted.
    """

    receipt: Receipt
    instrument: str
    number: str
    amount_paise: int
    reversal_number: str
    change_paise: int


def takings_of(shift: Shift) -> list[Taking]:
    """Return what was taken in a shift, the last first. One query."""
    receipts = (
        Receipt.objects.filter(payment__transaction__attempt__handed_over__shift=shift)
        .select_related("payment__order", "payment__reversal", "payment__transaction__attempt__handed_over")
        .order_by("-pk")
    )
    return [_taking(receipt, receipt.payment.transaction.attempt.handed_over) for receipt in receipts]


def totals(takings: Sequence[Taking]) -> list[tuple[str, int, int]]:
    """Return for each instrument its name, how many payments by it stand, and their sum in paise."""
    return [
        (str(one.label), len(sums), sum(sums))
        for one in Instrument
        if (sums := [taken.amount_paise for taken in takings if taken.instrument == one and not taken.reversal_number])
    ]


def _taking(receipt: Receipt, handed: HandedOver) -> Taking:
    payment = receipt.payment
    reversal = payment.reversal.reversal_number if hasattr(payment, "reversal") else ""
    change = handed.given_paise - payment.amount_paise if handed.given_paise else 0
    return Taking(receipt, handed.instrument, handed.number, payment.amount_paise, reversal, change)
