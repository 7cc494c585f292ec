"""The sandbox's Razorpay: orders, payments, refunds and the settlement report, called with a key and its secret."""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import date
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, JsonResponse

from payments.sandbox import events, pages
from payments.sandbox.outcomes import PLANS, SUCCESS, by_amount
from payments.sandbox.records import ApiError, PageError, Silence
from payments.sandbox.settlement import settlement_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from payments.sandbox.app import Sandbox
    from payments.sandbox.records import Merchant, Order
    from payments.sandbox.world import World

    Act = Callable[..., dict[str, Any]]
    View = Callable[..., HttpResponse]

MOST_ROWS = 1000


def endpoint(act: Act) -> View:
    """Turn an act on the world into a view: know the caller by its key, act, answer JSON."""

    @wraps(act)
    def view(sandbox: Sandbox, request: HttpRequest, **named: str) -> HttpResponse:
        status = 200
        with sandbox.world() as world:
            fault = world.faults.pop(0) if world.faults else ""
            try:
                content = act(world, _caller(world, request), request, **named)
            except ApiError as refusal:
                # Razorpay knows two kinds of no, and answers both alike.
                status = refusal.status if refusal.status == 401 else 400
                content = {"error": {"code": "BAD_REQUEST_ERROR", "description": str(refusal)}}
        if fault == "silent":
            raise Silence
        return _spoiled(fault, content) or JsonResponse(content, status=status)

    return view


@endpoint
def create_order(world: World, merchant: Merchant, request: HttpRequest) -> dict[str, Any]:
    said = json.loads(request.body)
    if not isinstance(said.get("amount"), int) or said["amount"] < 100 or said.get("currency") != "INR":
        raise ApiError(400, "", "", "The amount must be at least 100 paise, in INR.")
    order_id = world.new_reference("order_", 14)
    order = world.register(
        merchant,
        order_id=order_id,
        amount_paise=said["amount"],
        ru="",
        ordered_at=world.clock(),
        receipt=said.get("receipt", ""),
        additional_info=said.get("notes", {}),
    )
    order.bd_order_id = order_id
    if PLANS[by_amount(order.amount_paise)].silent_create and not world.has_twin(order):
        raise Silence
    return events.order_entity(order)


@endpoint
def list_orders(world: World, merchant: Merchant, request: HttpRequest) -> dict[str, Any]:
    receipt = request.GET.get("receipt")
    found = [
        one
        for one in world.orders.values()
        if one.merchant_id == merchant.merchant_id and receipt in (None, one.receipt)
    ]
    return _collection([events.order_entity(one, paid_paise=_paid(world, one)) for one in found])


@endpoint
def list_payments(world: World, merchant: Merchant, request: HttpRequest, order_id: str) -> dict[str, Any]:
    order = world.order(merchant, order_id)
    return _collection([events.payment_entity(one) for one in world.transactions_of(order)])


@endpoint
def create_refund(world: World, merchant: Merchant, request: HttpRequest, payment_id: str) -> dict[str, Any]:
    said = json.loads(request.body)
    transaction = world.transaction(merchant, payment_id)
    # The same receipt twice is two refunds: Razorpay keeps it for the merchant and compares nothing.
    made = world.give_back(
        merchant,
        transaction,
        refund_ref=said.get("receipt") or world.new_reference("R", 12),
        amount_paise=said.get("amount", transaction.amount_paise),
    )
    return events.refund_entity(made)


@endpoint
def list_refunds(world: World, merchant: Merchant, request: HttpRequest, payment_id: str) -> dict[str, Any]:
    transaction = world.transaction(merchant, payment_id)
    return _collection([events.refund_entity(one) for one in world.refunds_of(transaction)])


@endpoint
def settlement_report(world: World, merchant: Merchant, request: HttpRequest) -> dict[str, Any]:
    year, month, day, count, skip = (
        int(request.GET.get(name, default))
        for name, default in (("year", 0), ("month", 0), ("day", 0), ("count", 10), ("skip", 0))
    )
    if count > MOST_ROWS:
        raise ApiError(400, "", "", "The count may not be greater than 1000.")
    on = date(year, month, day)
    rows = settlement_rows(world, merchant, on, on)[skip : skip + count]
    return _collection([events.settlement_item(batch, row) for batch, row in rows])


def checkout(sandbox: Sandbox, request: HttpRequest) -> HttpResponse:
    """Show the page of an order; the form says where the browser goes afterwards."""

    def brought(world: World) -> Order:
        order = world.order_named(request.POST.get("order_id", ""))
        merchant = world.merchants[order.merchant_id]
        if request.POST.get("key_id") not in [keys.key_id for keys in events.keys_of(merchant)]:
            raise PageError("not_genuine")
        order.ru = request.POST.get("callback_url", "")
        return order

    return pages.show_order(sandbox, request, brought)


def _caller(world: World, request: HttpRequest) -> Merchant:
    """Return the merchant whose key and secret the request carries. :raises ApiError:"""
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    wanted = b64decode(given).decode() if kind == "Basic" else ""
    for merchant in world.merchants.values():
        if merchant.scheme == "razorpay" and wanted in [f"{k.key_id}:{k.secret}" for k in events.keys_of(merchant)]:
            return merchant
    raise ApiError(401, "", "", "Authentication failed")


def _paid(world: World, order: Order) -> int:
    return sum(one.amount_paise for one in world.transactions_of(order) if one.status == SUCCESS)


def _collection(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"entity": "collection", "count": len(items), "items": items}


def _spoiled(fault: str, content: dict[str, Any]) -> HttpResponse | None:
    """Return the answer as a tester wants it spoiled, once."""
    if fault == "unavailable":
        return HttpResponse("<h1>Service Unavailable</h1>", status=503)
    if fault == "garbage":
        return HttpResponse("<h1>Welcome</h1>")
    if fault == "other_amount":
        return JsonResponse({**content, "amount": 100})
    if fault == "other_order":
        return JsonResponse(
            {
                **content,
                "receipt": "SOMEOTHERORDER",
                "items": [{**one, "receipt": "SOMEOTHERORDER"} for one in content.get("items", [])],
            }
        )
    return None
