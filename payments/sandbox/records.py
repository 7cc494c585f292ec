"""What the sandbox's BillDesk remembers. A name that ends in `_at` is an aware time, also in the file on disk."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypeVar

Record = TypeVar("Record")


class ApiError(Exception):
    """A refusal, in the form in which BillDesk writes it."""

    def __init__(self, status: int, error_type: str, error_code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.content = {"status": status, "error_type": error_type, "error_code": error_code, "message": message}


class PageError(Exception):
    """The payer cannot pay here; `reason` names the sentence that the page shows."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Silence(Exception):
    """The request was carried out and is never answered."""


@dataclass(frozen=True, slots=True)
class Merchant:
    """A customer of the sandbox's BillDesk. The first of `secrets` signs; all of them are accepted.

    `scheme` is `hmac` (signed), `jose` (encrypted, then signed) `checksum` (pipe messages) or `razorpay`.
    """

    merchant_id: str
    client_id: str
    secrets: tuple[str, ...] = field(repr=False)
    webhook_url: str
    scheme: str = "hmac"
    name: str = "Kolkata Municipal Corporation"


@dataclass(slots=True)
class Order:
    merchant_id: str
    order_id: str
    bd_order_id: str
    amount_paise: int
    ru: str
    ordered_at: datetime
    created_at: datetime
    expires_at: datetime
    rdata: str
    otoken: str
    itemcode: str = "DIRECT"
    settlement_lob: str = ""
    additional_info: dict[str, str] = field(default_factory=dict)
    receipt: str = ""
    outcome: str = ""
    transaction_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Transaction:
    transaction_id: str
    merchant_id: str
    order_id: str
    outcome: str
    method: str
    amount_paise: int
    status: str
    happened_at: datetime
    bank_ref: str
    decided_at: datetime | None = None


@dataclass(slots=True)
class Refund:
    refund_id: str
    refund_ref: str
    transaction_id: str
    merchant_id: str
    amount_paise: int
    status: str
    created_at: datetime
    decided_at: datetime | None = None
    fails_later: bool = False


@dataclass(slots=True)
class Webhook:
    """A message to the merchant's server: its content is fixed when it is written, its signature when it is sent."""

    webhook_id: int
    merchant_id: str
    order_id: str
    content: dict[str, Any]
    due_at: datetime
    forged: bool = False
    held: bool = False
    tries: int = 0
    answer: str = ""
    done_at: datetime | None = None


@dataclass(slots=True)
class Answer:
    """What a tester wants a call to be answered with, word for word; `status` 0 hangs up without one."""

    status: int
    body: str = ""
    content_type: str = "application/jose"


def plain(record: Any) -> dict[str, Any]:
    """Return a record as JSON knows it."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(record).items()}


def revived(kind: type[Record], row: dict[str, Any]) -> Record:
    """Return the record that `plain` wrote down."""
    return kind(**{n: datetime.fromisoformat(v) if n.endswith("_at") and v else v for n, v in row.items()})
