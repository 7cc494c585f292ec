"""Door: the wards for everybody, drawn and as a table. No persons, and no sum over few of them (ADR 0048)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kmc_portal.common.clock import day_of
from property_tax import figures
from property_tax.ward_map import ward_map

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from property_tax.figures import Ward
    from property_tax.ward_map import Outline

STEPS = 5


@dataclass(frozen=True, slots=True)
class Drawn:
    """A ward on the map: its outline, and how dark it is, 1 to 5 by fifths of what is paid, 0 where that is not told."""

    ward: Ward
    outline: Outline
    step: int


@require_safe
def wards(request: HttpRequest) -> HttpResponse:
    """Show how much of the year's bills is paid in each ward, what came in here, and until when rebates run. Two queries."""
    as_of, boroughs = figures.wards_by_borough()
    city = ward_map()
    page = {
        "as_of": as_of,
        "boroughs": boroughs,
        "city": city,
        "not_drawn": figures.in_ranges(
            [ward.number for borough in boroughs for ward in borough.wards if ward.number not in city.outlines]
        ),
        "drawn": [
            Drawn(ward, city.outlines[ward.number], _step(ward.paid_percent))
            for borough in boroughs
            for ward in borough.wards
            if ward.number in city.outlines
        ],
        "steps": [(step, (step - 1) * 100 // STEPS, step * 100 // STEPS) for step in range(1, STEPS + 1)],
        "fewest": figures.FEWEST,
        "rebates": figures.rebates_that_run(on=day_of(timezone.now())),
    }
    return render(request, "property_tax/wards.html", page)


def _step(percent: int | None) -> int:
    return 0 if percent is None else min(STEPS, 1 + percent * STEPS // 100)
