"""Door: the payment page, the way back from the gateway, receipts and their verification."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

import structlog
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kmc_portal.common.clock import day_of
from kmc_portal.common.codes import CodeMalformed, clean_code, printed_code
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import client_address, public_url, refuse, speak
from payments import guesses, hooks, inbox, ledger, papers, polling, queries, services
from payments.accounts import services as accounts
from payments.forms import VerifyForm
from payments.gateways import upi
from payments.payables import payable_of
from payments.states import Way
from payments.verifiables import CodeNotGenuine, verification

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from payments.models import PaymentOrder, Receipt
    from payments.queries import OrderStatus

log = structlog.get_logger()


def refusing_strangers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer a token that is not ours with a page that says so, for it may have come from a cheat."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        try:
            return view(request, token)
        except (services.OrderNotFound, queries.ReceiptNotFound) as refusal:
            shown = _counted(request, refusal)
            context = {"refusal": shown.user_message}
            return render(request, "payments/not_ours.html", context, status=shown.http_status)

    return guarded


def _counted(request: HttpRequest, refusal: ServiceError) -> ServiceError:
    """Count a link or code that is not ours, and return what is said of it: at some number that it is one too many."""
    try:
        guesses.note_guess(address=client_address(request), now=timezone.now())
    except guesses.GuessLimitReached as limit:
        return limit
    return refusal


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@refusing_strangers
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """What is to be paid and how far it has got; a POST sends the payer to the gateway."""
    found = _order(request, token)
    if request.method == "POST":
        return _leave(request, found)
    if found.receipt_token:
        return redirect("payments:receipt", found.receipt_token)
    if found.step == "checking" and queries.upi_link(found.order, now=timezone.now()):
        return redirect("payments:pay_by_upi", token)
    return _pay_page(request, found)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@refusing_strangers
def pay_by_upi(request: HttpRequest, token: str) -> HttpResponse:
    """The code and the buttons for UPI apps, until the money has come; a POST asks the gateway for them.

    Who follows a link here has nothing yet: the page asks by itself, or has a button where there is no script.
    """
    found = _order(request, token)
    if request.method == "POST":
        return _leave(request, found, way=Way.UPI)
    link = queries.upi_link(found.order, now=timezone.now())
    if not link and found.step not in ("open", "failed"):
        return redirect("payments:pay", token)
    platform = upi.platform_of(request.headers.get("User-Agent", ""))
    context = {
        "order": found.order,
        "link": link,
        "code": papers.square_code(link) if link else "",
        "apps": [(app.name, upi.for_app(link, app, platform=platform)) for app in upi.APPS if platform],
    }
    return render(request, "payments/upi.html", context)


def _leave(request: HttpRequest, found: OrderStatus, *, way: Way = Way.PAGE) -> HttpResponse:
    try:
        checkout = services.start_attempt(
            token=found.order.token,
            now=timezone.now(),
            return_url=public_url("payments:gateway_return", "ACCOUNT").replace("ACCOUNT", "{account}"),
            payer_ip=client_address(request),
            user_agent=request.headers.get("User-Agent", ""),
            way=way,
        )
    except services.OrderAlreadyPaid:
        return redirect("payments:pay", found.order.token)
    except services.OrderExpired as refusal:
        return _pay_page(request, found, step="closed", status=refusal.http_status)
    except ServiceError as refusal:
        return _pay_page(request, found, refusal=refusal.user_message, status=refusal.http_status)
    if way == Way.UPI:
        return HttpResponseRedirect(reverse("payments:pay_by_upi", args=[found.order.token]), status=303)
    return render(request, "payments/leave.html", {"checkout": checkout, "order": found.order})


def _pay_page(
    request: HttpRequest, found: OrderStatus, *, step: str = "", refusal: str = "", status: int = 200
) -> HttpResponse:
    shown = step or _step(request, found)
    context = {
        "order": found.order,
        "step": shown,
        "bills": papers.bills_of(found.order),
        "refusal": refusal,
        "offers_upi": shown in ("open", "failed") and _offers_upi(found.order),
    }
    return render(request, "payments/pay.html", context, status=status)


def _offers_upi(order: PaymentOrder) -> bool:
    return accounts.offers_upi(service=order.kind, amount_paise=order.amount_paise, on=day_of(timezone.now()))


def _step(request: HttpRequest, found: OrderStatus) -> str:
    """Return what to show: who has just come back from the gateway waits for its word, whatever the browser says."""
    if found.step == "open" and "returned" in request.GET:
        return "checking"
    if found.step in ("open", "failed") and found.order.expires_at <= timezone.now():
        return "closed"
    return found.step


@never_cache
@require_GET
@refusing_strangers
def status(request: HttpRequest, token: str) -> JsonResponse:
    """The step of an order, for the page that waits for it."""
    return JsonResponse({"step": _order(request, token).step})


@never_cache
@require_POST
@refusing_strangers
def check(request: HttpRequest, token: str) -> HttpResponse:
    """Ask the gateway now, because somebody waits."""
    polling.check_now(token=token, now=timezone.now())
    found = _order(request, token)
    if not found.receipt_token and queries.upi_link(found.order, now=timezone.now()):
        return HttpResponseRedirect(reverse("payments:pay_by_upi", args=[token]), status=303)
    return _waiting(token)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def gateway_return(request: HttpRequest, account: str) -> HttpResponse:
    """The payer's browser is back. What it carries is kept and read, but what the page says is what the books say."""
    try:
        message_id = hooks.keep(request, account, source="return")
    except hooks.TooLarge:
        return HttpResponse(status=413)
    try:
        message = inbox.read(message_id, now=timezone.now())
        token = queries.order_status_by_ref(account=account, order_ref=message.order_ref).order.token
    except services.OrderNotFound:
        return render(request, "payments/returned.html")
    except Exception:  # it is stored and read again later; the payer gets a page all the same
        log.exception("return_unread", message_id=message_id)
        return render(request, "payments/returned.html")
    return _waiting(token)


def _waiting(token: str) -> HttpResponse:
    # 303: whatever brought the browser here, it goes on with a GET and never repeats its POST.
    return HttpResponseRedirect(f"{reverse('payments:pay', args=[token])}?returned", status=303)


@never_cache
@require_GET
@refusing_strangers
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    found = _receipt(request, token)
    order, stands = found.payment.order, papers.stands_today(found)
    context = {
        "receipt": found,
        "order": order,
        "bills": papers.bills_of(order),
        "heads": papers.heads_of(order),
        "details": papers.payment_details(found),
        "kept_paise": sum(place.paise for place in stands if place.kind in ledger.KEPT),
        "stands_today": stands,
        "reversal": papers.reversal_of(found),
        "realisation": papers.realisation_text(found),
        "refunds": [papers.refund_text(refund) for refund in papers.refunds_of(found)],
        "papers": payable_of(order.kind).papers(paid_by=order.order_number),
        "code": printed_code(found.code),
    }
    return render(request, "payments/receipt.html", context)


@never_cache
@require_GET
@refusing_strangers
def receipt_pdf(request: HttpRequest, token: str) -> HttpResponse:
    found = _receipt(request, token)
    name = found.receipt_number.replace("/", "-")
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return HttpResponse(papers.receipt_paper(found), content_type="application/pdf", headers=headers)


@require_GET
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a code or a link; a good one goes on to the page that answers for it."""
    form = VerifyForm(request.GET) if "code" in request.GET else VerifyForm()
    if form.is_bound and form.is_valid():
        return redirect(f"{get_script_prefix()}{form.cleaned_data['code']}")
    return render(request, "payments/verify.html", {"form": form})


@never_cache
@require_GET
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    try:
        found = verification(code=code, on=day_of(timezone.now()))
    except ServiceError as refusal:
        shown = _counted(request, refusal) if isinstance(refusal, CodeNotGenuine) else refusal
        form = VerifyForm({"code": code})
        if form.is_valid():
            refuse(form, shown)
        return render(request, "payments/verify.html", {"form": form}, status=429 if shown is not refusal else 404)
    return render(request, "payments/verified.html", {"found": found, "code": _code_shown(code)})


def _code_shown(typed: str) -> str:
    """Return the code as papers print it; nothing when a number was typed in its place."""
    try:
        return printed_code(clean_code(typed))
    except CodeMalformed:
        return ""


def _order(request: HttpRequest, token: str) -> OrderStatus:
    found = queries.order_status(token=token)
    speak(request, found.order.language)
    return found


def _receipt(request: HttpRequest, token: str) -> Receipt:
    found = queries.receipt_by_token(token=token)
    speak(request, found.payment.order.language)
    return found
