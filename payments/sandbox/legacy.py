"""The older BillDesk: pipe messages in a form field, answered in plain text. Orders come in with the payer's browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse

from payments.sandbox import pages, pipes
from payments.sandbox.outcomes import SUCCESS
from payments.sandbox.pipes import NOTHING
from payments.sandbox.records import ApiError, PageError, Silence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from payments.sandbox.app import Sandbox
    from payments.sandbox.records import Merchant, Order
    from payments.sandbox.world import World

ORDER_FIELDS, QUERY_FIELDS, REFUND_FIELDS = 22, 4, 12
INFO = slice(14, 21)


def pay(sandbox: Sandbox, request: HttpRequest) -> HttpResponse:
    """Take in the order that the payer's browser brings, and show the page for it."""

    def brought(world: World) -> Order:
        try:
            return _order(world, *_said(world, request, ORDER_FIELDS))
        except ApiError as problem:
            raise PageError("not_genuine") from problem

    return pages.show_order(sandbox, request, brought)


def query(sandbox: Sandbox, request: HttpRequest) -> HttpResponse:
    """Tell the transaction of an order that counts most, and its last refund."""
    with sandbox.world() as world:
        try:
            merchant, said = _said(world, request, QUERY_FIELDS)
        except ApiError as problem:
            return HttpResponse(str(problem), status=400)
        return _answer(world, merchant, _found(world, merchant, said[2]))


def refund(sandbox: Sandbox, request: HttpRequest) -> HttpResponse:
    """Give money back, or say why not."""
    with sandbox.world() as world:
        try:
            merchant, said = _said(world, request, REFUND_FIELDS)
        except ApiError as problem:
            return HttpResponse(str(problem), status=400)
        return _answer(world, merchant, ["0410", *said[1:8], *_refunded(world, merchant, said)])


def _refunded(world: World, merchant: Merchant, said: Sequence[str]) -> list[str]:
    try:
        transaction = world.transaction(merchant, said[2])
        made = world.give_back(merchant, transaction, refund_ref=said[8], amount_paise=_paise(said[6]))
    except ApiError as problem:
        return [NOTHING, NOTHING, str(problem.content["error_code"]), str(problem), "N"]
    return [made.status, made.refund_id, NOTHING, NOTHING, "Y"]


def _order(world: World, merchant: Merchant, said: Sequence[str]) -> Order:
    """Return the order of a message, made on first sight; the payer may load the page again."""
    known = world.orders.get(f"{merchant.merchant_id}/{said[1]}")
    return known or world.register(
        merchant,
        order_id=said[1],
        amount_paise=_paise(said[3]),
        ru=said[21],
        ordered_at=world.clock(),
        additional_info={f"additional_info{number}": text for number, text in enumerate(said[INFO], start=1)},
    )


def _found(world: World, merchant: Merchant, order_id: str) -> list[str]:
    order = world.orders.get(f"{merchant.merchant_id}/{order_id}")
    transactions = world.transactions_of(order) if order else []
    if not order or not transactions:
        return ["0130", merchant.merchant_id, order_id, *[NOTHING] * 28, "N"]
    paid = [one for one in transactions if one.status == SUCCESS]
    told = (paid or transactions)[-1]
    return ["0130", *pipes.payment(order, told), NOTHING, *pipes.last_refund(world.refunds_of(told)), "Y"]


def _said(world: World, request: HttpRequest, count: int) -> tuple[Merchant, list[str]]:
    """Return who asks, and the fields of the message. :raises ApiError:"""
    message = request.POST.get("msg", "")
    for merchant in world.merchants.values():
        if merchant.merchant_id in message.split("|")[:2]:
            try:
                fields = pipes.opened(message, merchant)
            except ValueError:
                break
            if len(fields) == count:
                return merchant, fields
    raise ApiError(400, "invalid_data_error", "ERR_CHECKSUM", "The message is not signed by a known merchant.")


def _answer(world: World, merchant: Merchant, fields: list[str]) -> HttpResponse:
    """Return the answer, spoiled once when a tester wants it so."""
    fault = world.faults.pop(0) if world.faults else ""
    if fault == "silent":
        raise Silence
    if fault == "unavailable":
        return HttpResponse("<h1>Service Unavailable</h1>", status=503)
    if fault == "garbage":
        return HttpResponse("<h1>Welcome</h1>")
    if fault == "other_order":
        fields = [*fields[:2], "SOMEOTHERORDER", *fields[3:]]
    return HttpResponse(pipes.seal(fields, merchant, forged=fault == "forged"), content_type="text/plain")


def _paise(text: str) -> int:
    return int(text.replace(".", ""))
