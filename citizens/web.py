"""For the views of every app: whose browser this is, by the mobile number that was proved."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from citizens import sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    View = Callable[..., HttpResponse]

COOKIE = "citizen"


def signed_in_mobile(request: HttpRequest) -> str:
    """Return the mobile number that the reader has proved, as `+919830012345`; empty when nobody is signed in."""
    return sessions.mobile_of(key=_key(request), now=timezone.now())


def sign_in_needed(view: View) -> View:
    """Send a reader who is not signed in to `/sign-in/` and back to this page afterwards."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if signed_in_mobile(request):
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('citizens:sign_in')}?{urlencode({'next': request.get_full_path()})}")

    return guarded


def sign_in(request: HttpRequest, response: HttpResponse, *, mobile: str) -> None:
    """Give the browser a new key; the one it had opens nothing any more."""
    sessions.end(key=_key(request))
    key = sessions.begin(mobile=mobile, now=timezone.now())
    set_cookie(response, COOKIE, key)


def sign_out(request: HttpRequest, response: HttpResponse) -> None:
    """End the reader's session, here and in the browser."""
    sessions.end(key=_key(request))
    response.delete_cookie(COOKIE)


def set_cookie(response: HttpResponse, name: str, value: str, *, max_age: int | None = None) -> None:
    """Set a signed cookie that no script reads and no other site sends."""
    response.set_signed_cookie(
        name,
        value,
        salt=name,
        max_age=max_age,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def safe_next(address: str) -> str:
    """Return an address of ours to go on to; empty for one that leads away."""
    is_ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if is_ours else ""


def _key(request: HttpRequest) -> str:
    return str(request.get_signed_cookie(COOKIE, default="", salt=COOKIE))
