"""Door: find a property without its number. Owners are masked, and a connection may search so often an hour (ADR 0014)."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import client_address, refuse
from property_tax import privacy
from property_tax.forms import SearchForm
from property_tax.search import by_address

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@never_cache
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Ask for street, ward, premises and owner; show what was found."""
    if not request.GET.keys() & SearchForm.base_fields.keys():
        return render(request, "property_tax/search.html", {"form": SearchForm()})
    form, status = SearchForm(request.GET), HTTPStatus.OK
    found: dict[str, Any] = {}
    if form.is_valid():
        try:
            found = _found(request, form)
        except ServiceError as refusal:
            refuse(form, refusal)
            status = HTTPStatus.TOO_MANY_REQUESTS if isinstance(refusal, privacy.SearchLimitReached) else status
    return render(request, "property_tax/search.html", {"form": form, **found}, status=status)


def _found(request: HttpRequest, form: SearchForm) -> dict[str, Any]:
    """Return the page that was asked for, and the query of the next one."""
    privacy.spend_search(address=client_address(request), now=timezone.now())
    page = by_address(**form.cleaned_data, after=request.GET.get("after", ""))
    query = request.GET.copy()
    query["after"] = page.after
    return {"page": page, "next": query.urlencode() if page.after else ""}
