"""BillDesk's older interface: one message of fields between pipes, with an HMAC-SHA256 as its last field.

It registers nothing: the payer's browser brings the order to BillDesk. Its question tells of one transaction an order and of
the last refund only, and it has no settlements: those come as the workbook.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from payments.gateways import calls, wire
from payments.gateways.base import (
    OTHER_ANSWER,
    Checkout,
    Hint,
    MaybeSent,
    NotKnown,
    NotSent,
    RefundReport,
    Refused,
    ReportStatus,
    TransactionReport,
    Unreadable,
)
from payments.gateways.billdesk_rows import AUTH_STATUS, REFUND_STATUS
from payments.gateways.calls import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from payments.gateways.base import CheckoutRequest, Credentials, SettlementLine, WireMessage

PAY = "/pgidsk/PGIMerchantPayment"
QUERY = "/pgidsk/PGIQueryController"
REFUND = "/pgidsk/PGIRefundController"

NOTHING = "NA"
RUPEES = {"INR": "356"}
METHODS = {
    "01": "netbanking",
    "02": "card",
    "03": "card",
    "04": "cash card",
    "05": "wallet",
    "06": "imps",
    "07": "reward",
    "08": "card",
    "10": "upi",
}
PAYMENT_FIELDS, QUERY_FIELDS, REFUND_FIELDS = 25, 32, 13
ADDITIONAL_INFO = 7
# BillDesk says nothing of the life of a page that it did not register; the newer interface gives this long.
PAGE_LIFE = timedelta(minutes=30)
NOT_ALLOWED = re.compile(r"[^A-Za-z0-9@,. -]")


@dataclass(frozen=True, slots=True)
class Checksum:
    """The last field of every message: upper-case HMAC-SHA256 of what stands before it."""

    secrets: tuple[str, ...] = field(repr=False)

    def close(self, fields: Sequence[str]) -> str:
        """Return the message of `fields`, signed with the first key."""
        message = "|".join(fields)
        return f"{message}|{_mac(message, self.secrets[0])}"

    def open(self, message: str, *, count: int) -> list[str]:
        """Return the `count` fields of a message that one of our keys signed. :raises ValueError:"""
        content, _, checksum = message.strip().rpartition("|")
        given = checksum.upper().encode()
        if not any(hmac.compare_digest(_mac(content, secret).encode(), given) for secret in self.secrets):
            raise wire.BadToken("None of the keys signed this message.")
        fields = content.split("|")
        if len(fields) != count:
            raise wire.BadToken(f"The message has {len(fields)} fields instead of {count}.")
        return fields


class BillDeskLegacy:
    """The `Gateway` of one BillDesk merchant of the older interface. `clock` dates the questions."""

    code: ClassVar[str] = "billdesk_legacy"

    def __init__(self, credentials: Credentials, *, clock: Callable[[], datetime]) -> None:
        self._credentials = credentials
        self._seal = Checksum(credentials.secrets)
        self._clock = clock
        self._http = calls.client_for(credentials)

    def open(self, request: CheckoutRequest, /) -> Checkout:
        """Return the signed form that the payer brings to BillDesk; nothing is sent from here. :raises NotSent:"""
        return Checkout(
            gateway_order_ref="",
            url=f"{self._credentials.base_url.rstrip('/')}{PAY}",
            method="POST",
            fields={"msg": self._closed(self._order(request))},
            valid_until=request.order_at + PAGE_LIFE,
        )

    def read(self, message: WireMessage, /) -> TransactionReport | Hint:
        """Return what a signed message reports; one without a transaction is a hint. :raises Refused:"""
        with reading(Refused):
            fields = self._seal.open(calls.form_of(message.body)["msg"], count=PAYMENT_FIELDS)
        with reading(Unreadable):
            return self._report(fields) or Hint(fields[1])

    def ask(self, order_ref: str, /) -> Sequence[TransactionReport]:
        """Return the transaction of an order, () when none is known. :raises NotSent, MaybeSent, Refused:"""
        fields = self._query(order_ref)
        with reading(Refused):
            report = self._report(fields[1:26], refund_status=fields[27]) if fields[31] == "Y" else None
            return (report,) if report else ()

    def refund(self, transaction: TransactionReport, /, *, refund_ref: str, amount_paise: int) -> RefundReport:
        """Send money back, in part or in whole. :raises NotSent, MaybeSent, Refused:"""
        asked = [
            self._credentials.merchant_id,
            transaction.transaction_ref,
            f"{transaction.happened_at.astimezone(wire.IST):%Y%m%d}",
            transaction.order_ref,
            wire.rupees(transaction.amount_paise),
            wire.rupees(amount_paise),
        ]
        message = self._closed(["0400", *asked, self._now(), refund_ref, *[NOTHING] * 3])
        fields = self._ask(REFUND, message, count=REFUND_FIELDS)
        with reading(MaybeSent):
            if fields[12] != "Y":
                raise Refused(fields[11], code=fields[10])
            if fields[1:7] != asked:
                raise Refused("BillDesk's answer is about another refund than the question.", code=OTHER_ANSWER)
            return _refund_report(refund_ref, fields[9], fields[8], amount_paise)

    def ask_refund(self, transaction: TransactionReport, /, *, refund_ref: str) -> RefundReport:
        """Return what became of the last refund of a transaction; of an earlier one BillDesk does not tell.

        :raises NotSent, MaybeSent, Refused, NotKnown:
        """
        fields = self._query(transaction.order_ref)
        with reading(Refused):
            if fields[27] == NOTHING:
                raise NotKnown("BillDesk knows of no refund.", code="NO_REFUND")
            total = wire.paise(fields[28])
            is_last = fields[30] == refund_ref
            return _refund_report(refund_ref, "", fields[27] if is_last else f"{fields[27]} of {fields[30]}", total)

    def settlements(self, day: date, /) -> Sequence[SettlementLine]:
        """:raises Refused: always; this interface lists none"""
        raise Refused("This interface has no list of settlements; import the workbook.", code="NO_SETTLEMENTS")

    # --- One message, one answer ------------------------------------------------------------------------------------

    def _query(self, order_ref: str) -> list[str]:
        message = self._closed(["0122", self._credentials.merchant_id, order_ref, self._now()])
        fields = self._ask(QUERY, message, count=QUERY_FIELDS)
        if fields[0] != "0130" or fields[1:3] != [self._credentials.merchant_id, order_ref]:
            raise Refused("BillDesk's answer is about another order than the question.", code=OTHER_ANSWER)
        return fields

    def _ask(self, path: str, message: str, *, count: int) -> list[str]:
        answer = calls.send(self._http, "POST", path, data={"msg": message})
        if 400 <= answer.status_code < 500:
            raise Refused("BillDesk refused without a reason.", code=f"HTTP{answer.status_code}")
        if answer.status_code != 200:
            raise MaybeSent(f"BillDesk answered {answer.status_code}.")
        with reading(MaybeSent):
            return self._seal.open(answer.text, count=count)

    def _closed(self, fields: Sequence[str]) -> str:
        if not self._credentials.secrets:
            raise NotSent(f"The account {self._credentials.account} has no key.")
        return self._seal.close(fields)

    def _now(self) -> str:
        return f"{self._clock().astimezone(wire.IST):%Y%m%d%H%M%S}"

    def _order(self, request: CheckoutRequest) -> list[str]:
        given = [NOT_ALLOWED.sub(" ", value).strip() or NOTHING for value in request.additional_info]
        return [
            self._credentials.merchant_id,
            request.order_ref,
            NOTHING,
            wire.rupees(request.amount_paise),
            *[NOTHING] * 3,
            "INR",
            "DIRECT",
            "R",
            self._credentials.client_id,
            *[NOTHING] * 2,
            "F",
            *[*given, *[NOTHING] * ADDITIONAL_INFO][:ADDITIONAL_INFO],
            request.return_url,
        ]

    def _report(self, fields: Sequence[str], *, refund_status: str = NOTHING) -> TransactionReport | None:
        """Return the transaction in the 25 fields of a payment, None when nobody has tried to pay.

        A success with a refund beside it is UNKNOWN: whether the money is still ours is for a person to say.
        """
        if fields[0] != self._credentials.merchant_id:
            raise Refused("BillDesk's message is for another merchant.", code=OTHER_ANSWER)
        if fields[2] == NOTHING:
            return None
        status = AUTH_STATUS.get(fields[14], ReportStatus.UNKNOWN)
        is_refunded = status is ReportStatus.SUCCEEDED and refund_status != NOTHING
        return TransactionReport(
            order_ref=fields[1],
            transaction_ref=fields[2],
            status=ReportStatus.UNKNOWN if is_refunded else status,
            raw_status=f"{fields[14]} {refund_status}" if is_refunded else fields[14],
            amount_paise=wire.paise(fields[4]),
            bank_ref=_text(fields[3]),
            method=METHODS.get(fields[7], "other"),
            happened_at=datetime.strptime(fields[13], "%d-%m-%Y %H:%M:%S").replace(tzinfo=wire.IST),
            merchant_id=fields[0],
            currency=RUPEES.get(fields[8], fields[8]),
            error_code=_text(fields[23]),
            error_text=_text(fields[24]),
        )


def _refund_report(refund_ref: str, gateway_refund_ref: str, raw_status: str, amount_paise: int) -> RefundReport:
    status = REFUND_STATUS.get(raw_status, ReportStatus.UNKNOWN)
    return RefundReport(refund_ref, gateway_refund_ref, status, raw_status, amount_paise)


def _text(value: str) -> str:
    return "" if value == NOTHING else value


def _mac(message: str, secret: str) -> str:
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest().upper()
