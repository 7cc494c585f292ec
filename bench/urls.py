"""The portal's addresses, and beside them the same work done by hand."""

from django.urls import include, path

from bench.reference import bare, raw_turn

urlpatterns = [path("bench/raw-turn/", raw_turn), path("bench/bare/", bare), path("", include("kmc_portal.urls"))]
