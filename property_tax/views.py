"""Door: find by assessee number, see every due, choose, pay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
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
from property_tax import queries, services
from property_tax.forms import EnquiryForm, PaymentForm
from property_tax.wording import WORDING

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from kmc_portal.common.dues import Dues
    from property_tax.queries import AssesseeDues


@dataclass(frozen=True, slots=True)
class Saving:
    """The rebate clock: paying on this day still is cheaper than the day after."""

    last_day: Any
    saved_paise: int
    later_paise: int


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enquiry(request: HttpRequest) -> HttpResponse:
    """Ask for the number, or show what is due under the one that came along."""
    asked = request.POST if request.method == "POST" else request.GET
    if "assessee_number" not in asked:
        return render(request, "property_tax/enquiry.html", {"form": EnquiryForm()})
    return dues_or_question(request, EnquiryForm(asked))


@never_cache
@require_POST
def pay(request: HttpRequest) -> HttpResponse:
    """Open an order for one heading or all and go on to its payment page."""
    form = PaymentForm(request.POST)
    if not form.is_valid():
        return dues_or_question(request, form)
    asked = form.cleaned_data
    try:
        order = services.open_payment(
            assessee_number=asked["assessee_number"],
            heading=asked["heading"],
            amount_paise=int(asked["amount_paise"]) if asked["amount_paise"] else None,
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
    if form.is_valid() or "assessee_number" not in form.errors:
        try:
            number = form.cleaned_data["assessee_number"]
            found = queries.assessee_dues(assessee_number=number, on=day_of(timezone.now()))
        except ServiceError as refusal:
            refuse(form, refusal)
        else:
            return render(request, "property_tax/dues.html", {"form": form, **_dues_page(found, form)})
    return render(request, "property_tax/enquiry.html", {"form": form})


def _dues_page(found: AssesseeDues, form: EnquiryForm) -> dict[str, Any]:
    headings = WORDING.views(found.dues)
    return {
        "assessee": found.assessee,
        "dues": found.dues,
        "headings": headings,
        "can_choose": sum(heading.payable_paise > 0 for heading in headings) > 1,
        "saving": _saving(found.dues),
        "advance_paise": found.advance_paise,
        "waivers": queries.waiver_applications(found.assessee.assessee_number),
        "part": _part_form(form) if found.takes_part_payments else None,
    }


def _part_form(form: EnquiryForm) -> PaymentForm:
    """Return the form for another amount, with what was refused of it."""
    return form if isinstance(form, PaymentForm) and "amount_paise" in form.errors else PaymentForm()


def _saving(dues: Dues) -> Saving | None:
    change = dues.next_change
    if change is None or change.total_paise <= dues.total_paise:
        return None
    return Saving(change.on - timedelta(days=1), change.total_paise - dues.total_paise, change.total_paise)
