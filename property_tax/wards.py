"""The 144 wards of the city, written after every migration; they are part of the schema rather than of the registers.

The counts per borough agree with the 2021 election's; the list itself awaits the corporation's word (ADR 0006).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from property_tax.models import Ward

if TYPE_CHECKING:
    from collections.abc import Iterator

WARDS_OF_BOROUGH = {
    1: "1-9",
    2: "10-12 15-20",
    3: "13 14 29-35",
    4: "21-28 38 39",
    5: "36 37 40-45 48-50",
    6: "46 47 51-55 60-62",
    7: "56-59 63-67",
    8: "68-70 72 83-88 90",
    9: "71 73-80 82",
    10: "81 89 91-100",
    11: "103 104 110-114",
    12: "101 102 105-109",
    13: "115-120 122",
    14: "121 127-132",
    15: "133-141",
    16: "123-126 142-144",
}


def write_wards(**signal: Any) -> None:
    """Write the wards that are missing."""
    Ward.objects.bulk_create(
        (
            Ward(number=number, borough=borough)
            for borough, text in WARDS_OF_BOROUGH.items()
            for number in numbers(text)
        ),
        ignore_conflicts=True,
    )


def numbers(text: str) -> Iterator[int]:
    """Yield the numbers of `1-3 7`: 1, 2, 3, 7."""
    for part in text.split():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
