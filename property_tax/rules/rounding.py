"""Rounding of money, in integer paise."""

from __future__ import annotations

from decimal import Decimal

PAISE = 100

# LAW KMC assessment page: a quarter is rounded to the nearest rupee before the rebate; the net is rounded again, half up.
#     source: kmcgov.in, KMCAssessmentHome; confidence: official
ROUNDING_SOURCE = "kmcgov.in, assessment page"


def to_rupee(paise: int) -> int:
    """Return `paise` at the nearest rupee, 50 paise upward. `1437 -> 1400`, `1450 -> 1500`. Not for negative amounts."""
    return (paise + PAISE // 2) // PAISE * PAISE


def percent_of(paise: int, percent: Decimal) -> int:
    """Return a percentage cut off after the paisa, as the corporation's portal does. `percent_of(149900, 5) == 7495`."""
    return int(paise * percent / 100)
