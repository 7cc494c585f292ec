"""Door: a holder asks for a correction, a change or a new address; the committee decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from citizens.web import sign_in_needed, signed_in_mobile
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import refuse
from trade_license import changes, inputs
from trade_license.apply_views import trades_by_name
from trade_license.changes import CHANGEABLE
from trade_license.forms import AddressForm, ChangeForm, CorrectionForm
from trade_license.states import ApplicationKind

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest, HttpResponse

    from trade_license.models import License

TITLES = {
    ApplicationKind.CORRECTION: _("Correct what the demand prints"),
    ApplicationKind.CHANGE: _("The trade has changed"),
    ApplicationKind.ADDRESS: _("The business has moved"),
}
NUMBERS = ("area_sq_ft", "ward")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_needed
def change(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """Show what is on record to its holder and take what is to be changed; anybody else's number is not known here."""
    if kind not in TITLES:
        raise Http404
    asked_for, mobile = ApplicationKind(kind), signed_in_mobile(request)
    try:
        license = changes.license_of(inputs.ce_number(number), mobile)
    except ServiceError as refusal:
        refused = {"refusal": refusal.user_message}
        return render(request, "payments/not_ours.html", refused, status=refusal.http_status)
    form = _form(asked_for, license, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            application = changes.apply_for_change(
                ce_number=license.search_key,
                kind=asked_for,
                wanted=_wanted(asked_for, form.cleaned_data),
                applicant_name=license.holder_name,
                mobile=mobile,
                now=timezone.now(),
            )
        except ServiceError as refusal:
            refuse(form, refusal)
        else:
            return redirect("trade_license:application", application.application_number)
    page = {"form": form, "license": license, "title": TITLES[asked_for]}
    return render(request, "trade_license/change.html", page, status=422 if form.errors else 200)


def _form(kind: ApplicationKind, license: License, posted: Any) -> forms.Form:
    record = {name: getattr(license, name) for name in CHANGEABLE[kind]}
    if kind == ApplicationKind.CHANGE:
        return ChangeForm(posted, initial=record, trades=trades_by_name(license.nature_of_trade))
    form_class = CorrectionForm if kind == ApplicationKind.CORRECTION else AddressForm
    return form_class(posted, initial=record)


def _wanted(kind: ApplicationKind, cleaned: dict[str, Any]) -> dict[str, Any]:
    return {
        name: int(value) if name in NUMBERS else value for name, value in cleaned.items() if name in CHANGEABLE[kind]
    }
