"""Rounding of money, in integer paise."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PAISE = 100

# LAW KMC assessment page: a quarter is rounded to the nearest rupee before the rebate; the net is rounded again, half up.
#     source: kmcgov.in, KMCAssessmentHome; confidence: official
ROUNDING_SOURCE = "kmcgov.in, assessment page"


def to_rupee(paise: int, step: int = PAISE) -> int:
    """Return `paise` at the nearest rupee, 50 paise upward: `1437 -> 1400`, `1450 -> 1500`. Not for negative amounts.

    `step` is another multiple of the paisa, where a rule says so.
    """
    return (paise + step // 2) // step * step


def percent_of(paise: int, percent: Decimal) -> int:
    """Return a percentage cut off after the paisa, as the corporation's portal does. `percent_of(149900, 5) == 7495`."""
    return int(paise * percent / 100)


def heads_in_paise(exact: Sequence[Decimal]) -> list[int]:
    """Return exact amounts as whole paise whose sum goes to the same rupee as the exact sum.

    The sum is cut off after the paisa, which never crosses half a rupee; all but the first amount are cut off too, and
    the first takes the rest.
    """
    cut = [int(amount.to_integral_value(ROUND_FLOOR)) for amount in exact[1:]]
    return [int(sum(exact, Decimal(0)).to_integral_value(ROUND_FLOOR)) - sum(cut), *cut]
