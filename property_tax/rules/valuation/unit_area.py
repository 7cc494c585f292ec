"""Unit area assessment: a value a square foot by category, times factors, with cap and floor against the tax before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from property_tax.rules.kinds import Rebate
from property_tax.rules.valuation.annual_value import bridge_tax_remarks, exemption_remarks
from property_tax.rules.valuation.figures import (
    ARITHMETIC,
    GIVEN,
    BridgeTaxRate,
    Figure,
    Term,
    Valuation,
    percent_of,
    quarter_of,
    tax_figure,
    to_multiple,
)
from property_tax.rules.valuation.tables import (
    BaseUnitAreaValues,
    ClassFactors,
    MeasuredFactors,
    Percentage,
    PropertyClass,
    Tables,
    UnitAreaRate,
    at,
)

# Land has no age and no structure; the width of the road is that of the whole property.
OF_PART = {"building": ("usage", "age", "structure", "occupancy"), "land": ("usage", "occupancy")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A floor, a flat or a piece of land. `given` are factors by name that need no table.

    `is_new` says that the last valuation did not know it: neither cap nor floor covers it.
    """

    area_sq_ft: Decimal
    is_land: bool = False
    age_years: Decimal = Decimal(0)
    classes: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, Decimal] = field(default_factory=dict)
    is_new: bool = False

    @property
    def factors(self) -> tuple[str, ...]:
        return OF_PART["land" if self.is_land else "building"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitAreaFacts:
    """What is known of a property that is assessed by area. `property_class` is None for an ordinary one.

    `previous_annual_tax_paise` is everything for a year on the last valuation: tax, Howrah Bridge tax and surcharge.
    """

    category: str
    parts: tuple[Part, ...]
    road_width_m: Decimal = Decimal(0)
    location_factor: Decimal | None = None
    property_class: PropertyClass | None = None
    tax_rate_percent: Decimal | None = None
    bridge_tax: BridgeTaxRate = BridgeTaxRate()
    previous_annual_tax_paise: Decimal | None = None


# LAW KMC unit area assessment: the annual value is base unit area value × area × the factors of location, usage, age,
#     structure and occupancy, part by part; a rate by the whole of it makes the tax.
#     source: kmcgov.in, home page (its components) and property guides (the formula); confidence: tertiary
def assess(facts: UnitAreaFacts, tables: Tables, rebate: Rebate | None) -> Valuation:
    """Return the assessment of a property by area.

    :raises NotInForce: a table that it needs does not hold on the day
    :raises KeyError: a class that its table does not have
    """
    figures, values = _values(facts, tables)
    total = sum(values, Decimal(0))
    assessed = sum((value for value, part in zip(values, facts.parts, strict=True) if not part.is_new), Decimal(0))
    rate = _rate(facts, total, tables)
    taxes = _taxes(rate.value, facts.bridge_tax, total)
    limits, annual = [], {figure.name: figure.value for figure in taxes}
    if facts.previous_annual_tax_paise is not None and assessed:
        of_assessed = {tax.name: tax.value for tax in _taxes(rate.value, facts.bridge_tax, assessed)}
        limits = _limits(sum(of_assessed.values(), Decimal(0)), facts.previous_annual_tax_paise, tables)
        shares = _shares(limits[-1].value, of_assessed)
        annual = {head: amount - of_assessed[head] + shares[head] for head, amount in annual.items()}
    quarter, quarter_figures = quarter_of(annual, rebate)
    return Valuation(
        method="unit_area",
        on=tables.on,
        annual_value_paise=total,
        annual_paise=annual,
        uncapped_paise={figure.name: figure.value for figure in taxes} if limits else None,
        quarter=quarter,
        figures=(*figures, rate, *taxes, *limits, *quarter_figures),
        remarks=_remarks(facts, total, tables),
    )


def _values(facts: UnitAreaFacts, tables: Tables) -> tuple[list[Figure], list[Decimal]]:
    """Return the figures up to the annual value, and the annual value of each part."""
    base, location = _base(facts, tables), _location(facts, tables)
    parts = [
        _part_figures(number, part, base.value, location.value, tables)
        for number, part in enumerate(facts.parts, start=1)
    ]
    values = [figures[-1].value for figures in parts]
    total = Figure("annual_value", "paise", sum(values, Decimal(0)), ARITHMETIC, "sum_of_parts")
    return [base, location, *(figure for figures in parts for figure in figures), total], values


def _base(facts: UnitAreaFacts, tables: Tables) -> Figure:
    """Return the value a square foot: of the category, or of the one that the property's class has in any block."""
    rule = tables.one(BaseUnitAreaValues, "valuation_base_unit_area_value")
    own = facts.property_class
    category, words = facts.category, "category"
    terms: dict[str, Term] = {}
    if own and own.category:
        category, words, terms = own.category, "category_of_class", {"label": own.label}
    value = Decimal(rule.paise_per_sq_ft[category])
    return Figure("base_unit_area_value", "paise_per_sq_ft", value, rule, words, {**terms, "category": category})


def _location(facts: UnitAreaFacts, tables: Tables) -> Figure:
    if facts.location_factor is not None:
        return Figure("location_factor", "factor", facts.location_factor, GIVEN, "given")
    rule = tables.one(MeasuredFactors, "valuation_factor_location")
    terms = {"width": facts.road_width_m}
    return Figure("location_factor", "factor", at(rule.factors, facts.road_width_m), rule, "road_width", terms)


def _part_figures(number: int, part: Part, base: Decimal, location: Decimal, tables: Tables) -> list[Figure]:
    """Return the factors of one part and, last, its annual value."""
    factors = [_factor(name, number, part, tables) for name in part.factors]
    value, shown = base * part.area_sq_ft * location, [location]
    for factor in factors:
        value *= factor.value
        shown.append(factor.value)
    terms: dict[str, Term] = {
        "base_paise": base,
        "area": part.area_sq_ft,
        "factors": " × ".join(f"{each.normalize():f}" for each in shown),
    }
    return [*factors, Figure("part_annual_value", "paise", value, ARITHMETIC, "unit_area", terms, number)]


def _factor(name: str, number: int, part: Part, tables: Tables) -> Figure:
    if name in part.given:
        return Figure(f"{name}_factor", "factor", part.given[name], GIVEN, "given", part=number)
    if name == "age":
        ages = tables.one(MeasuredFactors, "valuation_factor_age")
        found = at(ages.factors, part.age_years)
        return Figure("age_factor", "factor", found, ages, "age", {"years": part.age_years}, number)
    rule = tables.one(ClassFactors, f"valuation_factor_{name}")
    known = rule.classes[part.classes[name]]
    return Figure(f"{name}_factor", "factor", known.factor, rule, "class", {"label": known.label}, number)


def _rate(facts: UnitAreaFacts, annual_value_paise: Decimal, tables: Tables) -> Figure:
    """Return the percentage of tax: the given one, that of the property's class, or that of the annual value."""
    if facts.tax_rate_percent is not None:
        return Figure("tax_rate", "percent", facts.tax_rate_percent, GIVEN, "given")
    own = facts.property_class
    if own and own.percent is not None:
        return Figure("tax_rate", "percent", own.percent, own, "class", {"label": own.label})
    rule = tables.one(UnitAreaRate, "valuation_uaa_rate")
    terms = {"annual_value_paise": annual_value_paise}
    return Figure("tax_rate", "percent", at(rule.percents, annual_value_paise), rule, "slab_percent", terms)


def _taxes(rate_percent: Decimal, bridge_tax: BridgeTaxRate, of_paise: Decimal) -> list[Figure]:
    """Return a year's tax by head. No surcharge: here the factor of usage stands for it."""
    return [tax_figure("property_tax", rate_percent, of_paise), *bridge_tax.figures(of_paise)]


# LAW KMC Tax Capping Regulations 2017: what was assessed before pays at most 120 % and at least 80 % of the year's tax on
#     the last valuation; a new part is neither capped nor raised. source: regulation No. 1415/I&PR/16-17 under s.171A for
#     the cap, The Telegraph for the floor, that Howrah Bridge tax is capped with the tax is inferred; confidence: inferred
def _limits(tax_paise: Decimal, previous_paise: Decimal, tables: Tables) -> list[Figure]:
    """Return cap, floor and, last, what the tax on the part assessed before becomes between them."""
    cap, floor = (_limit(name, previous_paise, tables) for name in ("cap", "floor"))
    limited = min(max(tax_paise, floor.value), cap.value)
    words = "lowered_to_cap" if limited < tax_paise else "raised_to_floor" if limited > tax_paise else "within_limits"
    terms = {"before_paise": tax_paise}
    return [cap, floor, Figure("limited_tax", "paise", limited, ARITHMETIC, words, terms)]


def _limit(name: str, previous_paise: Decimal, tables: Tables) -> Figure:
    rule = tables.one(Percentage, f"valuation_{name}")
    terms = {"percent": rule.percent, "of_paise": previous_paise}
    return Figure(name, "paise", percent_of(previous_paise, rule.percent), rule, "percent_of", terms)


def _shares(limited_paise: Decimal, of_assessed: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return a limited tax by head, in the proportion of the heads before, to the paisa."""
    before = sum(of_assessed.values(), Decimal(0))
    if limited_paise == before:
        return dict(of_assessed)
    bridge = {
        head: to_multiple(limited_paise * amount / before, 1)
        for head, amount in of_assessed.items()
        if head != "property_tax"
    }
    return {"property_tax": limited_paise - sum(bridge.values(), Decimal(0)), **bridge}


def _remarks(facts: UnitAreaFacts, annual_value_paise: Decimal, tables: Tables) -> tuple[str, ...]:
    previous = ("no_previous_tax",) if facts.previous_annual_tax_paise is None else ()
    new = ("new_part_uncapped",) if not previous and any(part.is_new for part in facts.parts) else ()
    bridge = bridge_tax_remarks(facts.bridge_tax)
    return (*bridge, *previous, *new, *exemption_remarks(annual_value_paise, tables))
