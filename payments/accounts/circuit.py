"""When a gateway account is set aside and when it is tried again. Pure: whoever keeps the state passes it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FAILURES_TO_REST = 3
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(minutes=15)
# So long one payer tries an account that has rested; the others wait for how it ends.
TRIAL = timedelta(seconds=30)


class Standing(StrEnum):
    """Whether an account may be asked: yes, yes but by one payer only, or not now."""

    HEALTHY = "healthy"
    ON_TRIAL = "on_trial"
    RESTING = "resting"


@dataclass(frozen=True, slots=True)
class Circuit:
    """Failures in a row, and until when nobody asks. A success forgets both."""

    failures: int = 0
    rests_until: datetime | None = None


def standing(circuit: Circuit, now: datetime) -> Standing:
    """Return how an account stands at `now`."""
    if circuit.rests_until is None:
        return Standing.HEALTHY
    return Standing.RESTING if now < circuit.rests_until else Standing.ON_TRIAL


def after_failure(circuit: Circuit, now: datetime) -> Circuit:
    """Return the circuit after one more failure: from the third on a rest, each twice as long as the one before."""
    failures = circuit.failures + 1
    if failures < FAILURES_TO_REST:
        return Circuit(failures)
    # The exponent is bounded before it is used: a number of any size would be too much time.
    rest = min(FIRST_REST * 2 ** min(failures - FAILURES_TO_REST, 10), LONGEST_REST)
    return Circuit(failures, now + rest)
