"""The wards as they lie: outlines in degrees, drawn on a plane. A picture; nothing rests on it.

The outlines are DataMeet's, under CC BY-SA 2.5 India, thinned out. `scripts/write_ward_outlines.py` makes such a file for any city.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from math import cos, radians
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

OUTLINES = Path(__file__).parent / "ward_outlines.json"
WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Outline:
    """A ward in units of the drawing: its SVG path, and where its number stands."""

    path: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class WardMap:
    """The city: the outlines by ward, and how large it is."""

    width: int
    height: int
    outlines: Mapping[int, Outline]


@cache
def ward_map() -> WardMap:
    """Return the map of the city, north at the top: degrees of longitude shortened as they are at its latitude."""
    wards = json.loads(OUTLINES.read_text(encoding="utf-8"))
    corners = [corner for ward in wards.values() for ring in ward["rings"] for corner in ring]
    west, east = min(lon for lon, _ in corners), max(lon for lon, _ in corners)
    south, north = min(lat for _, lat in corners), max(lat for _, lat in corners)
    across = WIDTH / (east - west)
    down = across / cos(radians((south + north) / 2))

    def drawn(lon: float, lat: float) -> tuple[int, int]:
        return round((lon - west) * across), round((north - lat) * down)

    outlines = {
        int(number): Outline(
            _path([drawn(*corner) for corner in ring] for ring in ward["rings"]), *drawn(*ward["number_at"])
        )
        for number, ward in wards.items()
    }
    return WardMap(WIDTH, round((north - south) * down), outlines)


def _path(rings: Iterable[Sequence[tuple[int, int]]]) -> str:
    return "".join(f"M{' '.join(f'{x},{y}' for x, y in ring)}z" for ring in rings)
