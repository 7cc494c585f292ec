"""The dated tables of valuation: one dataclass a kind, and the table of a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

from kmc_portal.common.rulebook.rows import Rule

T = TypeVar("T")
R = TypeVar("R", bound=Rule)
CATEGORIES = ("A", "B", "C", "D", "E", "F", "G")


class Band(NamedTuple, Generic[T]):
    """What a table says up to `end`; `None` is without end. `ends_inside` tells whether `end` itself belongs to it."""

    end: Decimal | None
    ends_inside: bool
    says: T

    def reaches(self, value: Decimal) -> bool:
        return self.end is None or value < self.end or (self.ends_inside and value == self.end)


def at(bands: tuple[Band[T], ...], value: Decimal) -> T:
    """Return what a table says for a value. Bands run from zero without gap, the last without end."""
    return next(band.says for band in bands if band.reaches(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentage(Rule):
    """A rule that is one percentage: of receipts, of the tax on a commercial part, of the tax before."""

    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RentMethod(Rule):
    """Twelve monthly rents less a percentage."""

    deduct_percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LandMethod(Rule):
    """A percentage of the market value of vacant land, by its size in cottahs."""

    percents: tuple[Band[Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounding(Rule):
    """To how many paise an annual value goes that was found on some basis."""

    basis: str
    to_paise: int


class RateFormula(NamedTuple):
    """A percentage, or `annual value ÷ divisor + plus` percent when there is a divisor."""

    percent: Decimal
    divisor_paise: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualValueRate(Rule):
    """The percentage of tax on an annual value, rounded to some decimals."""

    decimals: int
    formulas: tuple[Band[RateFormula], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseUnitAreaValues(Rule):
    """Paise per square foot and year for each category, A to G."""

    paise_per_sq_ft: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFactors(Rule):
    """A factor by something measured: the width of the road in metres, the age of the building in years."""

    factors: tuple[Band[Decimal], ...]


class FactorClass(NamedTuple):
    """One class of a table with its factor, and its name by language."""

    factor: Decimal
    label: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFactors(Rule):
    """A factor by class: who occupies the building, what for, how it is built."""

    classes: Mapping[str, FactorClass]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRange(Rule):
    """Between which limits every factor lies, both inside."""

    least: Decimal
    greatest: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAreaRate(Rule):
    """The percentage of tax on the annual value of a unit area assessment."""

    percents: tuple[Band[Decimal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyClass(Rule):
    """A class of properties that has a category whatever its block, a percentage of its own, or both."""

    label: Mapping[str, str]
    category: str | None
    percent: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption(Rule):
    """Up to which annual value a property may be exempted."""

    up_to_paise: int


class NotInForce(LookupError):
    """No table of a kind holds on the day asked for."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a rule book as they stand on a day."""

    rules: Mapping[str, tuple[Rule, ...]]
    on: date

    def several(self, kind: type[R], name: str) -> dict[str, R]:
        """Return the rules of one kind that hold on the day, by code."""
        found = [rule for rule in self.rules.get(name, ()) if isinstance(rule, kind) and rule.holds(self.on)]
        return {rule.code: rule for rule in found}

    def maybe(self, kind: type[R], name: str) -> R | None:
        """Return the one table of a kind that holds on the day; None when there is none."""
        return next(iter(self.several(kind, name).values()), None)

    def one(self, kind: type[R], name: str) -> R:
        """Return the one table of a kind that holds on the day. :raises NotInForce: there is none"""
        found = self.maybe(kind, name)
        if found is None:
            raise NotInForce(name)
        return found
