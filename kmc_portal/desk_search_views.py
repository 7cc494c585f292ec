"""Door: the one box at the top of the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from kmc_portal.desk_search import find

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

KINDS = {"payment": _("Payment"), "assessee": _("Assessee"), "license": _("Trade licence")}


@never_cache
@require_GET
def find_anything(request: HttpRequest) -> HttpResponse:
    """Show what a number belongs to; where there is one thing only, go there."""
    typed = request.GET.get("q", "")
    found = find(typed, request.user)
    if len(found) == 1:
        return redirect(found[0].address)
    rows = [(KINDS[one.kind], one.about, one.address) for one in found]
    context = {**admin.site.each_context(request), "title": gettext("Find by number"), "typed": typed, "rows": rows}
    return render(request, "admin/found.html", context)
