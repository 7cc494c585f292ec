"""Reading the tables of valuation from the rows of a rule book."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from kmc_portal.common.rulebook import terms
from kmc_portal.common.rulebook.faults import RuleFault
from kmc_portal.common.rulebook.rows import Rule, common
from kmc_portal.common.rulebook.terms import Row
from property_tax.rules.valuation import tables
from property_tax.rules.valuation.tables import Band, T

LANGUAGES = ("en", "bn", "hi")
BASES = ("rent", "receipts", "land")
# No factor known anywhere comes near; what lies beyond is a slip of the pen.
GREATEST_FACTOR = Decimal(20)
GREATEST_LIMIT = Decimal(1000)


def percentage(row: Row) -> tables.Percentage:
    return tables.Percentage(**common(row), percent=terms.percent(row, "percent"))


def limit(row: Row) -> tables.Percentage:
    """A percentage of the tax before, which may be above 100."""
    found = decimal(row, "percent")
    if not 0 < found <= GREATEST_LIMIT:
        raise RuleFault("percent", f"must be more than 0 and at most {GREATEST_LIMIT}")
    return tables.Percentage(**common(row), percent=found)


def rent_method(row: Row) -> tables.RentMethod:
    return tables.RentMethod(**common(row), deduct_percent=terms.percent(row, "deduct_percent"))


def land_method(row: Row) -> tables.LandMethod:
    return tables.LandMethod(**common(row), percents=bands(row, "areas_cottahs", _percent))


def rounding(row: Row) -> tables.Rounding:
    to_paise = terms.paise(row, "to_rupees")
    if not to_paise:
        raise RuleFault("to_rupees", "must be more than zero")
    return tables.Rounding(**common(row), basis=terms.choice(row, "basis", BASES), to_paise=to_paise)


def annual_value_rate(row: Row) -> tables.AnnualValueRate:
    return tables.AnnualValueRate(
        **common(row),
        decimals=terms.whole(row, "decimals"),
        formulas=bands(row, "annual_values_rupees", _formula, scale=100),
    )


def base_unit_area_values(row: Row) -> tables.BaseUnitAreaValues:
    values = terms.given(row, "rupees_per_sq_ft")
    if not isinstance(values, dict) or tuple(sorted(values)) != tables.CATEGORIES:
        raise RuleFault("rupees_per_sq_ft", "must name the categories A to G, each once")
    paise = {category: terms.paise(values, category) for category in tables.CATEGORIES}
    if list(paise.values()) != sorted(set(paise.values()), reverse=True):
        raise RuleFault("rupees_per_sq_ft", "must fall from A to G")
    return tables.BaseUnitAreaValues(**common(row), paise_per_sq_ft=paise)


def location_factors(row: Row) -> tables.MeasuredFactors:
    return tables.MeasuredFactors(**common(row), factors=bands(row, "widths_m", _factor))


def age_factors(row: Row) -> tables.MeasuredFactors:
    return tables.MeasuredFactors(**common(row), factors=bands(row, "ages_years", _factor))


def class_factors(row: Row) -> tables.ClassFactors:
    classes: dict[str, tables.FactorClass] = {}
    for one in terms.rows(row, "classes"):
        code = terms.text(one, "code")
        if code in classes:
            raise RuleFault("classes", f"{code} stands twice")
        classes[code] = tables.FactorClass(_factor(one), label(one))
    return tables.ClassFactors(**common(row), classes=classes)


def factor_range(row: Row) -> tables.FactorRange:
    least, greatest = decimal(row, "least"), decimal(row, "greatest")
    if not 0 < least < greatest <= GREATEST_FACTOR:
        raise RuleFault("greatest", f"must be more than least and at most {GREATEST_FACTOR}")
    return tables.FactorRange(**common(row), least=least, greatest=greatest)


def unit_area_rate(row: Row) -> tables.UnitAreaRate:
    return tables.UnitAreaRate(**common(row), percents=bands(row, "annual_values_rupees", _percent, scale=100))


def property_class(row: Row) -> tables.PropertyClass:
    percent = terms.percent(row, "percent") if row.get("percent") else None
    category = terms.choice(row, "category", tables.CATEGORIES) if row.get("category") else None
    if percent is None and category is None:
        raise RuleFault("percent", "is missing, and category too: one of them must be there")
    return tables.PropertyClass(**common(row), label=label(row), category=category, percent=percent)


def exemption(row: Row) -> tables.Exemption:
    return tables.Exemption(**common(row), up_to_paise=terms.paise(row, "annual_value_up_to_rupees"))


PARSERS: dict[str, Callable[[Row], Rule]] = {
    "valuation_rent_method": rent_method,
    "valuation_receipts_method": percentage,
    "valuation_land_method": land_method,
    "valuation_rounding": rounding,
    "valuation_arv_rate": annual_value_rate,
    "valuation_commercial_surcharge": percentage,
    "valuation_base_unit_area_value": base_unit_area_values,
    "valuation_factor_location": location_factors,
    "valuation_factor_age": age_factors,
    "valuation_factor_occupancy": class_factors,
    "valuation_factor_usage": class_factors,
    "valuation_factor_structure": class_factors,
    "valuation_factor_range": factor_range,
    "valuation_uaa_rate": unit_area_rate,
    "valuation_property_class": property_class,
    "valuation_cap": limit,
    "valuation_floor": limit,
    "valuation_exemption": exemption,
}


def slot(rule: Rule) -> str:
    """Return what a table of valuation is one of: of the tables in a slot exactly one holds at a time."""
    if isinstance(rule, tables.Rounding):
        return f"{rule.kind} {rule.basis}"
    return f"{rule.kind} {rule.code}" if isinstance(rule, tables.PropertyClass) else rule.kind


def bands(row: Row, name: str, says: Callable[[Row], T], *, scale: int = 1) -> tuple[Band[T], ...]:
    """Return the bands of a table, from zero upwards. `above` follows on `up_to`, and `from` follows on `below`.

    :raises RuleFault: one overlaps the band before it, leaves a gap, or has no end and is not the last
    """
    found: list[Band[T]] = []
    for one in terms.rows(row, name):
        _must_follow(found, one, name, scale)
        end = next((decimal(one, word) * scale for word in ("up_to", "below") if word in one), None)
        if end is not None and end <= (found[-1].end or 0 if found else 0):
            raise RuleFault(name, f"a band ends at {end / scale}, before it begins")
        found.append(Band(end, "up_to" in one, says(one)))
    if found[-1].end is not None:
        raise RuleFault(name, "the last band must have no end")
    return tuple(found)


def _must_follow(found: list[Band[T]], one: Row, name: str, scale: int) -> None:
    starts = [(decimal(one, word) * scale, word == "above") for word in ("above", "from") if word in one]
    if len(starts) != 1:
        raise RuleFault(name, "a band must begin with either above or from")
    start, is_above = starts[0]
    if not found and start != 0:
        raise RuleFault(name, "the first band must begin at 0")
    if found and (start, is_above) != (found[-1].end, found[-1].ends_inside):
        raise RuleFault(name, f"the band from {start / scale} does not begin where the one before it ends")


def decimal(row: Row, name: str) -> Decimal:
    """Return a number that is not negative, written as a text. :raises RuleFault:"""
    value = terms.given(row, name)
    if not isinstance(value, str) or not terms.RUPEES.fullmatch(value):
        raise RuleFault(name, 'must be a number written as a text, such as "3" or "2.5"')
    return Decimal(value)


def label(row: Row) -> dict[str, str]:
    """Return the name of a class in every language. :raises RuleFault:"""
    names: Any = terms.given(row, "label")
    if not isinstance(names, dict) or not all(isinstance(names.get(one), str) and names[one] for one in LANGUAGES):
        raise RuleFault("label", f"must be a name in each of {', '.join(LANGUAGES)}")
    return {one: names[one] for one in LANGUAGES}


def _percent(row: Row) -> Decimal:
    return terms.percent(row, "percent")


def _factor(row: Row) -> Decimal:
    found = decimal(row, "factor")
    if not 0 < found <= GREATEST_FACTOR:
        raise RuleFault("factor", f"must be more than 0 and at most {GREATEST_FACTOR}")
    return found


def _formula(row: Row) -> tables.RateFormula:
    if "divide_by_rupees" not in row:
        return tables.RateFormula(_percent(row), None)
    divisor = terms.paise(row, "divide_by_rupees")
    if not divisor:
        raise RuleFault("divide_by_rupees", "must be more than zero")
    return tables.RateFormula(terms.percent(row, "plus_percent"), divisor)
