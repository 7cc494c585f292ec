"""What a row of a file says, whatever the file looked like. Amounts are paise."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import date


class RowKind(StrEnum):
    SETTLED = "settled"
    REFUND = "refund"
    CHARGEBACK = "chargeback"


class SettlementRow(NamedTuple):
    """One row of a pay-out. The amounts are unsigned; a refund or a chargeback takes its `net_paise` out of the pay-out."""

    place: int
    kind: RowKind
    merchant_id: str
    transaction_ref: str
    order_ref: str
    bank_ref: str
    own_ref: str
    """What tells two refunds or chargebacks of one transaction apart; of a payment the part it was split into."""
    happened_on: date
    settled_on: date
    gross_paise: int
    charge_paise: int
    gst_paise: int
    net_paise: int
    utr: str = ""

    @property
    def credit_paise(self) -> int:
        """What the row adds to the pay-out, or takes out of it."""
        return self.net_paise if self.kind is RowKind.SETTLED else -self.net_paise


class BankRow(NamedTuple):
    """One line of a bank's statement; `amount_paise` is positive for money that came in."""

    place: int
    value_on: date
    amount_paise: int
    utr: str
    narration: str


class Misfit(NamedTuple):
    """A row that cannot be read. It is set aside with its place; the others go on."""

    place: int
    field: str
    code: str
    found: str
