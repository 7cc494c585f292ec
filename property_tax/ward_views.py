"""Door: the wards for everybody, drawn and as a table. No persons, and no sum over few of them (ADR 0048)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kmc_portal.common.clock import day_of
from property_tax import figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from property_tax.figures import Borough, Ward

# In units of the drawing: a tile, and how many stand in a row. It is a schema: no boundary of a ward is known to us as free data.
TILE, GAP, IN_A_ROW = 44, 4, 4
STEPS = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """A ward as a square: its corner, and how dark it is, 1 to 5 by fifths of what is paid, 0 where that is not told."""

    ward: Ward
    x: int
    y: int
    step: int

    @property
    def middle(self) -> int:
        return self.x + TILE // 2

    @property
    def upper(self) -> int:
        return self.y + 20

    @property
    def lower(self) -> int:
        return self.y + 36


@dataclass(frozen=True, slots=True)
class Drawing:
    """The tiles of one borough, and how large they are together."""

    number: int
    tiles: Sequence[Tile]

    @property
    def height(self) -> int:
        return self.tiles[-1].y + TILE


@require_safe
def wards(request: HttpRequest) -> HttpResponse:
    """Show how much of the year's bills is paid in each ward, what came in here, and until when rebates run. Two queries."""
    as_of, boroughs = figures.wards_by_borough()
    page = {
        "as_of": as_of,
        "drawings": [_drawing(borough) for borough in boroughs],
        "width": IN_A_ROW * (TILE + GAP) - GAP,
        "tile_size": TILE,
        "steps": [(step, (step - 1) * 100 // STEPS, step * 100 // STEPS) for step in range(1, STEPS + 1)],
        "fewest": figures.FEWEST,
        "rebates": figures.rebates_that_run(on=day_of(timezone.now())),
    }
    return render(request, "property_tax/wards.html", page)


def _drawing(borough: Borough) -> Drawing:
    places = [divmod(place, IN_A_ROW) for place in range(len(borough.wards))]
    tiles = [
        Tile(ward, column * (TILE + GAP), row * (TILE + GAP), _step(ward.paid_percent))
        for ward, (row, column) in zip(borough.wards, places, strict=True)
    ]
    return Drawing(borough.number, tiles)


def _step(percent: int | None) -> int:
    return 0 if percent is None else min(STEPS, 1 + percent * STEPS // 100)
