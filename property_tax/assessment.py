"""A valuation question, as any door asks it, and its valuation by the rule book in force."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from property_tax import rulebook
from property_tax.assessment_fields import Asked, amount, amount_or_zero, at, choice, day, number, yes
from property_tax.rules.valuation import annual_value, unit_area
from property_tax.rules.valuation.figures import BridgeTaxRate
from property_tax.rules.valuation.tables import (
    CATEGORIES,
    ClassFactors,
    FactorRange,
    NotInForce,
    PropertyClass,
    Tables,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from property_tax.rules.kinds import Rebate
    from property_tax.rules.valuation.figures import Valuation

METHODS = ("annual_value", "unit_area")
OCCUPANCIES = ("owner", "tenant")
# What a property can be valued by, and the basis that each is.
BASES = {
    "monthly_rent_rupees": "rent",
    "annual_value_rupees": "annual_value",
    "gross_yearly_receipts_rupees": "receipts",
    "market_value_rupees": "land",
}
COMMON = ("method", "on", "ward", "tax_rate_percent", "howrah_bridge_tax_percent")
OF_ANNUAL_VALUE = (*COMMON, *BASES, "occupancy", "land_cottahs", "commercial_annual_value_rupees")
CLASSES = ("usage", "structure", "occupancy")
FACTORS = ("usage", "age", "structure", "occupancy")
OF_PART = ("what", "area_sq_ft", "age_years", "is_new", *CLASSES, *(f"{name}_factor" for name in FACTORS))
OF_PROPERTY = (*COMMON, "category", "property_class", "road_width_m", "location_factor", "previous_annual_tax_rupees")
# Beyond these limits an answer is a slip of the pen: a hundred and more hectares, older than the city, six times the
# Howrah Bridge tax that was ever heard of.
AREA_SQ_FT = number("1", "10000000")
ROAD_WIDTH_M = number("0.1", "100")
AGE_YEARS = number("0", "400")
LAND_COTTAHS = number("0.01", "100000")
TAX_RATE = number("0.01", "100")
BRIDGE_TAX = number("0", "3")
WARD = number("1", "144")
MOST_PARTS = 500
ORDINARY = "ordinary"
ZERO = Decimal(0)


class QuestionMalformed(ServiceError):
    code = "assessment_question_malformed"
    message = _("A valuation question is one JSON object, such as {example}.")
    field = "question"

    def __init__(self) -> None:
        super().__init__(example='{"method": "annual_value", "monthly_rent_rupees": "3000"}')


class BasisUnclear(ServiceError):
    code = "assessment_basis_unclear"
    message = _(
        "Please give exactly one of these: the monthly rent, the annual value, a theatre's yearly receipts, "
        "or the market value of vacant land."
    )
    field = "monthly_rent_rupees"


class CommercialPartTooLarge(ServiceError):
    code = "assessment_commercial_part_too_large"
    message = _("The commercial part cannot be valued above the whole. Please correct one of the two.")
    field = "commercial_annual_value_rupees"


class FactorTableMissing(ServiceError):
    code = "assessment_table_missing"
    message = _(
        "The corporation's table of these factors is not loaded, so the portal cannot compute with it and will not guess. "
        "Please give the factor from your papers, or ask the Assessment department."
    )
    field = "usage"


class RuleNotInForce(ServiceError):
    code = "assessment_not_in_force"
    message = _("On this day a rule that the valuation needs was not in force. Please choose another day or method.")
    field = "on"


class PartsInvalid(ServiceError):
    code = "assessment_parts_invalid"
    message = _("The parts of a property are a list of 1 to {most}, each with its own fields.")
    field = "parts"


def assess(question: Mapping[str, Any], *, today: date) -> Valuation:
    """Return the valuation that a question asks for, as of its day or of today. Nothing is stored.

    :raises ServiceError: with the field that cannot be; a field of the second part is `parts.2.area_sq_ft`
    """
    asked = Asked(question)
    method = asked.need("method", choice(METHODS))
    on = asked.maybe("on", day) or today
    book = rulebook.current()
    tables, rebate = Tables(book.rules, on), book.rebate(on)
    try:
        return (_by_annual_value if method == "annual_value" else _by_unit_area)(asked, tables, rebate)
    except NotInForce as missing:
        raise RuleNotInForce from missing


def _by_annual_value(asked: Asked, tables: Tables, rebate: Rebate | None) -> Valuation:
    asked.only(OF_ANNUAL_VALUE)
    bases = [name for name in BASES if asked.has(name)]
    if len(bases) != 1:
        raise at(bases[-1] if bases else BasisUnclear.field, BasisUnclear())
    basis = BASES[bases[0]]
    facts = annual_value.AnnualValueFacts(
        basis=basis,
        amount_paise=asked.need(bases[0], amount),
        occupancy=asked.maybe("occupancy", choice(OCCUPANCIES)) or OCCUPANCIES[0],
        land_cottahs=asked.need("land_cottahs", LAND_COTTAHS) if basis == "land" else ZERO,
        tax_rate_percent=asked.maybe("tax_rate_percent", TAX_RATE),
        bridge_tax=_bridge_tax(asked, tables.on),
        commercial_annual_value_paise=asked.maybe("commercial_annual_value_rupees", amount_or_zero) or ZERO,
    )
    try:
        return annual_value.value(facts, tables, rebate)
    except annual_value.PartAboveWhole as error:
        raise CommercialPartTooLarge from error


def _by_unit_area(asked: Asked, tables: Tables, rebate: Rebate | None) -> Valuation:
    asked.only((*OF_PROPERTY, "parts") if asked.has("parts") else (*OF_PROPERTY, *OF_PART))
    classes = tables.several(PropertyClass, "valuation_property_class")
    property_class = asked.maybe("property_class", choice((ORDINARY, *classes))) or ORDINARY
    own = classes.get(property_class)
    location = asked.maybe("location_factor", _factor_reader(tables))
    facts = unit_area.UnitAreaFacts(
        category=own.category if own and own.category else asked.need("category", choice(CATEGORIES)),
        property_class=own,
        road_width_m=asked.need("road_width_m", ROAD_WIDTH_M) if location is None else ZERO,
        location_factor=location,
        parts=tuple(_part(one, tables) for one in _parts(asked)),
        tax_rate_percent=asked.maybe("tax_rate_percent", TAX_RATE),
        bridge_tax=_bridge_tax(asked, tables.on),
        previous_annual_tax_paise=asked.maybe("previous_annual_tax_rupees", amount),
    )
    return unit_area.assess(facts, tables, rebate)


def _bridge_tax(asked: Asked, on: date) -> BridgeTaxRate:
    """Return the rate that the question gives, else the one of its ward in the rule book, else none."""
    given, ward = asked.maybe("howrah_bridge_tax_percent", BRIDGE_TAX), asked.maybe("ward", WARD)
    rule = rulebook.current().bridge_tax(int(ward), on) if given is None and ward is not None else None
    return BridgeTaxRate(rule.percent, rule) if rule else BridgeTaxRate(given)


def _parts(asked: Asked) -> list[Asked]:
    """Return the parts of a property; the question itself is the part where it names none."""
    if not asked.has("parts"):
        return [Asked({name: asked.answers[name] for name in OF_PART if name in asked.answers})]
    parts = asked.answers["parts"]
    if (
        not isinstance(parts, list)
        or not 1 <= len(parts) <= MOST_PARTS
        or any(not isinstance(one, dict) for one in parts)
    ):
        raise PartsInvalid(most=MOST_PARTS)
    return [Asked(one, f"parts.{count}.") for count, one in enumerate(parts, start=1)]


def _part(asked: Asked, tables: Tables) -> unit_area.Part:
    asked.only(OF_PART)
    what = asked.maybe("what", choice(tuple(unit_area.OF_PART))) or "building"
    factor = _factor_reader(tables)
    found = {name: asked.maybe(f"{name}_factor", factor) for name in unit_area.OF_PART[what]}
    given = {name: value for name, value in found.items() if value is not None}
    needs_age = what == "building" and "age" not in given
    return unit_area.Part(
        area_sq_ft=asked.need("area_sq_ft", AREA_SQ_FT),
        is_land=what == "land",
        age_years=asked.need("age_years", AGE_YEARS) if needs_age else ZERO,
        classes={name: _class(asked, name, tables) for name in found if name in CLASSES and name not in given},
        given=given,
        is_new=asked.maybe("is_new", yes) or False,
    )


def _class(asked: Asked, name: str, tables: Tables) -> str:
    """Return the class of a part in one table. :raises FactorTableMissing: the table is not loaded"""
    table = tables.maybe(ClassFactors, f"valuation_factor_{name}")
    if table is None:
        raise at(f"{asked.prefix}{name}", FactorTableMissing())
    return asked.need(name, choice(tuple(table.classes)))


def _factor_reader(tables: Tables) -> Callable[[Any], Decimal]:
    """Return the reader of a factor that somebody knows from his papers."""
    limits = tables.one(FactorRange, "valuation_factor_range")
    return number(limits.least, limits.greatest)
