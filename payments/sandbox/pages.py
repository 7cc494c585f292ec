"""The hosted payment page: plain HTML, no script needed, in three languages, and plainly a test bank."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import segno
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from payments.sandbox import voices
from payments.sandbox.messages import METHODS, rupees
from payments.sandbox.outcomes import PLANS, SUCCESS
from payments.sandbox.records import Order, PageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.utils.functional import Promise

    from payments.sandbox.app import Sandbox
    from payments.sandbox.records import Transaction
    from payments.sandbox.world import World

BANK_VPA = "kmc.test@simbank"
# Local government services; UPI apps show it and some limits hang on it.
CATEGORY_CODE = "9311"


class Button(NamedTuple):
    """What the payer may make the test bank do."""

    action: str
    label: str | Promise


ENDINGS = (
    Button("failure", _("Fail")),
    Button("pending_success", _("Pending, then success")),
    Button("pending_failure", _("Pending, then failure")),
    Button("closed_tab", _("Pay and close the tab")),
)
METHOD_LABELS = {
    "upi": (_("UPI"), _("Scan the code or open your UPI app")),
    "card": (_("Card"), _("Debit or credit card; no number is asked for")),
    "netbanking": (_("Net banking"), _("Through the test bank")),
}
NOTICES = {
    "not_genuine": (_("This payment page is not genuine"), _("Go back to the bill and start the payment again.")),
    "altered": (_("The amount was changed on the way"), _("Nothing was paid. Go back to the bill and start again.")),
    "expired": (_("This payment page has expired"), _("Nothing was paid here. Go back to the bill and start again.")),
    "paid": (_("This order is paid already"), _("Nothing more is needed. Go back to see your receipt.")),
    "waiting": (_("A payment is on its way"), _("Do not pay again. Go back; the bank's answer will follow.")),
}


def show(sandbox: Sandbox, request: HttpRequest) -> HttpResponse:
    """Draw the page that the form of BillDesk's order leads to."""
    return show_order(sandbox, request, lambda world: _order(world, request))


def show_order(sandbox: Sandbox, request: HttpRequest, find: Callable[[World], Order]) -> HttpResponse:
    """Draw the page of the order that `find` returns, or say why it cannot be paid."""
    with sandbox.world() as world, _language(request):
        order = None
        try:
            order = find(world)
            world.payable(order)
        except PageError as problem:
            return _notice(world, order, problem)
        return _page("pay", **_shown(world, order))


def pay(sandbox: Sandbox, request: HttpRequest) -> HttpResponse:
    """Do what the pressed button says and send the payer back to the merchant."""
    with sandbox.world() as world, _language(request):
        order = None
        try:
            order = _order(world, request)
            if request.POST.get("action") == "cancel":
                return _return_page(world, order, unsigned_return(world, order))
            transaction = _paid(world, request, order)
        except PageError as problem:
            return _notice(world, order, problem)
    plan = PLANS[transaction.outcome]
    if plan.webhook_first:
        sandbox.courier.deliver_due()
    with sandbox.world() as world, _language(request):
        if not plan.browser_returns:
            return _page("closed", order=order, merchant=world.merchants[order.merchant_id])
        return _return_page(world, order, signed_return(world, transaction))


def font(sandbox: Sandbox, request: HttpRequest, name: str) -> HttpResponse:
    """Return one of the portal's fonts: many a machine has none for Bengali or Hindi."""
    content = (settings.BASE_DIR / "static" / "fonts" / f"{name}.woff2").read_bytes()
    return HttpResponse(content, content_type="font/woff2", headers={"Cache-Control": "max-age=86400"})


def signed_return(world: World, transaction: Transaction) -> dict[str, str]:
    """Return the form with which the browser brings a result to the merchant."""
    return voices.returned(transaction, world.order_of(transaction), world.merchants[transaction.merchant_id])


def unsigned_return(world: World, order: Order) -> dict[str, str]:
    """Return the form of a payer who gave up."""
    return voices.given_up(order, world.merchants[order.merchant_id])


def upi_link(order: Order, payee: str) -> str:
    """Return the link that a UPI app would be given; no app knows this bank, so it pays nobody."""
    fields = {
        "pa": BANK_VPA,
        "pn": payee,
        "mc": CATEGORY_CODE,
        "tr": order.order_id,
        "tn": f"Test {order.order_id}",
        "am": rupees(order.amount_paise),
        "cu": "INR",
    }
    # Some apps show a plus where a space is meant.
    return "upi://pay?" + "&".join(f"{name}={quote(value, safe='@')}" for name, value in fields.items())


def _paid(world: World, request: HttpRequest, order: Order) -> Transaction:
    if request.POST.get("amount") != rupees(order.amount_paise):
        raise PageError("altered")
    action, method = request.POST.get("action", "pay"), request.POST.get("method")
    return world.pay(
        order,
        method=method if method in METHODS else "upi",
        outcome=action if action in dict(ENDINGS) else "",
    )


def _order(world: World, request: HttpRequest) -> Order:
    """Return the order whose key the form carries. :raises PageError:"""
    order = world.order_named(request.POST.get("bdorderid", ""))
    if not hmac.compare_digest(order.rdata.encode(), request.POST.get("rdata", "").encode()):
        raise PageError("not_genuine")
    return order


def _shown(world: World, order: Order) -> dict[str, Any]:
    merchant = world.merchants[order.merchant_id]
    link = upi_link(order, merchant.name)
    code = segno.make(link, error="m", micro=False)
    return {
        "order": order,
        "merchant": merchant,
        "amount": rupees(order.amount_paise),
        "methods": [(name, *METHOD_LABELS[name]) for name in METHODS],
        "endings": ENDINGS,
        "upi_link": link,
        "vpa": BANK_VPA,
        "qr": code.svg_inline(scale=4, border=4, svgclass=None, lineclass=None, omitsize=True),
    }


def _return_page(world: World, order: Order, fields: dict[str, str]) -> HttpResponse:
    return _page("return", order=order, merchant=world.merchants[order.merchant_id], fields=fields)


def _notice(world: World, order: Order | None, problem: PageError) -> HttpResponse:
    title, advice = NOTICES[problem.reason]
    context: dict[str, Any] = {"title": title, "advice": advice}
    if order and problem.reason != "altered":
        paid = [one for one in world.transactions_of(order) if one.status == SUCCESS]
        context |= {
            "order": order,
            "merchant": world.merchants[order.merchant_id],
            "fields": signed_return(world, paid[0]) if paid else unsigned_return(world, order),
        }
    return _page("notice", status=400, **context)


def _page(name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    context |= {"language": translation.get_language(), "languages": settings.LANGUAGES}
    return HttpResponse(render_to_string(f"sandbox/{name}.html", context), status=status)


def _language(request: HttpRequest) -> translation.override:
    """Return the reader's language: the one asked for in the address, or else the browser's first."""
    asked = request.GET.get("lang", "")
    known = asked in dict(settings.LANGUAGES)
    return translation.override(asked if known else translation.get_language_from_request(request))
