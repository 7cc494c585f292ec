"""BillDesk's JSON API, version 1.2, with its HMAC scheme: every body is one token signed with HS256."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs

import httpx

from payments.gateways import wire
from payments.gateways.base import (
    AlreadyOpened,
    Checkout,
    Hint,
    MaybeSent,
    NotSent,
    RefundReport,
    Refused,
    ReportStatus,
    SettlementLine,
    TransactionReport,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from payments.gateways.base import CheckoutRequest, Credentials, GatewayError, WireMessage

CREATE_ORDER = "/payments/ve1_2/orders/create"
GET_TRANSACTION = "/payments/ve1_2/transactions/get"
CREATE_REFUND = "/payments/ve1_2/refunds/create"
GET_REFUND = "/payments/ve1_2/refunds/get"
GET_SETTLEMENTS = "/pasettlements/v1_2/settlements/get"

# A code that is not here is UNKNOWN. 0398 was seen for a payer who left; whether money moved is not said, so we ask on.
AUTH_STATUS = {
    "0300": ReportStatus.SUCCEEDED,
    "0002": ReportStatus.PENDING,
    "0398": ReportStatus.PENDING,
    "0399": ReportStatus.FAILED,
    "0001": ReportStatus.FAILED,
    "NA": ReportStatus.FAILED,
}
# 0699: taken back before settlement. 0799: sent back out of a later settlement.
REFUND_STATUS = {
    "0699": ReportStatus.SUCCEEDED,
    "0799": ReportStatus.SUCCEEDED,
    "0002": ReportStatus.PENDING,
    "0399": ReportStatus.FAILED,
}
# BillDesk publishes the request for settlements and not the answer. These names follow the columns of the settlement
# workbook and are what the sandbox sends; the first answer from BillDesk's own test system settles them.
SETTLEMENT_ROWS = "records"
SETTLEMENT_AMOUNTS = {
    "gross_paise": "gross_amount",
    "charges_paise": "charges",
    "gst_paise": "gst",
    "net_paise": "net_amount",
}
SETTLEMENT_KIND = {"SETTLED": "settled", "REFUND": "refund", "CHARGEBACK": "chargeback"}

INDIAN_RUPEE = "356"
NOTHING = "NA"
TOKEN_FIELDS = ("transaction_response", "encrypted_response")
HINT_FIELDS = ("orderid", "orderId")
ORDER_REF = re.compile(r"[A-Za-z0-9]{1,35}")
NOT_ALLOWED = re.compile(r"[^A-Za-z0-9@,. -]")
ADDITIONAL_INFO = 7
USER_AGENT = 255
# What says who the payer is stays out of our tables.
PERSONAL = frozenset({"customer", "device", "card", "upi", "vpa", "payer"})


class NotKnown(Refused):
    """BillDesk knows no such thing."""


# Our trace ids never repeat, so a duplicate is about our reference.
REFUSALS: dict[int, type[Refused]] = {httpx.codes.NOT_FOUND: NotKnown, httpx.codes.CONFLICT: AlreadyOpened}

NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


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
        self._keys = [secret.encode() for secret in credentials.secrets]
        self._clock = clock
        self._new_trace_id = new_trace_id
        # A kept connection may die under a request, and then nobody knows whether it was heard: each one is new.
        self._http = httpx.Client(
            base_url=credentials.base_url,
            timeout=credentials.timeout_seconds,
            transport=transport,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def open(self, request: CheckoutRequest, /) -> Checkout:
        """Register an order and return where the payer goes. :raises NotSent, MaybeSent, Refused:"""
        asked = self._order(request)
        said = self._call(CREATE_ORDER, asked)
        with _reading(MaybeSent):
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

    def read(self, message: WireMessage, /) -> TransactionReport | Hint:
        """Return what a signed message reports, or the hint in an unsigned one. :raises Refused:"""
        if "form-urlencoded" not in message.content_type:
            return self._reported(message.body)
        with _reading(Refused):
            form = parse_qs(message.body.decode("ascii"), max_num_fields=50)
        for name in TOKEN_FIELDS:
            if name in form:
                return self._reported(form[name][0].encode())
        for name in HINT_FIELDS:
            if ORDER_REF.fullmatch(form.get(name, [""])[0]):
                return Hint(form[name][0])
        raise Refused("The form names no order.")

    def ask(self, order_ref: str, /) -> Sequence[TransactionReport]:
        """Return every transaction of an order, none when BillDesk knows none. :raises NotSent, MaybeSent, Refused:"""
        try:
            said = self._call(GET_TRANSACTION, {"orderid": order_ref, "refund_details": True})
        except NotKnown:
            return ()
        with _reading(Refused):
            rows = _transactions(said)
            for row in rows:
                self._check(row, {"orderid": order_ref})
            return tuple(_report(row) for row in rows)

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
        with _reading(MaybeSent):
            self._check(said, {name: asked[name] for name in ("transactionid", "merc_refund_ref_no", "refund_amount")})
            return _refund_report(said)

    def ask_refund(self, refund_ref: str, /) -> RefundReport:
        """Return what became of a refund. :raises NotSent, MaybeSent, Refused: also for a refund BillDesk never saw"""
        said = self._call(GET_REFUND, {"merc_refund_ref_no": refund_ref})
        with _reading(Refused):
            self._check(said, {"merc_refund_ref_no": refund_ref})
            return _refund_report(said)

    def settlements(self, day: date, /) -> Sequence[SettlementLine]:
        """Return the rows settled on a day (IST). :raises NotSent, MaybeSent, Refused:"""
        try:
            said = self._call(GET_SETTLEMENTS, {"from_date": f"{day:%Y%m%d}", "to_date": f"{day:%Y%m%d}"})
        except NotKnown:
            return ()
        with _reading(Refused):
            return tuple(_settlement_line(row) for row in said[SETTLEMENT_ROWS])

    # --- One request, one answer ----------------------------------------------------------------------------------

    def _call(self, path: str, asked: Mapping[str, object]) -> Any:
        """Send one signed request and return the JSON of the signed answer."""
        if not self._keys:
            raise NotSent(f"The account {self._credentials.account} has no key.")
        content = {"mercid": self._credentials.merchant_id, **asked}
        token = wire.signed(content, header={"clientid": self._credentials.client_id}, key=self._credentials.secrets[0])
        answer = self._send(path, token)
        if 400 <= answer.status_code < 500:
            raise self._refusal(answer)
        if answer.status_code != httpx.codes.OK:
            raise MaybeSent(f"BillDesk answered {answer.status_code}.")
        with _reading(MaybeSent):
            return self._opened(answer.content)

    def _send(self, path: str, token: str) -> httpx.Response:
        headers = {
            "Content-Type": "application/jose",
            "Accept": "application/jose",
            "BD-Traceid": self._new_trace_id(),
            "BD-Timestamp": f"{self._clock().astimezone(wire.IST):%Y%m%d%H%M%S}",
        }
        try:
            return self._http.post(path, content=token, headers=headers)
        except NEVER_LEFT as problem:
            raise NotSent(f"BillDesk could not be reached: {type(problem).__name__}.") from problem
        except httpx.HTTPError as problem:
            raise MaybeSent(f"BillDesk did not answer: {type(problem).__name__}.") from problem

    def _refusal(self, answer: httpx.Response) -> Refused:
        """Return BillDesk's no. Its error objects come signed or plain; a page of some proxy is neither."""
        refusal = REFUSALS.get(answer.status_code, Refused)
        for decode in (self._opened, wire.parsed):
            try:
                said = decode(answer.content)
                return refusal(f"{said['error_type']}: {said['message']}", code=said["error_code"])
            except (KeyError, TypeError, ValueError):
                continue
        return Refused(f"BillDesk answered {answer.status_code} without a reason.", code=f"HTTP{answer.status_code}")

    def _opened(self, token: bytes) -> Any:
        """Return the JSON of a token that BillDesk signed for our client. :raises ValueError:"""
        header, body = wire.verified(token.strip(), keys=self._keys)
        if header.get("clientid") != self._credentials.client_id:
            raise wire.BadToken("The token is for another client.")
        return wire.parsed(body)

    def _reported(self, token: bytes) -> TransactionReport:
        with _reading(Refused):
            said = self._opened(token)
            self._check(said, {})
            return _report(said)

    def _check(self, said: Mapping[str, object], asked: Mapping[str, object]) -> None:
        """Refuse an answer that is about something else: another merchant, order or amount."""
        for name, value in {"mercid": self._credentials.merchant_id, **asked}.items():
            if said[name] != value:
                raise Refused(f"BillDesk's answer has another {name} than the question.", code="OTHER_ANSWER")

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


@contextmanager
def _reading(failure: type[GatewayError]) -> Iterator[None]:
    """Turn a missing or misshapen part of a message into `failure`."""
    try:
        yield
    except (AttributeError, KeyError, StopIteration, TypeError, ValueError) as problem:
        raise failure(f"The message cannot be read: {problem!r}") from problem


def _transactions(said: Any) -> list[Mapping[str, Any]]:
    # BillDesk documents one transaction object for an order. An order can hold several when the payer tries again, so
    # a list is read too, bare or as a member; an order object alone says that nobody has tried yet.
    rows = said if isinstance(said, list) else said.get("transactions", [said])
    return [row for row in rows if row.get("objectid", "transaction") == "transaction"]


def _report(said: Mapping[str, Any]) -> TransactionReport:
    raw_status = said["auth_status"]
    return TransactionReport(
        order_ref=said["orderid"],
        transaction_ref=said["transactionid"],
        status=AUTH_STATUS.get(raw_status, ReportStatus.UNKNOWN),
        raw_status=raw_status,
        amount_paise=wire.paise(said["amount"]),
        bank_ref=_text(said, "bank_ref_no"),
        method=_text(said, "payment_method_type"),
        happened_at=wire.moment(said["transaction_date"]),
        merchant_id=said["mercid"],
        currency=said["currency"],
        error_code=_text(said, "transaction_error_code"),
        error_text=_text(said, "transaction_error_desc"),
        raw={name: value for name, value in said.items() if name not in PERSONAL},
    )


def _refund_report(said: Mapping[str, Any]) -> RefundReport:
    raw_status = said["refund_status"]
    return RefundReport(
        refund_ref=said["merc_refund_ref_no"],
        gateway_refund_ref=said["refundid"],
        status=REFUND_STATUS.get(raw_status, ReportStatus.UNKNOWN),
        raw_status=raw_status,
        amount_paise=wire.paise(said["refund_amount"]),
    )


def _settlement_line(said: Mapping[str, Any]) -> SettlementLine:
    return SettlementLine(
        transaction_ref=said["transactionid"],
        order_ref=said["orderid"],
        kind=SETTLEMENT_KIND[said["record_type"]],
        settled_on=wire.moment(said["settlement_date"]).date(),
        utr=said["utr"],
        **{ours: wire.paise(said[theirs]) for ours, theirs in SETTLEMENT_AMOUNTS.items()},
    )


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name) or ""
    return "" if value == NOTHING else str(value)


def _additional_info(values: Sequence[str]) -> dict[str, str]:
    """Return BillDesk's seven free fields: its letters only, the unused ones marked."""
    plain = [NOT_ALLOWED.sub(" ", value).strip() or NOTHING for value in values]
    padded = [*plain, *[NOTHING] * ADDITIONAL_INFO][:ADDITIONAL_INFO]
    return {f"additional_info{number}": value for number, value in enumerate(padded, start=1)}


def _indian(at: datetime) -> str:
    return at.astimezone(wire.IST).isoformat(timespec="seconds")
