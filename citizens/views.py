"""Door: sign in with a mobile number and the code that comes to it. No password, no account, no script needed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from citizens import remembered, services, web
from citizens.forms import CodeForm, MobileForm
from citizens.states import Purpose
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.masking import masked_phone
from kmc_portal.common.web import client_address, refuse
from payments.states import Source

if TYPE_CHECKING:
    from django import forms
    from django.http import HttpRequest, HttpResponse

# Between the two pages the number stays in the browser, signed; it never stands in an address.
ASKING = "signing_in"


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the number, or send a code to it. Who is signed in already is told so."""
    onward = web.safe_next(request.POST.get("next", "") or request.GET.get("next", ""))
    form = MobileForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _ask_number(request, form, onward)
    try:
        _send(request, form.cleaned_data["mobile"])
    except ServiceError as refusal:
        refuse(form, refusal)
        return _ask_number(request, form, onward, status=refusal.http_status)
    response = redirect("citizens:sign_in_code")
    asking = json.dumps([form.cleaned_data["mobile"], onward])
    web.set_cookie(response, ASKING, asking, max_age=int(settings.CODE_LASTS.total_seconds()))
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code, or believe it and go on to the page that was wanted."""
    mobile, onward = json.loads(str(request.get_signed_cookie(ASKING, default='["", ""]', salt=ASKING)))
    if not mobile:
        return redirect("citizens:sign_in")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _ask_code(request, form, mobile)
    try:
        _confirm(request, mobile, form.cleaned_data["code"])
    except ServiceError as refusal:
        refuse(form, refusal)
        return _ask_code(request, form, mobile, status=refusal.http_status)
    response = redirect(onward or "citizens:sign_in")
    web.sign_in(request, response, mobile=mobile)
    response.delete_cookie(ASKING)
    return response


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Leave nothing on a computer that several people use."""
    response = redirect("front_page")
    web.sign_out(request, response)
    response.delete_cookie(ASKING)
    return response


@never_cache
@require_POST
def remember(request: HttpRequest) -> HttpResponse:
    """Remember a number in this browser: pressing the button under what that means is the consent."""
    response = redirect("front_page")
    try:
        address = remembered.remember(
            request, response, kind=request.POST.get("kind", ""), text=request.POST.get("reference", "")
        )
    except ServiceError:
        return response
    response["Location"] = address or response["Location"]
    return response


@never_cache
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Forget a number that this browser remembers, and go back to where it was shown."""
    response = redirect(web.safe_next(request.POST.get("next", "")) or "front_page")
    remembered.forget(request, response, kind=request.POST.get("kind", ""), reference=request.POST.get("reference", ""))
    return response


def _send(request: HttpRequest, mobile: str) -> None:
    services.send_code(
        purpose=Purpose.SIGN_IN,
        mobile=mobile,
        subject="",
        client=client_address(request),
        now=timezone.now(),
        language=get_language() or "",
        source=Source.WEB,
    )


def _confirm(request: HttpRequest, mobile: str, code: str) -> None:
    services.confirm_code(
        purpose=Purpose.SIGN_IN,
        mobile=mobile,
        subject="",
        code=code,
        client=client_address(request),
        now=timezone.now(),
    )


def _ask_number(request: HttpRequest, form: forms.Form, onward: str, *, status: int = 200) -> HttpResponse:
    mobile = web.signed_in_mobile(request)
    context = {"form": form, "next": onward, "signed_in": masked_phone(mobile) if mobile else ""}
    return render(request, "citizens/sign_in.html", context, status=status)


def _ask_code(request: HttpRequest, form: forms.Form, mobile: str, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "masked_mobile": masked_phone(mobile)}
    return render(request, "citizens/sign_in_code.html", context, status=status)
