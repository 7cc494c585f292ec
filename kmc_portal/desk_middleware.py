"""What every page of the desk is asked through: does the clerk's session go on, and who acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext

from kmc_portal import clerk_sessions
from kmc_portal.common import trail
from kmc_portal.common.web import client_address
from kmc_portal.second_factor_views import DESK, WITHOUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse

KEY = "clerk"


def remember(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    """Begin the session of a clerk who has given the password."""
    if user.is_staff:
        request.session[KEY] = clerk_sessions.begin(user_id=user.pk, now=timezone.now())


class ClerkSessions:
    """Sign out a clerk whose desk was left alone, or who has signed in at another."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path, user = request.path_info, request.user
        if not path.startswith(DESK) or path.startswith(WITHOUT) or not user.is_authenticated:
            return self.get_response(request)
        if not clerk_sessions.lasts(user_id=user.pk, key=request.session.get(KEY, ""), now=timezone.now()):
            logout(request)
            messages.warning(
                request, gettext("You were signed out: the desk was left alone, or you signed in elsewhere.")
            )
            return redirect(f"{reverse('admin:login')}?{urlencode({'next': request.get_full_path()})}")
        with trail.acting(trail.Actor(user, client_address(request))):
            return self.get_response(request)
