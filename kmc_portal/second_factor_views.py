"""Door: the code of a clerk's phone, asked for after the password and before any page of the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_otp import login as prove

from kmc_portal import second_factor
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse
    from django_otp.plugins.otp_totp.models import TOTPDevice

DESK = "/admin/"
# Reached before the second factor: the way in, the way out, and what their pages load.
WITHOUT = ("/admin/login/", "/admin/logout/", "/admin/jsi18n/", "/admin/second-factor/")


class RequireSecondFactor:
    """Send a clerk who has given the password only to the page that asks for the code."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if path.startswith(DESK) and not path.startswith(WITHOUT) and _lacks_it(request):
            return redirect(f"{reverse('second_factor')}?{urlencode({'next': request.get_full_path()})}")
        return self.get_response(request)


def _lacks_it(request: HttpRequest) -> bool:
    if not settings.STAFF_TWO_FACTOR or not request.user.is_authenticated:
        return False
    return not cast("Any", request.user).is_verified()


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("Six digits of the app"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
    )


@never_cache
@login_required(login_url="admin:login")
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor_page(request: HttpRequest) -> HttpResponse:
    """Ask for the code; of who has no phone enrolled yet, enrol the one whose code comes back."""
    user = cast("User", request.user)
    if not user.is_staff:
        raise PermissionDenied
    form, device = CodeForm(request.POST or None), second_factor.device_of(user)
    if form.is_valid():
        try:
            second_factor.check(device, form.cleaned_data["code"])
        except ServiceError as refusal:
            refuse(form, refusal)
        else:
            prove(request, device)
            return HttpResponseRedirect(_next(request))
    return render(request, "admin/second_factor.html", {**_frame(request), "form": form, **_to_enrol(device)})


def _frame(request: HttpRequest) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": gettext("Code of your phone"), "has_permission": False}


def _to_enrol(device: TOTPDevice) -> dict[str, str]:
    """Return what an app needs to know of a phone that is not enrolled yet; of one that is, nothing is shown again."""
    if device.confirmed:
        return {}
    return {"square": second_factor.square_of(device), "secret": second_factor.secret_of(device)}


def _next(request: HttpRequest) -> str:
    """Return where the clerk wanted to go, if that is a page of ours."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and wanted.startswith("/") else reverse("admin:index")
