"""Door: find by certificate number, see what is due, choose the years, pay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import refuse
from payments.states import Source
from trade_license import premises, queries, services
from trade_license.forms import EnquiryForm, RenewalForm
from trade_license.states import Standing
from trade_license.wording import WORDING, term_label, trade_text, verdict

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from trade_license.queries import LicenseDues


@dataclass(frozen=True, slots=True)
class TermView:
    """For how long one may renew, and what that costs with everything that is due."""

    years: str
    label: str
    total_paise: int


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enquiry(request: HttpRequest) -> HttpResponse:
    """Ask for the number, or show what is due under the one that came along."""
    asked = request.POST if request.method == "POST" else request.GET
    if "ce_number" not in asked:
        return render(request, "trade_license/enquiry.html", {"form": EnquiryForm()})
    return dues_or_question(request, EnquiryForm(asked))


@never_cache
@require_POST
def pay(request: HttpRequest) -> HttpResponse:
    """Open an order for everything due, and the years that were chosen, and go on to its payment page."""
    form = RenewalForm(request.POST)
    if not form.is_valid():
        return dues_or_question(request, form)
    try:
        order = services.open_payment(
            ce_number=form.cleaned_data["ce_number"],
            years=form.cleaned_data["years"],
            source=Source.WEB,
            now=timezone.now(),
            language=get_language() or "en",
        )
    except ServiceError as refusal:
        refuse(form, refusal)
        return dues_or_question(request, form)
    return redirect("payments:pay", order.token)


def dues_or_question(request: HttpRequest, form: EnquiryForm) -> HttpResponse:
    """Show the dues of the form's number, with what was refused; the question again when the number was."""
    if form.is_valid() or "ce_number" not in form.errors:
        try:
            found = queries.license_dues(ce_number=form.cleaned_data["ce_number"], on=day_of(timezone.now()))
        except ServiceError as refusal:
            refuse(form, refusal)
        else:
            return render(request, "trade_license/dues.html", {"form": form, **_dues_page(found)})
    return render(request, "trade_license/enquiry.html", {"form": form})


def _dues_page(found: LicenseDues) -> dict[str, Any]:
    return {
        "license": found.license,
        "nature_of_trade": trade_text(found),
        "key": queries.key_of(found.license.ce_number),
        "dues": found.dues,
        "worth": found.worth,
        "is_valid": found.worth.standing == Standing.ACTIVE,
        "verdict": verdict(found.worth),
        "headings": [heading for heading in WORDING.views(found.dues) if heading.bills],
        "terms": [_term(found, years) for years in queries.terms_sold(found)],
        "last_date": found.last_date,
        "last_counter_day": found.last_counter_day,
        "is_late": found.last_date is not None and found.dues.as_of > found.last_date,
        "premises_owe_paise": premises.owed(found.license.assessee_number, on=found.dues.as_of),
    }


def _term(found: LicenseDues, years: str) -> TermView:
    return TermView(years, term_label(years), queries.total_for(found, years))
