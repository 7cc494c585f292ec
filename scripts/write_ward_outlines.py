"""Write the outlines of the wards that the page of the wards draws: write_ward_outlines.py FILE.geojson [PROPERTY].

The file has one feature a ward, whose number is the feature's `WARD` (or PROPERTY), in degrees of longitude and latitude. Corners
are kept some 130 metres apart: enough for a picture, and a hundredth of a surveyor's file.
"""

from __future__ import annotations

import json
import sys
from math import hypot
from pathlib import Path

OUTLINES = Path(__file__).resolve().parent.parent / "property_tax" / "ward_outlines.json"
APART, SMALLEST = 0.0012, 0.002
STEPS = 24

Point = tuple[float, float]
Ring = list[Point]


def simplified(ring: list[list[float]]) -> Ring:
    """Return every corner that is far enough from the last one kept."""
    kept: Ring = []
    for lon, lat, *_ in ring:
        if not kept or max(abs(lon - kept[-1][0]), abs(lat - kept[-1][1])) >= APART:
            kept.append((round(lon, 4), round(lat, 4)))
    return kept[:-1] if len(kept) > 3 and kept[0] == kept[-1] else kept


def size(ring: Ring) -> float:
    """Return how far a ring reaches, in degrees."""
    lons, lats = zip(*ring, strict=True)
    return max(max(lons) - min(lons), max(lats) - min(lats))


def inside(point: Point, ring: Ring) -> bool:
    x, y = point
    crossed = False
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            crossed = not crossed
    return crossed


def distance(point: Point, one: Point, other: Point) -> float:
    (x, y), (x1, y1), (x2, y2) = point, one, other
    length = hypot(x2 - x1, y2 - y1)
    along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length**2 if length else 0
    along = min(max(along, 0), 1)
    return hypot(x - x1 - along * (x2 - x1), y - y1 - along * (y2 - y1))


def place_of_number(ring: Ring) -> Point:
    """Return the point of a grid inside the ring that is farthest from its border."""
    lons, lats = zip(*ring, strict=True)
    grid = [
        (min(lons) + (max(lons) - min(lons)) * column / STEPS, min(lats) + (max(lats) - min(lats)) * row / STEPS)
        for column in range(1, STEPS)
        for row in range(1, STEPS)
    ]
    borders = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    best = max(
        (point for point in grid if inside(point, ring)),
        key=lambda point: min(distance(point, one, other) for one, other in borders),
    )
    return round(best[0], 4), round(best[1], 4)


def main() -> None:
    name = sys.argv[2] if len(sys.argv) > 2 else "WARD"
    wards: dict[int, dict[str, object]] = {}
    for feature in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["features"]:
        shape = feature["geometry"]
        parts = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        rings = sorted((simplified(part[0]) for part in parts), key=size, reverse=True)
        rings = rings[:1] + [ring for ring in rings[1:] if size(ring) >= SMALLEST and len(ring) > 2]
        wards[int(feature["properties"][name])] = {"number_at": place_of_number(rings[0]), "rings": rings}
    lines = [
        f"{json.dumps(str(number))}: {json.dumps(wards[number], separators=(',', ':'))}" for number in sorted(wards)
    ]
    OUTLINES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{len(wards)} wards, {OUTLINES.stat().st_size} bytes")


if __name__ == "__main__":
    main()
