"""Which gateway account takes a payment: a pure choice among what the rows say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payments.accounts.circuit import Standing
from payments.states import Method

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date


@dataclass(frozen=True, slots=True)
class Limit:
    """What may be paid by one method from a day on, in paise."""

    method: str
    at_least_paise: int
    at_most_paise: int
    valid_from: date


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that may take payments. `service` empty: for every kind of revenue; a day None: without end."""

    account: int
    rank: int
    service: str = ""
    active_from: date | None = None
    active_to: date | None = None
    limits: tuple[Limit, ...] = ()


def serving(candidates: Sequence[Candidate], *, service: str, on: date) -> list[Candidate]:
    """Return those that take money for a service on a day."""
    return [
        one
        for one in candidates
        if one.service in ("", service)
        and (one.active_from is None or one.active_from <= on)
        and (one.active_to is None or on <= one.active_to)
    ]


def methods_for(candidate: Candidate, *, amount_paise: int, on: date) -> list[str]:
    """Return the methods by which an account takes an amount on a day."""
    return [method for method in Method.values if _takes(candidate, method, amount_paise, on)]


def fitting(
    candidates: Sequence[Candidate], *, service: str, amount_paise: int, method: str, on: date
) -> list[Candidate]:
    """Return those that take this amount, the first choice first. `method` empty: by any method that the payer may choose."""
    found = []
    for one in serving(candidates, service=service, on=on):
        methods = methods_for(one, amount_paise=amount_paise, on=on)
        if method in methods or (methods and not method):
            found.append(one)
    return sorted(found, key=lambda one: (one.rank, one.account))


def choose(
    candidates: Sequence[Candidate],
    *,
    service: str,
    amount_paise: int,
    method: str,
    on: date,
    health: Mapping[int, Standing],
) -> Candidate | None:
    """Return the first choice that is not set aside, None when there is none. An account without health is healthy."""
    for one in fitting(candidates, service=service, amount_paise=amount_paise, method=method, on=on):
        if health.get(one.account) is not Standing.RESTING:
            return one
    return None


def _takes(candidate: Candidate, method: str, amount_paise: int, on: date) -> bool:
    come = [limit for limit in candidate.limits if limit.method == method and limit.valid_from <= on]
    if not come:
        return True
    limit = max(come, key=lambda one: one.valid_from)
    return limit.at_least_paise <= amount_paise <= limit.at_most_paise
