"""What may be taken off a payment before it reaches the corporation. Dated, each with its source.

The charge itself stands in the contract with the gateway and is not known here: it is booked as it was taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in whole per cent, from a day on."""

    valid_from: date
    percent: int
    source: str
    confidence: str


# Per cent of the charge; on a row it may have been rounded to a paisa either way.
GST_ON_CHARGES: Sequence[Rate] = (
    Rate(
        date(2017, 7, 1), 18, "the rate at present, as gateways' reports show it in a column of its own", "assumption"
    ),
)
# s.10A Payment and Settlement Systems Act 2007 with s.269SU Income-tax Act 1961: no charge on UPI, since January 2020.
FREE_OF_CHARGE = ("upi",)
FREE_SINCE = date(2020, 1, 1)


def gst_percent(day: date) -> int:
    """Return the rate of GST on a gateway's charge of a day. :raises LookupError: none was known then"""
    known = [rate for rate in GST_ON_CHARGES if rate.valid_from <= day]
    if not known:
        raise LookupError(f"no GST on charges is known for {day}")
    return max(known, key=lambda rate: rate.valid_from).percent
