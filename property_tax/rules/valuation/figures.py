"""What a valuation is made of: figures, each with the rule it rests on and the sentence that tells its arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple, Protocol

from property_tax.rules.kinds import Rebate
from property_tax.rules.rounding import ROUNDING_SOURCE, heads_in_paise

PAISE_A_RUPEE = 100
QUARTERS = 4
# A number, a word, or a name by language.
Term = Decimal | str | Mapping[str, str]


class Grounds(Protocol):
    """What a figure rests on. Every rule of the book is one."""

    @property
    def code(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def confidence(self) -> str: ...


class Stated(NamedTuple):
    """Grounds that are no row of the book."""

    code: str
    source: str
    confidence: str


GIVEN = Stated("given", "the question", "given")
ARITHMETIC = Stated("arithmetic", "follows from the figures above", "derived")
QUARTER_TO_RUPEE = Stated("quarter_to_rupee", ROUNDING_SOURCE, "official")
NET_TO_RUPEE = Stated("net_to_rupee", ROUNDING_SOURCE, "official")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a valuation. `unit` is `paise`, `paise_per_sq_ft`, `percent` or `factor`.

    `words` names the sentence that tells where it comes from and `terms` fill it; amounts among them end in `_paise`.
    Amounts are exact and may hold a fraction of a paisa. `part` counts the parts of a property from 1; 0 is all of it.
    """

    name: str
    unit: str
    value: Decimal
    grounds: Grounds
    words: str
    terms: Mapping[str, Term] = field(default_factory=dict)
    part: int = 0


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter's bill in whole paise: lines by head, which add up to `gross_paise`, and what is paid with the rebate."""

    lines: Mapping[str, int]
    gross_paise: int
    rebate_paise: int
    net_paise: int


@dataclass(frozen=True, slots=True)
class Valuation:
    """An annual value and the tax of a year on it, with every figure on the way.

    `annual_paise` is by head and exact. `uncapped_paise` is the same before cap and floor; None when none applied.
    `remarks` name what a reader has to know beside the figures.
    """

    method: str
    on: date
    annual_value_paise: Decimal
    annual_paise: Mapping[str, Decimal]
    uncapped_paise: Mapping[str, Decimal] | None
    quarter: Quarter
    figures: tuple[Figure, ...]
    remarks: tuple[str, ...]


def to_multiple(paise: Decimal, step_paise: int) -> Decimal:
    """Return an amount at the nearest multiple of a step, half upward: `to_multiple(550, 100) == 600`."""
    return (paise / step_paise).quantize(Decimal(1), ROUND_HALF_UP) * step_paise


def whole_paise(paise: Decimal) -> int:
    """Return an amount at the nearest paisa, half upward."""
    return int(to_multiple(paise, 1))


# LAW KMC assessment page: a quarter is a fourth of the year's tax, rounded to the rupee before the rebate, and its net
#     after it. source: kmcgov.in, KMCAssessmentHome; confidence: official
def quarter_of(annual: Mapping[str, Decimal], rebate: Rebate | None) -> tuple[Quarter, list[Figure]]:
    """Return the quarter's bill of a year's tax by head, without rebate when none is in force, and its figures."""
    exact = sum(annual.values(), Decimal(0)) / QUARTERS
    gross = int(to_multiple(exact, PAISE_A_RUPEE))
    heads = {head: amount / QUARTERS for head, amount in annual.items() if amount}
    lines = dict(zip(heads, heads_in_paise(list(heads.values())), strict=True)) if heads else {}
    if sum(lines.values()) != gross:
        lines["rounding"] = gross - sum(lines.values())
    terms = {"year_paise": exact * QUARTERS, "quarter_paise": exact}
    figures = [Figure("quarter", "paise", Decimal(gross), QUARTER_TO_RUPEE, "quarter", terms)]
    if rebate is None:
        return Quarter(lines, gross, 0, gross), figures
    off = int(gross * rebate.percent / 100)
    net = int(to_multiple(Decimal(gross - off), PAISE_A_RUPEE))
    of_gross = {"gross_paise": Decimal(gross), "percent": rebate.percent}
    figures += [
        Figure("rebate", "paise", Decimal(-off), rebate, "rebate", of_gross),
        Figure("net", "paise", Decimal(net), NET_TO_RUPEE, "net", {**of_gross, "rebate_paise": Decimal(off)}),
    ]
    return Quarter(lines, gross, off, net), figures


def percent_of(paise: Decimal, percent: Decimal) -> Decimal:
    """Return a percentage of an amount, exact."""
    return paise * percent / 100


def tax_figure(head: str, percent: Decimal, of_paise: Decimal, grounds: Grounds = ARITHMETIC) -> Figure:
    """Return a year's tax under one head: a percentage of an amount."""
    terms = {"percent": percent, "of_paise": of_paise}
    return Figure(head, "paise", percent_of(of_paise, percent), grounds, "percent_of", terms)


class BridgeTaxRate(NamedTuple):
    """The yearly percentage of annual value that a property pays as Howrah Bridge tax, and who says so; None: not known."""

    percent: Decimal | None = None
    grounds: Grounds = GIVEN

    def figures(self, annual_value_paise: Decimal) -> list[Figure]:
        """Return the year's tax; none where it is not known, or said to be none by whoever asks."""
        if self.percent is None or (not self.percent and self.grounds is GIVEN):
            return []
        return [tax_figure("howrah_bridge_tax", self.percent, annual_value_paise, self.grounds)]
