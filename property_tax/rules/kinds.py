"""The kinds of rules that dues are made of: one dataclass each, read from one row of a rule book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kmc_portal.common.rulebook import terms
from kmc_portal.common.rulebook.faults import RuleFault
from kmc_portal.common.rulebook.rows import Rule, common
from kmc_portal.common.rulebook.terms import Row

LAST_WARD = 144
WARDS_WRONG = f'must be a list of wards, 1 to {LAST_WARD}, or of ranges of them such as "1-9"'
BASES = ("month", "day")
MONTH_PARTS = ("whole", "ignored")
STARTS = ("quarter_end", "rebate_date", "quarter_end_or_presentation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebate(Rule):
    """Percent of the rounded quarter for a bill paid by its rebate date."""

    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlineRebate(Rule):
    """A further rebate for paying online by the rebate date, with bills by e-mail only; at most `cap_paise` a bill."""

    percent: Decimal
    cap_paise: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding(Rule):
    """To how many paise the quarter of a bill issued while the rule holds is rounded, and what remains after its rebate."""

    quarter_to_paise: int
    net_to_paise: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeTax(Rule):
    """The percentage of annual value that premises in some wards pay as Howrah Bridge tax a year."""

    percent: Decimal
    wards: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slab:
    """A yearly percentage for annual values from `above_paise` (not inside) to `up_to_paise` (inside)."""

    above_paise: int
    up_to_paise: int | None
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest(Rule):
    """Simple interest on the rounded quarter, in slabs of annual value, from the day after `starts`."""

    slabs: tuple[Slab, ...]
    basis: str
    month_part: str
    starts: str

    def percent(self, annual_value_paise: int) -> Decimal:
        """Return the yearly percentage for an annual value."""
        return next(
            slab.percent for slab in self.slabs if slab.up_to_paise is None or annual_value_paise <= slab.up_to_paise
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty(Rule):
    """A penalty that falls once, some days after `starts`, and does not grow."""

    percent: Decimal
    after_days: int
    starts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverStep:
    """What is waived of interest and penalty for payments on some days, or for defaults of some age in years."""

    paid_from: date | None
    paid_to: date | None
    over_years: int
    interest_percent: Decimal
    penalty_percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver(Rule):
    """A scheme that waives part of interest and penalty for those whose application was approved."""

    bills_presented_to: date | None
    apply_from: date
    apply_to: date
    steps: tuple[WaiverStep, ...]

    def step(self, on: date, years: int) -> WaiverStep | None:
        """Return what is waived for a payment on a day, for a default of so many whole years."""
        fitting = [
            step
            for step in self.steps
            if (step.paid_from is None or step.paid_from <= on)
            and (step.paid_to is None or on <= step.paid_to)
            and step.over_years <= years
        ]
        return max(fitting, key=lambda step: step.over_years) if fitting else None


def rebate(row: Row) -> Rebate:
    return Rebate(**common(row), percent=terms.percent(row, "percent"))


def online_rebate(row: Row) -> OnlineRebate:
    return OnlineRebate(**common(row), percent=terms.percent(row, "percent"), cap_paise=terms.paise(row, "cap_rupees"))


def rounding(row: Row) -> Rounding:
    found = Rounding(
        **common(row),
        quarter_to_paise=terms.paise(row, "quarter_to_rupees"),
        net_to_paise=terms.paise(row, "net_to_rupees"),
    )
    if not found.quarter_to_paise or not found.net_to_paise:
        raise RuleFault("quarter_to_rupees", "must be more than nothing, and so must net_to_rupees")
    return found


def bridge_tax(row: Row) -> BridgeTax:
    found = BridgeTax(**common(row), percent=terms.percent(row, "percent"), wards=wards_of(row))
    if not found.wards:
        raise RuleFault("wards", "must name at least one ward")
    return found


def interest(row: Row) -> Interest:
    return Interest(
        **common(row),
        slabs=_slabs(row),
        basis=terms.choice(row, "basis", BASES),
        month_part=terms.choice(row, "month_part", MONTH_PARTS, "whole"),
        starts=terms.choice(row, "starts", STARTS),
    )


def penalty(row: Row) -> Penalty:
    return Penalty(
        **common(row),
        percent=terms.percent(row, "percent"),
        after_days=terms.whole(row, "after_days", default=0),
        starts=terms.choice(row, "starts", STARTS),
    )


def waiver(row: Row) -> Waiver:
    return Waiver(
        **common(row),
        bills_presented_to=terms.day_or_none(row, "bills_presented_to"),
        apply_from=terms.day(row, "apply_from"),
        apply_to=terms.day(row, "apply_to"),
        steps=tuple(_waiver_step(one) for one in terms.rows(row, "steps")),
    )


PARSERS = {
    "rebate": rebate,
    "online_rebate": online_rebate,
    "rounding": rounding,
    "howrah_bridge_tax": bridge_tax,
    "interest": interest,
    "penalty": penalty,
    "waiver": waiver,
}


def wards_of(row: Row) -> frozenset[int]:
    """Return the wards that a row names, as numbers or as ranges `"1-9"`; none where it names none. :raises RuleFault:"""
    wards = row.get("wards", [])
    if not isinstance(wards, list):
        raise RuleFault("wards", WARDS_WRONG)
    return frozenset(ward for one in wards for ward in _ward_range(one))


def _ward_range(given: Any) -> range:
    first, _, last = str(given).partition("-")
    if not first.isdecimal() or not (last or first).isdecimal() or isinstance(given, bool):
        raise RuleFault("wards", WARDS_WRONG)
    wards = range(int(first), int(last or first) + 1)
    if not wards or wards[0] < 1 or wards[-1] > LAST_WARD:
        raise RuleFault("wards", WARDS_WRONG)
    return wards


def _slabs(row: Row) -> tuple[Slab, ...]:
    """Return slabs that follow each other from zero upwards, without gap and without overlap."""
    found: list[Slab] = []
    for one in terms.rows(row, "slabs"):
        above = found[-1].up_to_paise if found else 0
        if above is None:
            raise RuleFault("slabs", "a slab follows one that has no end")
        if terms.paise(one, "above_rupees") != above:
            raise RuleFault(
                "slabs",
                f"a slab begins above {one['above_rupees']}, where the one before ends at {Decimal(above) / 100:.2f}",
            )
        up_to = terms.paise_or_none(one, "up_to_rupees")
        if up_to is not None and up_to <= above:
            raise RuleFault("slabs", "a slab ends before it begins")
        found.append(Slab(above_paise=above, up_to_paise=up_to, percent=terms.percent(one, "percent_a_year")))
    if found[-1].up_to_paise is not None:
        raise RuleFault("slabs", "the last slab must have no end")
    return tuple(found)


def _waiver_step(row: Row) -> WaiverStep:
    return WaiverStep(
        paid_from=terms.day_or_none(row, "paid_from"),
        paid_to=terms.day_or_none(row, "paid_to"),
        over_years=terms.whole(row, "over_years", default=0),
        interest_percent=terms.percent(row, "interest_percent"),
        penalty_percent=terms.percent(row, "penalty_percent"),
    )
