"""Door: close a certificate of enlistment with a code to the mobile on record."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from citizens.forms import CodeForm
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import client_address, refuse
from payments.states import Source
from trade_license import closure, queries
from trade_license.forms import EnquiryForm
from trade_license.states import Standing
from trade_license.wording import verdict

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest, HttpResponse


class ClosureForm(EnquiryForm, CodeForm):
    """The certificate's number and the code that came for it."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask which certificate, or send a code for it. Whether there is one, the answer does not tell."""
    if request.method != "POST":
        form = EnquiryForm(initial={"ce_number": request.GET.get("ce_number", "")[:40]})
        return render(request, "trade_license/close.html", {"form": form})
    form, status = EnquiryForm(request.POST), 200
    if form.is_valid():
        try:
            closure.ask_for_code(
                ce_number=form.cleaned_data["ce_number"],
                client=client_address(request),
                now=timezone.now(),
                language=get_language() or "",
                source=Source.WEB,
            )
        except ServiceError as refusal:
            refuse(form, refusal)
            status = refusal.http_status
        else:
            return redirect(_address("close_code", form.cleaned_data["ce_number"]))
    return render(request, "trade_license/close.html", {"form": form}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the code, or close the certificate by it."""
    if request.method != "POST":
        number = EnquiryForm(request.GET)
        if not number.is_valid():
            return redirect("trade_license:close")
        return _ask_code(request, CodeForm(), number.cleaned_data["ce_number"])
    form = ClosureForm(request.POST)
    if not form.is_valid():
        return _ask_code(request, form, request.POST.get("ce_number", "")[:40], status=422)
    try:
        closure.close_license(
            **form.cleaned_data, client=client_address(request), now=timezone.now(), source=Source.WEB
        )
    except ServiceError as refusal:
        refuse(form, refusal)
        return _ask_code(request, form, form.cleaned_data["ce_number"], status=refusal.http_status)
    return redirect(_address("closed", form.cleaned_data["ce_number"]))


@never_cache
@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    """Show that a certificate is closed, and since when; anything else is for the page of its dues."""
    form = EnquiryForm(request.GET)
    if not form.is_valid():
        return redirect("trade_license:close")
    number = form.cleaned_data["ce_number"]
    try:
        found = queries.license_as_it_is(ce_number=number, on=day_of(timezone.now()))
    except ServiceError:
        return redirect(_address("enquiry", number))
    if found.worth.standing != Standing.CLOSED:
        return redirect(_address("enquiry", number))
    return render(request, "trade_license/closed.html", {"license": found.license, "verdict": verdict(found.worth)})


def _ask_code(request: HttpRequest, form: forms.Form, ce_number: str, *, status: int = 200) -> HttpResponse:
    return render(request, "trade_license/close_code.html", {"form": form, "ce_number": ce_number}, status=status)


def _address(name: str, ce_number: str) -> str:
    return f"{reverse(f'trade_license:{name}')}?{urlencode({'ce_number': ce_number})}"
