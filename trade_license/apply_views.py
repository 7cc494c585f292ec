"""Door: a new trade licence: what it would cost, the application with its papers, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from citizens.web import sign_in_needed, signed_in_mobile
from kmc_portal.common import uploads
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import refuse
from payments.states import Source
from trade_license import changes, enlistment, queries, services
from trade_license.enlistment import Applicant, Trade
from trade_license.forms import ApplicationForm, TradeForm
from trade_license.order_lines import HEAD_LABELS
from trade_license.rulebook import VERSIONS
from trade_license.states import ApplicationKind, PaperKind, Standing
from trade_license.wording import term_label, verdict

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from trade_license.models import Application

NOT_NAMED = {"trade_name": "-", "holder_name": "-", "address": "-", "ward": 1}


@dataclass(frozen=True, slots=True)
class EstimateView:
    """What a term would cost, for the page: the first year by section, and the whole."""

    years: str
    label: str
    total_paise: int


@never_cache
@require_safe
def estimate(request: HttpRequest) -> HttpResponse:
    """Ask for trade and area, or show what a licence for it costs; nobody needs to sign in to know."""
    asked = request.GET if "nature_of_trade" in request.GET else None
    form = TradeForm(asked, trades=trades_by_name())
    page: dict[str, Any] = {"form": form}
    if form.is_valid():
        try:
            page |= _estimates(form.cleaned_data)
        except ServiceError as refusal:
            refuse(form, refusal)
    return render(request, "trade_license/estimate.html", {**page, "query": request.GET.urlencode()})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_needed
def apply(request: HttpRequest) -> HttpResponse:
    """Ask for everything that a new licence needs; a whole application gets its numbers at once."""
    if request.method != "POST":
        form = ApplicationForm(initial=request.GET.dict(), trades=trades_by_name())
        return render(request, "trade_license/apply.html", {"form": form, "terms": _terms(request.GET.dict())})
    form = ApplicationForm(request.POST, request.FILES, trades=trades_by_name())
    if form.is_valid():
        try:
            application = _applied(request, form.cleaned_data)
        except ServiceError as refusal:
            refuse(form, refusal)
        else:
            return redirect("trade_license:application", application.application_number)
    return render(request, "trade_license/apply.html", {"form": form, "terms": _terms(request.POST.dict())}, status=422)


@never_cache
@require_safe
@sign_in_needed
def application(request: HttpRequest, number: str) -> HttpResponse:
    """Show an applicant his application: its numbers, what it is worth, and the way to pay."""
    found = queries.application_of(number=number, mobile=signed_in_mobile(request))
    if found is None:
        raise Http404
    license = queries.license_as_it_is(ce_number=found.license.search_key, on=day_of(timezone.now()))
    page = {
        "application": found,
        "license": license.license,
        "key": queries.key_of(license.license.ce_number),
        "dues": license.dues,
        "total_paise": _total(license, found),
        "verdict": verdict(license.worth),
        "is_valid": license.worth.standing == Standing.ACTIVE,
        "is_new": found.kind == ApplicationKind.NEW,
        "can_withdraw": changes.can_withdraw(found),
        "term": term_label(found.years),
    }
    return render(request, "trade_license/application.html", page)


@never_cache
@require_safe
@sign_in_needed
def applications(request: HttpRequest) -> HttpResponse:
    """List what the reader has applied for."""
    found = queries.applications_of(mobile=signed_in_mobile(request))
    return render(request, "trade_license/applications.html", {"applications": found})


@never_cache
@require_POST
@sign_in_needed
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Open the order for a new licence, for the term that was applied for."""
    found = queries.application_of(number=number, mobile=signed_in_mobile(request))
    if found is None:
        raise Http404
    order = services.open_payment(
        ce_number=found.license.search_key,
        years=found.years,
        source=Source.WEB,
        now=timezone.now(),
        language=get_language() or "en",
    )
    return redirect("payments:pay", order.token)


@never_cache
@require_POST
@sign_in_needed
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take an application back; one that has been decided meanwhile is shown as it is."""
    try:
        changes.withdraw(application_number=number, mobile=signed_in_mobile(request), now=timezone.now())
    except changes.ApplicationNotFound as unknown:
        raise Http404 from unknown
    except changes.ApplicationDecided:
        pass
    return redirect("trade_license:application", number)


def _applied(request: HttpRequest, asked: dict[str, Any]) -> Application:
    """Take in the application with its papers; a refusal leaves nothing of either."""
    trade, now = _trade(asked), timezone.now()
    enlistment.estimate(trade=trade, years=asked["years"], on=day_of(now))
    if not asked["undertakes"]:
        raise enlistment.UndertakingMissing
    identity = (asked["identity_kind"], asked["identity_number"])
    applicant = Applicant(asked["holder_name"], asked["residence"], *identity, signed_in_mobile(request))
    with uploads.kept_papers(asked[kind.value] for kind in PaperKind) as papers:
        return enlistment.apply_for_enlistment(
            trade=trade,
            applicant=applicant,
            years=asked["years"],
            papers=dict(zip(PaperKind, papers, strict=True)),
            undertakes=asked["undertakes"],
            now=now,
        )


def _trade(asked: dict[str, Any]) -> Trade:
    named = {name: asked.get(name, default) for name, default in NOT_NAMED.items()}
    return Trade(
        trade_name=str(named["trade_name"]),
        holder_name=str(named["holder_name"]),
        address=str(named["address"]),
        ward=int(named["ward"]),
        nature_of_trade=asked["nature_of_trade"],
        is_food=asked["is_food"],
        is_air_conditioned=asked["is_air_conditioned"],
        area_sq_ft=int(asked["area_sq_ft"]),
        assessee_number=asked.get("assessee_number", ""),
        email=asked.get("email", ""),
        wants_reminders=asked.get("wants_reminders", False),
    )


def trades_by_name(beside: str = "") -> list[tuple[str, str]]:
    """Return the trades of the schedule in force, under their names in the reader's language, and one that is on record."""
    language, book, on = get_language() or "en", VERSIONS.current(), day_of(timezone.now())
    named = [(row.names["en"], row.names.get(language, row.names["en"])) for row in book.trades(on)]
    known = [] if not beside or beside in dict(named) else [(beside, beside)]
    return [*known, *sorted(named, key=lambda pair: pair[1])]


def _estimates(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what the trade of a form would pay, by section for a year, and in all for each term that is sold."""
    trade, on = _trade(asked), day_of(timezone.now())
    first = enlistment.estimate(trade=trade, years="1", on=on).first_year
    terms = [
        EstimateView(years, term_label(years), enlistment.estimate(trade=trade, years=years, on=on).total_paise)
        for years in enlistment.terms_for(trade=trade, on=on)
    ]
    return {
        "heads": [(gettext(HEAD_LABELS[section]), paise) for section, paise in first.heads],
        "dropped": [gettext(HEAD_LABELS[section]) for section in first.dropped],
        "year_paise": first.amount_paise,
        "estimates": terms,
        "source": first.row.source,
    }


def _terms(asked: dict[str, Any]) -> list[EstimateView]:
    """Return the terms with their prices for what was filled in so far; none while the trade is not known."""
    form = TradeForm(asked, trades=trades_by_name())
    if not form.is_valid():
        return []
    found: list[EstimateView] = _estimates(form.cleaned_data)["estimates"]
    return found


def _total(license: queries.LicenseDues, application: Application) -> int:
    return queries.total_for(license, application.years) if license.dues.total_paise else 0
