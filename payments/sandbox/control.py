"""The tester's side: see everything, choose endings, steer webhooks, push the clock. JSON for programs, a page for people."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string

from payments.sandbox.messages import IST, METHODS
from payments.sandbox.outcomes import PLANS, by_amount
from payments.sandbox.pages import signed_return
from payments.sandbox.records import Answer, PageError, plain
from payments.sandbox.twists import KNOBS

if TYPE_CHECKING:
    from django.http import HttpRequest

    from payments.sandbox.app import Sandbox

SHOWN = 50
# The first one lets a call pass, so that a later one is spoiled.
FAULTS = (
    "nothing",
    "silent",
    "unavailable",
    "garbage",
    "forged",
    "other_client",
    "other_amount",
    "other_order",
    "other_merchant",
    "used_trace",
    "foreign_address",
)
# The last one is nobody's code: what is not known must not be taken for a failure.
STATUSES = ("0300", "0002", "0399", "0398", "0777")
REFUND_STATUSES = ("0699", "0799", "0002", "0399", "0777")


def overview(sandbox: Sandbox, request: HttpRequest) -> HttpResponse:
    """Show the newest orders and webhooks."""
    with sandbox.world() as world:
        orders = list(reversed(world.orders.values()))[:SHOWN]
        context = {
            "now": world.clock(),
            "today": f"{world.clock().astimezone(IST):%Y-%m-%d}",
            "merchants": list(world.merchants),
            "skipped": sandbox.clock.skipped,
            "rows": [
                (order, world.transactions_of(order), order.outcome or by_amount(order.amount_paise))
                for order in orders
            ],
            "webhooks": list(reversed(world.webhooks.values()))[:SHOWN],
            "holding": world.holding_webhooks,
            "outcomes": list(PLANS),
            "knobs": KNOBS,
            "twists": list(world.twists.values()),
        }
        return HttpResponse(render_to_string("sandbox/sim.html", context))


def state(sandbox: Sandbox, request: HttpRequest) -> HttpResponse:
    """Tell everything the sandbox knows, the newest last."""
    with sandbox.world() as world:
        return JsonResponse(
            {
                "now": world.clock().isoformat(),
                "holding_webhooks": world.holding_webhooks,
                "orders": [
                    {**plain(order), "transactions": [plain(one) for one in world.transactions_of(order)]}
                    for order in world.orders.values()
                ],
                "refunds": [plain(refund) for refund in world.refunds.values()],
                "twists": [{**plain(twist), "breaks": twist.breaks} for twist in world.twists.values()],
                "webhooks": [plain(webhook) for webhook in world.webhooks.values()],
            }
        )


def force_outcome(sandbox: Sandbox, request: HttpRequest, reference: str) -> HttpResponse:
    """`outcome`: how the next payment of an order ends, and how one that waits ends now."""
    with sandbox.world() as world:
        try:
            world.force(world.order_named(reference), chosen(request, "outcome", PLANS))
        except (PageError, LookupError) as problem:
            return no(problem)
    return done(request)


def pay(sandbox: Sandbox, request: HttpRequest, reference: str) -> HttpResponse:
    """Pay an order without a browser; the answer holds the form that the browser would bring to the merchant."""
    with sandbox.world() as world:
        said = asked(request)
        try:
            order = world.order_named(reference)
            outcome = chosen(request, "outcome", PLANS) if said.get("outcome") else ""
            method = chosen(request, "method", METHODS) if said.get("method") else "upi"
            transaction = world.pay(order, method=method, outcome=outcome)
        except (PageError, LookupError) as problem:
            return no(problem)
        fields = signed_return(world, transaction)
    return done(request, transaction=plain(transaction), ru=order.ru, fields=fields)


def set_status(sandbox: Sandbox, request: HttpRequest, reference: str) -> HttpResponse:
    """`status`: give a transaction another status, even one that should not follow, and send a webhook."""
    with sandbox.world() as world:
        try:
            world.decide(world.transactions[reference], chosen(request, "status", STATUSES))
        except LookupError as problem:
            return no(problem)
    return done(request)


def set_refund_status(sandbox: Sandbox, request: HttpRequest, reference: str) -> HttpResponse:
    """`status`: give a refund, named by the merchant's reference, another status."""
    with sandbox.world() as world:
        try:
            world.decide_refund(world.refund_named(reference), chosen(request, "status", REFUND_STATUSES))
        except LookupError as problem:
            return no(problem)
    return done(request)


def steer_webhook(sandbox: Sandbox, request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """Send a webhook now (again), hold it back, or put a second one beside it."""
    with sandbox.world() as world:
        try:
            webhook = world.webhooks[int(number)]
        except KeyError as problem:
            return no(problem)
        if verb == "hold":
            webhook.held = True
        elif verb == "send":
            webhook.held, webhook.done_at, webhook.due_at = False, None, world.clock()
        else:
            number_after = max(world.webhooks) + 1
            world.queue(
                replace(
                    webhook, webhook_id=number_after, due_at=world.clock(), held=False, tries=0, answer="", done_at=None
                )
            )
    return done(request)


def steer_all_webhooks(sandbox: Sandbox, request: HttpRequest, verb: str) -> HttpResponse:
    """Hold back every webhook from now on, or let all go."""
    with sandbox.world() as world:
        world.holding_webhooks = verb == "hold"
        for webhook in world.webhooks.values():
            webhook.held = webhook.held and world.holding_webhooks
    return done(request)


def advance_clock(sandbox: Sandbox, request: HttpRequest) -> HttpResponse:
    """`seconds`: let so much time pass at once."""
    with sandbox.world():
        sandbox.clock.advance(timedelta(seconds=float(asked(request).get("seconds", 0))))
    with sandbox.world() as world:
        return done(request, now=world.clock().isoformat())


def add_faults(sandbox: Sandbox, request: HttpRequest) -> HttpResponse:
    """`fault`: spoil the next answer of the API in this way."""
    with sandbox.world() as world:
        try:
            world.faults.append(chosen(request, "fault", FAULTS))
        except LookupError as problem:
            return no(problem)
    return done(request)


def add_answer(sandbox: Sandbox, request: HttpRequest) -> HttpResponse:
    """`status`, `body`, `content_type`: answer the next call of a gateway so, whatever it asks; status 0 hangs up."""
    wish = asked(request)
    try:
        answer = Answer(**{**wish, "status": int(wish["status"])})
    except (KeyError, TypeError, ValueError) as problem:
        return no(problem)
    with sandbox.world() as world:
        world.answers.append(answer)
    return done(request)


def heard(sandbox: Sandbox, request: HttpRequest) -> HttpResponse:
    """Tell what was asked by the calls that a tester's answers were given to."""
    with sandbox.world(changes=False) as world:
        return JsonResponse({"heard": world.heard})


def asked(request: HttpRequest) -> dict[str, Any]:
    """Return what a program sent as JSON, or a person by a form."""
    return json.loads(request.body or b"{}") if request.content_type == "application/json" else request.POST.dict()


def chosen(request: HttpRequest, name: str, known: Any) -> str:
    """Return one of the choices. :raises LookupError: with the choices, when the request names none of them"""
    value = str(asked(request).get(name))
    if value not in known:
        raise LookupError(f"{name} is one of: {', '.join(known)}")
    return value


def done(request: HttpRequest, **content: Any) -> HttpResponse:
    """Answer a program with JSON and a person with the page."""
    return JsonResponse(content) if request.content_type == "application/json" else HttpResponseRedirect("/sim/")


def no(problem: Exception) -> HttpResponse:
    return JsonResponse({"error": {"code": "not_possible", "message": str(problem), "field": ""}}, status=400)
