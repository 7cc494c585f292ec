"""What every payment gateway can do: six verbs, values in, values out.

A gateway never decides. It says what it was told by the vendor; `payments.posting` believes it or not. No file of this
folder knows a model, a web request or Django.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime


class GatewayError(Exception):
    """A call to a gateway that brought no answer we can use; the subclass says what may be done next."""


# The code of a refusal whose answer the gateway signed and which is about something else than the question.
OTHER_ANSWER = "OTHER_ANSWER"


class NotSent(GatewayError):
    """The request never left: repeating it is safe."""


class MaybeSent(GatewayError):
    """The request may have arrived: ask before repeating it."""


class Refused(GatewayError):
    """The gateway said no, or the answer is not the gateway's."""

    def __init__(self, reason: str, *, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


class Unreadable(Refused):
    """The gateway signed it, and it says nothing that can be understood: a person should look at it."""


class AlreadyOpened(Refused):
    """The gateway knows this reference already: an earlier request of ours did arrive."""


class NotKnown(Refused):
    """The gateway knows no such thing: no request of ours about it has arrived."""


class ReportStatus(StrEnum):
    """Paid, not paid, not yet, and not known: four different things."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Credentials:
    """One account at a gateway. `secrets` holds one key, or two while keys are being changed; the first one signs.

    `scheme` says how the gateway signs; a scheme whose key has several parts writes them as one secret, with colons.
    """

    account: str
    merchant_id: str
    client_id: str
    base_url: str
    secrets: tuple[str, ...] = field(repr=False)
    scheme: str = "hmac"
    settlement_lob: str = ""
    timeout_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What is to be paid. `order_ref` is ours, `[A-Z0-9]`, at most 20 characters; `order_at` is aware."""

    order_ref: str
    amount_paise: int
    order_at: datetime
    return_url: str
    payer_ip: str
    user_agent: str
    additional_info: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where the payer's browser goes: a form posted to `url` with `fields`, usable until `valid_until` (aware)."""

    gateway_order_ref: str
    url: str
    method: str
    fields: Mapping[str, str]
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class WireMessage:
    """Bytes as they came in, from the payer's browser (`return`) or from the gateway's server (`webhook`).

    `signature` is what a gateway that signs its bodies from outside sent beside it.
    """

    source: str
    content_type: str
    body: bytes
    signature: str = ""


@dataclass(frozen=True, slots=True)
class TransactionReport:
    """What the gateway says, signed, about one try at paying; an order can have several.

    `surcharge_paise` is what the payer gave the gateway on top of the amount. It is the gateway's, and pays no dues.
    """

    order_ref: str
    transaction_ref: str
    status: ReportStatus
    raw_status: str
    amount_paise: int
    bank_ref: str
    method: str
    happened_at: datetime
    merchant_id: str
    currency: str = "356"
    error_code: str = ""
    error_text: str = ""
    surcharge_paise: int = 0
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hint:
    """A knock that proves nothing: worth asking the gateway about, never worth believing.

    Some gateways name an order by their number only; then `order_ref` is empty.
    """

    order_ref: str
    gateway_order_ref: str = ""


@dataclass(frozen=True, slots=True)
class RefundReport:
    """What the gateway says about one refund of ours; the amount may be that of all refunds of the transaction."""

    refund_ref: str
    gateway_refund_ref: str
    status: ReportStatus
    raw_status: str
    amount_paise: int


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """One row of the gateway's pay-out. `kind` is settled, refund, chargeback or adjustment; amounts are unsigned.

    `own_ref` is the number of the refund, chargeback or adjustment; `happened_on` and `settled_on` are days of India.
    """

    merchant_id: str
    transaction_ref: str
    order_ref: str
    bank_ref: str
    own_ref: str
    kind: str
    gross_paise: int
    charges_paise: int
    gst_paise: int
    net_paise: int
    happened_on: date
    settled_on: date
    utr: str


class Gateway(Protocol):
    """The six verbs. An unknown vendor code is UNKNOWN, never FAILED."""

    code: ClassVar[str]

    def open(self, request: CheckoutRequest, /) -> Checkout:
        """Register an order. :raises NotSent, MaybeSent, Refused:"""

    def read(self, message: WireMessage, /) -> TransactionReport | Hint:
        """Verify and decode what came in. :raises Refused: a signature that is not the gateway's"""

    def ask(self, order_ref: str, /) -> Sequence[TransactionReport]:
        """Return all transactions of an order, () when none is known. :raises NotSent, MaybeSent, Refused:"""

    def refund(self, transaction: TransactionReport, /, *, refund_ref: str, amount_paise: int) -> RefundReport:
        """Send money back. :raises NotSent, MaybeSent, Refused:"""

    def ask_refund(self, transaction: TransactionReport, /, *, refund_ref: str) -> RefundReport:
        """Return what became of a refund of a transaction. :raises NotSent, MaybeSent, Refused, NotKnown:"""

    def settlements(self, day: date, /) -> Sequence[SettlementLine]:
        """Return the rows settled on a day (IST). :raises NotSent, MaybeSent, Refused:"""


@runtime_checkable
class TakesUpi(Protocol):
    """A gateway that also gives out links for UPI apps, so that the payer needs no page of its."""

    def open_upi(self, request: CheckoutRequest, /) -> Checkout:
        """Register an order whose UPI payment waits for the payer; the checkout's `url` is a `upi://pay` link.

        :raises NotSent, MaybeSent, Refused:
        """
