"""The JSON API of the sandbox's BillDesk: signed in, signed out, refusals as error objects."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, JsonResponse

from payments.sandbox import jose
from payments.sandbox.messages import IST, order_object, refund_object, settlement_object, transaction_object
from payments.sandbox.outcomes import PLANS, by_amount
from payments.sandbox.pages import upi_link
from payments.sandbox.records import ApiError, Merchant, Silence
from payments.sandbox.settlement import settlement_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from django.http import HttpRequest

    from payments.sandbox.app import Sandbox
    from payments.sandbox.records import Order
    from payments.sandbox.world import World

    Act = Callable[[World, Merchant, dict[str, Any], str], Any]
    View = Callable[[Sandbox, HttpRequest], HttpResponse]

# GNAUE0006, GNDRE0001 and ORIDE0021 are BillDesk's own codes; the other codes here are made in their pattern.
AMOUNT = re.compile(r"[0-9]{1,10}\.[0-9]{2}")
TIMESTAMP = re.compile(r"[0-9]{10}|[0-9]{13}|[0-9]{14}")
SETTLEMENT_RANGE = timedelta(days=7)
VOUCHER = "PV%Y%m%d"
REFERENCE = re.compile(r"[A-Za-z0-9]{1,35}")
ORDER_RULES = {
    "orderid": REFERENCE,
    "amount": AMOUNT,
    "currency": re.compile("356"),
    # The gateway adds nothing to the return address and takes none with a query string.
    "ru": re.compile(r"https?://[^\s?#]+"),
    "itemcode": REFERENCE,
    "order_date": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:30"),
}
DEVICE_FIELDS = ("init_channel", "ip", "user_agent", "accept_header")
# What a spoiled answer says instead of what was asked about.
ALTERED = {
    "other_amount": {"amount": "1.00"},
    "other_merchant": {"mercid": "SOMEBODY"},
    "other_order": {"orderid": "SOMEOTHERORDER"},
}
FREE_TEXT = re.compile(r"[A-Za-z0-9@,. -]{1,120}")


def endpoint(act: Act) -> View:
    """Turn an act on the world into a view: open the token, act, seal the answer, echo the request's headers."""

    @wraps(act)
    def view(sandbox: Sandbox, request: HttpRequest, **_: str) -> HttpResponse:
        merchant, status = None, 200
        with sandbox.world() as world:
            fault = world.faults.pop(0) if world.faults else ""
            try:
                merchant, said = _opened(world, request)
                _turn_away(fault)
                content = act(world, merchant, said, sandbox.base_url(request))
            except ApiError as refusal:
                content, status = refusal.content, refusal.status
        if fault == "silent":
            raise Silence
        return _echoed(request, _damaged(fault, merchant, content) or _sealed(merchant, content, status))

    return view


@endpoint
def create_order(world: World, merchant: Merchant, said: dict[str, Any], base_url: str) -> Any:
    order = _registered(world, merchant, said)
    if PLANS[by_amount(order.amount_paise)].silent_create and not world.has_twin(order):
        raise Silence
    return order_object(order, base_url=base_url)


@endpoint
def create_transaction(world: World, merchant: Merchant, said: dict[str, Any], base_url: str) -> Any:
    for name, value in (("payment_method_type", "upi"), ("txn_process_type", "intent")):
        _require(name, said.get(name) == value)
    order = _registered(world, merchant, said)
    link = upi_link(order, merchant.name)
    begun = transaction_object(world.wait_for_app(order), order)
    return {**begun, "intent": b64encode(link.encode()).decode()}


@endpoint
def get_transaction(world: World, merchant: Merchant, said: dict[str, Any], base_url: str) -> Any:
    if "transactionid" in said:
        transactions = [world.transaction(merchant, said["transactionid"])]
    else:
        transactions = world.transactions_of(world.order(merchant, said.get("orderid", "")))
    if not transactions:
        raise ApiError(404, "not_found_error", "TRNFE0001", "There is no transaction for this order.")
    found = []
    for transaction in transactions:
        refunds = [refund_object(refund, transaction) for refund in world.refunds_of(transaction)]
        shown = {"refunds": refunds} if said.get("refund_details") and refunds else {}
        found.append({**transaction_object(transaction, world.order_of(transaction)), **shown})
    return found[0] if len(found) == 1 else found


@endpoint
def create_refund(world: World, merchant: Merchant, said: dict[str, Any], base_url: str) -> Any:
    transaction = world.transaction(merchant, said.get("transactionid", ""))
    kept = transaction_object(transaction, world.order_of(transaction))
    for name, theirs in (("orderid", "orderid"), ("txn_amount", "amount"), ("currency", "currency")):
        _require(name, said.get(name) == kept[theirs])
    _require("transaction_date", said.get("transaction_date") == kept["transaction_date"])
    _require_text(said, "refund_amount", AMOUNT)
    _require_text(said, "merc_refund_ref_no", REFERENCE)
    refund = world.give_back(
        merchant, transaction, refund_ref=said["merc_refund_ref_no"], amount_paise=_paise(said["refund_amount"])
    )
    return refund_object(refund, transaction)


@endpoint
def get_refund(world: World, merchant: Merchant, said: dict[str, Any], base_url: str) -> Any:
    refund = world.refund(merchant, said.get("merc_refund_ref_no", ""))
    return refund_object(refund, world.transactions[refund.transaction_id])


@endpoint
def get_settlements(world: World, merchant: Merchant, said: dict[str, Any], base_url: str) -> Any:
    """Tell the records of a few days, or of the day that one voucher names."""
    first, last = _voucher_day(said) if "pv_number" in said else _range(said)
    records = [settlement_object(batch, row) for batch, row in settlement_rows(world, merchant, first, last)]
    return {"objectid": "settlement", "mercid": merchant.merchant_id, "records": records}


def _voucher_day(said: dict[str, Any]) -> tuple[date, date]:
    """:raises ApiError:"""
    try:
        day = datetime.strptime(said["pv_number"], VOUCHER).replace(tzinfo=IST).date()
    except (TypeError, ValueError):
        raise ApiError(404, "not_found_error", "STNFE0001", "There is no such voucher.") from None
    return day, day


def _range(said: dict[str, Any]) -> tuple[date, date]:
    """:raises ApiError:"""
    try:
        first, last = (
            datetime.strptime(said[name], "%Y%m%d").replace(tzinfo=IST).date() for name in ("from_date", "to_date")
        )
    except (KeyError, TypeError, ValueError):
        raise ApiError(422, "invalid_data_error", "STIDE0001", "from_date and to_date are YYYYMMDD.") from None
    _require("to_date", timedelta() <= last - first < SETTLEMENT_RANGE)
    return first, last


def _turn_away(fault: str) -> None:
    """Refuse a request as a tester wants it, before anything is done. :raises ApiError:"""
    if fault == "used_trace":
        raise ApiError(409, "duplicate_request_error", "GNDRE0001", "This BD-Traceid was used before.")
    if fault == "foreign_address":
        raise ApiError(401, "authentication_error", "GNAUE0006", "Request from unauthorized ip")


def _registered(world: World, merchant: Merchant, said: dict[str, Any]) -> Order:
    """Return the order that a request describes, made now. :raises ApiError:"""
    for name, rule in ORDER_RULES.items():
        _require_text(said, name, rule)
    _require("amount", _paise(said["amount"]) > 0)
    device = said.get("device")
    _require("device", isinstance(device, dict) and all(device.get(name) for name in DEVICE_FIELDS))
    additional_info = said.get("additional_info", {})
    _require("additional_info", isinstance(additional_info, dict))
    for name in additional_info:
        _require_text(additional_info, name, FREE_TEXT)
    return world.register(
        merchant,
        order_id=said["orderid"],
        amount_paise=_paise(said["amount"]),
        ru=said["ru"],
        ordered_at=datetime.fromisoformat(said["order_date"]),
        itemcode=said["itemcode"],
        settlement_lob=said.get("settlement_lob", ""),
        additional_info=additional_info,
    )


def _opened(world: World, request: HttpRequest) -> tuple[Merchant, dict[str, Any]]:
    """Return who asks and what, once the signature, the merchant and the trace id are right. :raises ApiError:"""
    signer, content = _said(world, request.body)
    if not isinstance(content, dict) or content.get("mercid") != signer.merchant_id:
        raise ApiError(401, "authentication_error", "GNAUE0003", "The client does not act for this mercid.")
    if request.content_type != "application/jose":
        raise ApiError(415, "invalid_request_error", "GNIRE0001", "Content-Type must be application/jose.")
    _require("BD-Traceid", REFERENCE.fullmatch(request.headers.get("BD-Traceid", "")))
    _require("BD-Timestamp", TIMESTAMP.fullmatch(request.headers.get("BD-Timestamp", "")))
    world.remember_trace(signer, request.headers["BD-Traceid"])
    return signer, content


def _said(world: World, body: bytes) -> tuple[Merchant, Any]:
    """Return the merchant that a token names, and what it says once it is opened with that merchant's key."""
    try:
        client_id = jose.take_apart(body).header.get("clientid")
    except ValueError:
        raise ApiError(401, "authentication_error", "GNAUE0001", "The body is no signed token.") from None
    signer = next((one for one in world.merchants.values() if one.client_id == client_id), None)
    try:
        if signer:
            return signer, jose.unseal(body, signer)
    except ValueError:
        pass
    raise ApiError(401, "authentication_error", "GNAUE0002", "The token is not signed by a known client.")


def _require(name: str, holds: object) -> None:
    if not holds:
        raise ApiError(422, "invalid_data_error", "ORIDE0021", f"{name} is missing or invalid.")


def _require_text(said: dict[str, Any], name: str, rule: re.Pattern[str]) -> None:
    _require(name, isinstance(said.get(name), str) and rule.fullmatch(said[name]))


def _sealed(merchant: Merchant | None, content: Any, status: int) -> HttpResponse:
    """Return the answer as a token; who is not known cannot get one and gets the plain error object."""
    if not merchant:
        return JsonResponse(content, status=status)
    return HttpResponse(jose.seal(content, merchant), status=status, content_type="application/jose")


def _damaged(fault: str, merchant: Merchant | None, content: Any) -> HttpResponse | None:
    """Return the answer as a tester wants it spoiled, once."""
    if fault == "unavailable":
        return HttpResponse("<h1>Service Unavailable</h1>", status=503)
    if fault == "garbage":
        return HttpResponse("<h1>Welcome</h1>", content_type="application/jose")
    if fault == "forged" and merchant:
        return HttpResponse(jose.seal(content, merchant, forged=True))
    if fault == "other_client" and merchant:
        return HttpResponse(jose.seal_for_somebody(content, merchant))
    if fault in ALTERED and merchant:
        return _sealed(merchant, _altered(content, ALTERED[fault]), 200)
    return None


def _altered(content: Any, change: dict[str, str]) -> Any:
    """Return an answer about something else; an answer of several parts is so in each of them."""
    return [{**part, **change} for part in content] if isinstance(content, list) else {**content, **change}


def _echoed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    for name in ("BD-Traceid", "BD-Timestamp"):
        if name in request.headers:
            response[name] = request.headers[name]
    return response


def _paise(text: str) -> int:
    return int(text.replace(".", ""))
