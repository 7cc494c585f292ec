"""Annual rateable value: what a property would let for in a year, and the tax on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from property_tax.rules.kinds import Rebate
from property_tax.rules.valuation.figures import (
    GIVEN,
    BridgeTaxRate,
    Figure,
    Valuation,
    percent_of,
    quarter_of,
    tax_figure,
    to_multiple,
)
from property_tax.rules.valuation.tables import (
    AnnualValueRate,
    Exemption,
    LandMethod,
    NotInForce,
    Percentage,
    RentMethod,
    Rounding,
    Tables,
    at,
)

MONTHS = 12


class PartAboveWhole(ValueError):
    """The commercial part of a property is valued above the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnualValueFacts:
    """What is known of a property that is valued by what it yields.

    `basis` says what `amount_paise` is: `rent` (a month's), `receipts` (a year's, of a theatre or cinema, without taxes),
    `land` (the market value of a vacant plot of `land_cottahs`) or `annual_value` itself. `occupancy` is `owner` or `tenant`.
    """

    basis: str
    amount_paise: Decimal
    occupancy: str = "owner"
    land_cottahs: Decimal = Decimal(0)
    tax_rate_percent: Decimal | None = None
    bridge_tax: BridgeTaxRate = BridgeTaxRate()
    commercial_annual_value_paise: Decimal = Decimal(0)


def value(facts: AnnualValueFacts, tables: Tables, rebate: Rebate | None) -> Valuation:
    """Return the valuation of a property by what it yields.

    :raises NotInForce: a table that it needs does not hold on the day
    :raises PartAboveWhole: the commercial part is valued above the whole
    """
    found = BASES[facts.basis](facts, tables)
    annual_value = found[-1]
    if facts.commercial_annual_value_paise > annual_value.value:
        raise PartAboveWhole
    rate = rate_of(annual_value.value, facts.tax_rate_percent, tables)
    tax = tax_figure("property_tax", rate.value, annual_value.value)
    extras = [*facts.bridge_tax.figures(annual_value.value), *_surcharge(facts, rate.value, tables)]
    annual = {figure.name: figure.value for figure in (tax, *extras)}
    quarter, quarter_figures = quarter_of(annual, rebate)
    return Valuation(
        method="annual_value",
        on=tables.on,
        annual_value_paise=annual_value.value,
        annual_paise=annual,
        uncapped_paise=None,
        quarter=quarter,
        figures=(*found, rate, tax, *extras, *quarter_figures),
        remarks=(*bridge_tax_remarks(facts.bridge_tax), *exemption_remarks(annual_value.value, tables)),
    )


# LAW KMC assessment page: the annual value is twelve monthly rents, reasonable or actual, less 10 %, to the nearest ten
#     rupees. source: kmcgov.in, KMCAssessmentHome; confidence: official
def of_rent(facts: AnnualValueFacts, tables: Tables) -> list[Figure]:
    """Return the annual value of a monthly rent: the reasonable one of an owner, the actual one of a tenant."""
    rule = tables.one(RentMethod, "valuation_rent_method")
    exact = percent_of(facts.amount_paise * MONTHS, 100 - rule.deduct_percent)
    terms = {"rent_paise": facts.amount_paise, "percent": rule.deduct_percent}
    return _rounded(Figure("yearly_value", "paise", exact, rule, f"rent_of_{facts.occupancy}", terms), "rent", tables)


def of_receipts(facts: AnnualValueFacts, tables: Tables) -> list[Figure]:
    """Return the annual value of a theatre or cinema from its gross yearly receipts."""
    rule = tables.one(Percentage, "valuation_receipts_method")
    terms = {"percent": rule.percent, "of_paise": facts.amount_paise}
    exact = percent_of(facts.amount_paise, rule.percent)
    return _rounded(Figure("yearly_value", "paise", exact, rule, "receipts", terms), "receipts", tables)


def of_land(facts: AnnualValueFacts, tables: Tables) -> list[Figure]:
    """Return the annual value of vacant land: a percentage of its market value, by its size."""
    rule = tables.one(LandMethod, "valuation_land_method")
    percent = at(rule.percents, facts.land_cottahs)
    terms = {"percent": percent, "of_paise": facts.amount_paise, "cottahs": facts.land_cottahs}
    exact = percent_of(facts.amount_paise, percent)
    return _rounded(Figure("yearly_value", "paise", exact, rule, "land", terms), "land", tables)


def of_given(facts: AnnualValueFacts, tables: Tables) -> list[Figure]:
    """Return the annual value as it was given."""
    del tables
    return [Figure("annual_value", "paise", facts.amount_paise, GIVEN, "given")]


BASES: dict[str, Callable[[AnnualValueFacts, Tables], list[Figure]]] = {
    "rent": of_rent,
    "receipts": of_receipts,
    "land": of_land,
    "annual_value": of_given,
}


# LAW KMC assessment page: the rate is 11 % up to Rs 600, AV / 600 + 10 to one decimal up to Rs 18,000, and 40 % above.
#     source: kmcgov.in, KMCAssessmentHome; confidence: official
def rate_of(annual_value_paise: Decimal, given_percent: Decimal | None, tables: Tables) -> Figure:
    """Return the percentage of tax on an annual value; the given one where one is given."""
    if given_percent is not None:
        return Figure("tax_rate", "percent", given_percent, GIVEN, "given")
    rule = tables.one(AnnualValueRate, "valuation_arv_rate")
    percent, divisor = at(rule.formulas, annual_value_paise)
    terms = {"annual_value_paise": annual_value_paise}
    if divisor is None:
        return Figure("tax_rate", "percent", percent, rule, "slab_percent", terms)
    unit = Decimal(1).scaleb(-rule.decimals)
    found = to_multiple_of(annual_value_paise / divisor + percent, unit)
    return Figure(
        "tax_rate",
        "percent",
        found,
        rule,
        "slab_formula",
        {**terms, "divisor_paise": Decimal(divisor), "plus": percent},
    )


def to_multiple_of(number: Decimal, unit: Decimal) -> Decimal:
    """Return a number at the nearest multiple of a unit, half upward: `to_multiple_of(11.05, 0.1) == 11.1`."""
    return to_multiple(number / unit, 1) * unit


def bridge_tax_remarks(rate: BridgeTaxRate) -> tuple[str, ...]:
    """Return the remark that Howrah Bridge tax is left out, when its percentage is not known."""
    return ("howrah_bridge_tax_left_out",) if rate.percent is None else ()


def exemption_remarks(annual_value_paise: Decimal, tables: Tables) -> tuple[str, ...]:
    """Return the remark that a small property may be exempted, when it may."""
    rule = tables.maybe(Exemption, "valuation_exemption")
    return ("may_be_exempted",) if rule and annual_value_paise <= rule.up_to_paise else ()


def _rounded(exact: Figure, basis: str, tables: Tables) -> list[Figure]:
    """Return a yearly value and the annual value that it is rounded to."""
    rules = tables.several(Rounding, "valuation_rounding").values()
    rule = next((rule for rule in rules if rule.basis == basis), None)
    if rule is None:
        raise NotInForce("valuation_rounding")
    terms = {"exact_paise": exact.value, "step_paise": Decimal(rule.to_paise)}
    rounded = to_multiple(exact.value, rule.to_paise)
    return [exact, Figure("annual_value", "paise", rounded, rule, "to_nearest", terms)]


def _surcharge(facts: AnnualValueFacts, rate_percent: Decimal, tables: Tables) -> list[Figure]:
    """Return the surcharge: a percentage of the property tax on the commercial part."""
    if not facts.commercial_annual_value_paise:
        return []
    rule = tables.one(Percentage, "valuation_commercial_surcharge")
    tax = percent_of(facts.commercial_annual_value_paise, rate_percent)
    terms = {"percent": rule.percent, "of_paise": tax, "commercial_paise": facts.commercial_annual_value_paise}
    return [Figure("commercial_surcharge", "paise", percent_of(tax, rule.percent), rule, "surcharge", terms)]
