"""BillDesk's JSON API, version 1.2, in both of its schemes: every body is one token, sealed as `seals` says."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import httpx

from payments.gateways import billdesk_rows, calls, upi, wire
from payments.gateways.base import (
    OTHER_ANSWER,
    AlreadyOpened,
    Checkout,
    Hint,
    MaybeSent,
    NotKnown,
    NotSent,
    Refused,
    Unreadable,
)
from payments.gateways.calls import reading
from payments.gateways.seals import SEALS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from payments.gateways.base import (
        CheckoutRequest,
        Credentials,
        RefundReport,
        SettlementLine,
        TransactionReport,
        WireMessage,
    )
    from payments.gateways.seals import Seal

CREATE_ORDER = "/payments/ve1_2/orders/create"
CREATE_TRANSACTION = "/payments/ve1_2/transactions/create"
GET_TRANSACTION = "/payments/ve1_2/transactions/get"
CREATE_REFUND = "/payments/ve1_2/refunds/create"
GET_REFUND = "/payments/ve1_2/refunds/get"
GET_SETTLEMENTS = "/pasettlements/v1_2/settlements/get"

# BillDesk names the bank's field for an intent and publishes no value of it; its test system settles that.
UPI_INTENT = {"payment_method_type": "upi", "txn_process_type": "intent", "bankid": "UPI"}
# No life of an intent is published; its page lives as long.
UPI_LIFE = timedelta(minutes=30)
INDIAN_RUPEE = "356"
NOTHING = "NA"
TOKEN_FIELDS = ("transaction_response", "encrypted_response")
HINT_FIELDS = ("orderid", "orderId")
ORDER_REF = re.compile(r"[A-Za-z0-9]{1,35}")
NOT_ALLOWED = re.compile(r"[^A-Za-z0-9@,. -]")
ADDITIONAL_INFO = 7
USER_AGENT = 255


# Our trace ids never repeat, so a duplicate is about our reference.
REFUSALS: dict[int, type[Refused]] = {httpx.codes.NOT_FOUND: NotKnown, httpx.codes.CONFLICT: AlreadyOpened}


class BillDesk:
    """The `Gateway` of one BillDesk merchant. It never repeats a request: whoever calls knows what may be repeated.

    `clock` dates the requests. `new_trace_id` names each one; BillDesk refuses a name it has heard within 24 hours.
    """

    code: ClassVar[str] = "billdesk"

    def __init__(
        self,
        credentials: Credentials,
        *,
        clock: Callable[[], datetime],
        new_trace_id: Callable[[], str] = wire.new_trace_id,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._credentials = credentials
        self._seal = _seal(credentials)
        self._clock = clock
        self._new_trace_id = new_trace_id
        self._http = calls.client_for(credentials, transport)

    def open(self, request: CheckoutRequest, /) -> Checkout:
        """Register an order and return where the payer goes. :raises NotSent, MaybeSent, Refused:"""
        asked = self._order(request)
        said = self._call(CREATE_ORDER, asked)
        with reading(MaybeSent):
            self._check(said, {name: asked[name] for name in ("mercid", "orderid", "amount", "currency")})
            link = next(link for link in said["links"] if link["rel"] == "redirect")
            return Checkout(
                gateway_order_ref=said["bdorderid"],
                url=link["href"],
                method=link["method"],
                # The page wants `merchantid` where every API wants `mercid`.
                fields={
                    "merchantid": link["parameters"]["mercid"],
                    "bdorderid": link["parameters"]["bdorderid"],
                    "rdata": link["parameters"]["rdata"],
                },
                valid_until=wire.moment(link["valid_date"]),
            )

    def open_upi(self, request: CheckoutRequest, /) -> Checkout:
        """Register an order with a UPI payment that waits for the payer. :raises NotSent, MaybeSent, Refused:"""
        asked = {**self._order(request), **UPI_INTENT}
        said = self._call(CREATE_TRANSACTION, asked)
        with reading(MaybeSent):
            self._check(said, {name: asked[name] for name in ("mercid", "orderid", "amount", "currency")})
            link = b64decode(said["intent"], validate=True).decode("ascii")
            return Checkout(
                gateway_order_ref=said.get("bdorderid") or "",
                url=upi.checked(link, amount_paise=request.amount_paise),
                method="GET",
                fields={},
                valid_until=request.order_at + UPI_LIFE,
            )

    def read(self, message: WireMessage, /) -> TransactionReport | Hint:
        """Return what a signed message reports, or the hint in an unsigned one. :raises Refused:"""
        if "form-urlencoded" not in message.content_type:
            return self._reported(message.body)
        with reading(Refused):
            form = calls.form_of(message.body)
        for name in TOKEN_FIELDS:
            if name in form:
                return self._reported(form[name].encode())
        for name in HINT_FIELDS:
            if ORDER_REF.fullmatch(form.get(name, "")):
                return Hint(form[name])
        raise Refused("The form names no order.")

    def ask(self, order_ref: str, /) -> Sequence[TransactionReport]:
        """Return every transaction of an order, none when BillDesk knows none. :raises NotSent, MaybeSent, Refused:"""
        try:
            said = self._call(GET_TRANSACTION, {"orderid": order_ref, "refund_details": True})
        except NotKnown:
            return ()
        with reading(Refused):
            rows = billdesk_rows.transactions(said)
            for row in rows:
                self._check(row, {"orderid": order_ref})
            return tuple(billdesk_rows.report(row) for row in rows)

    def refund(self, transaction: TransactionReport, /, *, refund_ref: str, amount_paise: int) -> RefundReport:
        """Send money back, in part or in whole. :raises NotSent, MaybeSent, Refused:"""
        asked = {
            "orderid": transaction.order_ref,
            "transactionid": transaction.transaction_ref,
            "transaction_date": _indian(transaction.happened_at),
            "txn_amount": wire.rupees(transaction.amount_paise),
            "refund_amount": wire.rupees(amount_paise),
            "currency": transaction.currency,
            "merc_refund_ref_no": refund_ref,
        }
        said = self._call(CREATE_REFUND, asked)
        with reading(MaybeSent):
            self._check(said, {name: asked[name] for name in ("transactionid", "merc_refund_ref_no", "refund_amount")})
            return billdesk_rows.refund_report(said)

    def ask_refund(self, transaction: TransactionReport, /, *, refund_ref: str) -> RefundReport:
        """Return what became of a refund. :raises NotSent, MaybeSent, Refused, NotKnown:"""
        said = self._call(GET_REFUND, {"merc_refund_ref_no": refund_ref})
        with reading(Refused):
            self._check(said, {"merc_refund_ref_no": refund_ref, "transactionid": transaction.transaction_ref})
            return billdesk_rows.refund_report(said)

    def settlements(self, day: date, /) -> Sequence[SettlementLine]:
        """Return the rows settled on a day (IST). :raises NotSent, MaybeSent, Refused:"""
        try:
            said = self._call(GET_SETTLEMENTS, {"from_date": f"{day:%Y%m%d}", "to_date": f"{day:%Y%m%d}"})
        except NotKnown:
            return ()
        with reading(Refused):
            return tuple(billdesk_rows.settlement_line(row) for row in said[billdesk_rows.SETTLEMENT_ROWS])

    # --- One request, one answer ----------------------------------------------------------------------------------

    def _call(self, path: str, asked: Mapping[str, object]) -> Any:
        """Send one signed request and return the JSON of the signed answer."""
        if not self._credentials.secrets:
            raise NotSent(f"The account {self._credentials.account} has no key.")
        answer = self._send(path, self._seal.close({"mercid": self._credentials.merchant_id, **asked}))
        if 400 <= answer.status_code < 500:
            raise self._refusal(answer)
        if answer.status_code != httpx.codes.OK:
            raise MaybeSent(f"BillDesk answered {answer.status_code}.")
        with reading(MaybeSent):
            return self._seal.open(answer.content)

    def _send(self, path: str, token: str) -> httpx.Response:
        headers = {
            "Content-Type": "application/jose",
            "Accept": "application/jose",
            "BD-Traceid": self._new_trace_id(),
            "BD-Timestamp": f"{self._clock().astimezone(wire.IST):%Y%m%d%H%M%S}",
        }
        return calls.send(self._http, "POST", path, content=token, headers=headers)

    def _refusal(self, answer: httpx.Response) -> Refused:
        """Return BillDesk's no. Its error objects come signed or plain; a page of some proxy is neither."""
        refusal = REFUSALS.get(answer.status_code, Refused)
        for decode in (self._seal.open, wire.parsed):
            try:
                said = decode(answer.content)
                return refusal(f"{said['error_type']}: {said['message']}", code=said["error_code"])
            except (KeyError, TypeError, ValueError):
                continue
        return Refused(f"BillDesk answered {answer.status_code} without a reason.", code=f"HTTP{answer.status_code}")

    def _reported(self, token: bytes) -> TransactionReport:
        with reading(Refused):
            said = self._seal.open(token)
        with reading(Unreadable):
            self._check(said, {})
            return billdesk_rows.report(said)

    def _check(self, said: Mapping[str, object], asked: Mapping[str, object]) -> None:
        """Refuse an answer that is about something else: another merchant, order or amount."""
        for name, value in {"mercid": self._credentials.merchant_id, **asked}.items():
            if said[name] != value:
                raise Refused(f"BillDesk's answer has another {name} than the question.", code=OTHER_ANSWER)

    def _order(self, request: CheckoutRequest) -> dict[str, object]:
        order: dict[str, object] = {
            "mercid": self._credentials.merchant_id,
            "orderid": request.order_ref,
            "order_date": _indian(request.order_at),
            "amount": wire.rupees(request.amount_paise),
            "currency": INDIAN_RUPEE,
            "ru": request.return_url,
            "itemcode": "DIRECT",
            "additional_info": _additional_info(request.additional_info),
            "device": {
                "init_channel": "internet",
                # BillDesk wants both; a browser may withhold its name.
                "ip": request.payer_ip or NOTHING,
                "user_agent": request.user_agent[:USER_AGENT] or NOTHING,
                "accept_header": "text/html",
            },
        }
        if self._credentials.settlement_lob:
            order["settlement_lob"] = self._credentials.settlement_lob
        return order


def _seal(credentials: Credentials) -> Seal:
    try:
        return SEALS[credentials.scheme](credentials)
    except ValueError as problem:
        raise NotSent(f"A key of the account {credentials.account} cannot be used: {problem}") from problem


def _additional_info(values: Sequence[str]) -> dict[str, str]:
    """Return BillDesk's seven free fields: its letters only, the unused ones marked."""
    plain = [NOT_ALLOWED.sub(" ", value).strip() or NOTHING for value in values]
    padded = [*plain, *[NOTHING] * ADDITIONAL_INFO][:ADDITIONAL_INFO]
    return {f"additional_info{number}": value for number, value in enumerate(padded, start=1)}


def _indian(at: datetime) -> str:
    return at.astimezone(wire.IST).isoformat(timespec="seconds")
