"""Door: what would the tax be? A preview of the valuation; no sign-in, nothing stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.web import refuse
from property_tax import rulebook
from property_tax.assess_forms import AnnualValueForm, UnitAreaForm
from property_tax.assessment import assess
from property_tax.assessment_words import (
    CONFIDENCES,
    LABELS,
    REMARKS,
    arithmetic,
    by_head,
    document,
    value_text,
)
from property_tax.rules.valuation.tables import Tables

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest, HttpResponse

    from property_tax.rules.valuation.figures import Figure, Valuation


@dataclass(frozen=True, slots=True)
class FigureView:
    """One figure as the page shows it; `doubt` says how sure it is when no official rule stands behind it."""

    label: str
    value: str
    arithmetic: str
    doubt: str
    source: str


@require_safe
def methods(request: HttpRequest) -> HttpResponse:
    """Let the reader choose how to value the property."""
    return render(request, "property_tax/assess.html")


@never_cache
@require_safe
def annual_value(request: HttpRequest) -> HttpResponse:
    """Value a property by what it yields."""
    today = day_of(timezone.now())
    return _preview(request, AnnualValueForm(_submitted(request), initial=request.GET.dict()), today)


@never_cache
@require_safe
def unit_area(request: HttpRequest) -> HttpResponse:
    """Value a flat, house or floor by its area."""
    today = day_of(timezone.now())
    tables = Tables(rulebook.current().rules, today)
    return _preview(request, UnitAreaForm(_submitted(request), initial=request.GET.dict(), tables=tables), today)


def _submitted(request: HttpRequest) -> Any:
    """Return the answers of a form that was sent; None for the page that asks, or asks again to change them."""
    return request.GET if request.GET and "change" not in request.GET else None


def _preview(request: HttpRequest, form: AnnualValueForm | UnitAreaForm, today: date) -> HttpResponse:
    if form.is_valid():
        answers = {name: text for name, text in form.cleaned_data.items() if text}
        try:
            found = assess({"method": form.method, **answers}, today=today)
        except ServiceError as refusal:
            refuse(form, refusal)
        else:
            return render(
                request, "property_tax/assess_result.html", {"query": request.GET.urlencode(), **_page(found)}
            )
    return render(request, "property_tax/assess_form.html", {"form": form, "is_seldom_open": _is_seldom_open(form)})


def _is_seldom_open(form: AnnualValueForm | UnitAreaForm) -> bool:
    """Say whether the part of the form that few need must stand open: something is in it, or is refused."""
    return any(form[name].value() or form[name].errors for name in form.SELDOM)


def _page(found: Valuation) -> dict[str, Any]:
    figures = [_figure(figure) for figure in found.figures]
    return {
        "valuation": document(found),
        "year": by_head(found.annual_paise),
        "figures": figures,
        "doubts": {figure.source: figure for figure in figures if figure.doubt}.values(),
        "remarks": [str(REMARKS[code]) for code in found.remarks],
    }


def _figure(figure: Figure) -> FigureView:
    doubt = str(CONFIDENCES.get(figure.grounds.confidence, ""))
    return FigureView(str(LABELS[figure.name]), value_text(figure), arithmetic(figure), doubt, figure.grounds.source)
