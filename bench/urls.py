"""The portal's addresses, and beside them the same work done by hand, behind the middleware that a new Django project has."""

from functools import reduce

from django.urls import include, path
from django.utils.decorators import decorator_from_middleware
from django.utils.module_loading import import_string

from bench.reference import bare, raw_turn

# Beside `SecurityMiddleware`, which every address of the portal has.
USUAL = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
)


def usual(view):
    """Return a view behind the usual middleware."""
    return reduce(lambda inner, name: decorator_from_middleware(import_string(name))(inner), reversed(USUAL), view)


urlpatterns = [
    path("hooks/bench/raw-turn/", usual(raw_turn)),
    path("hooks/bench/bare/", usual(bare)),
    path("", include("kmc_portal.urls")),
]
