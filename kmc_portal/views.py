"""The front page, and help."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import segno
import structlog
from django.conf import settings
from django.db import DatabaseError
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_cookie

from citizens import remembered
from kmc_portal.common.clock import day_of
from property_tax.figures import rebates_that_run

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from property_tax.figures import RebateGroup

log = structlog.get_logger()
# More dates than these are no news; the page of the wards has them all.
MOST_DATES = 3


@require_safe
@cache_control(private=True, no_cache=True)
@vary_on_cookie
def front_page(request: HttpRequest) -> HttpResponse:
    """Show what can be done here, what this browser remembers, and which rebates run. One query."""
    page = {
        "whatsapp_qr": whatsapp_qr(),
        "remembered": remembered.of(request),
        "rebates": _news(),
    }
    return render(request, "front_page.html", page)


def _news() -> list[RebateGroup]:
    """Return the next rebate dates; none while the database is away, which is no reason to have no front page."""
    try:
        return rebates_that_run(on=day_of(timezone.now()))[:MOST_DATES]
    except DatabaseError:
        log.warning("front_page_without_news")
        return []


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "help.html")


@lru_cache(maxsize=1)
def whatsapp_qr() -> str:
    """Return, as an image address, the code that opens a chat with the portal's number."""
    code = segno.make(f"https://wa.me/{settings.WHATSAPP_NUMBER}?text=Hi", error="m", micro=False)
    return code.svg_data_uri(border=1)
