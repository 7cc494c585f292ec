"""A valuation in words, and as the JSON document that the command and REST answer with."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.digits import localise
from kmc_portal.common.money import rupee_text
from property_tax.assessment_fields import shown
from property_tax.rules.valuation.figures import whole_paise

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    from property_tax.rules.valuation.figures import Figure, Valuation

LABELS: dict[str, _StrPromise] = {
    "yearly_value": _("Yearly value"),
    "annual_value": _("Annual value"),
    "base_unit_area_value": _("Base unit area value"),
    "location_factor": _("Factor of location"),
    "usage_factor": _("Factor of usage"),
    "age_factor": _("Factor of age"),
    "structure_factor": _("Factor of structure"),
    "occupancy_factor": _("Factor of occupancy"),
    "part_annual_value": _("Annual value of the part"),
    "tax_rate": _("Rate of tax"),
    "property_tax": _("Property tax, a year"),
    "howrah_bridge_tax": _("Howrah Bridge tax, a year"),
    "commercial_surcharge": _("Commercial surcharge, a year"),
    "cap": _("Cap"),
    "floor": _("Floor"),
    "limited_tax": _("Tax between cap and floor, a year"),
    "quarter": _("A quarter"),
    "rebate": _("Rebate"),
    "net": _("A quarter, paid by the rebate date"),
}
ARITHMETIC: dict[str, _StrPromise] = {
    "given": _("As you gave it."),
    "rent_of_owner": _("The reasonable rent of {rent} a month for 12 months, less {percent} %."),
    "rent_of_tenant": _("The actual rent of {rent} a month with service charge for 12 months, less {percent} %."),
    "receipts": _("{percent} % of the yearly receipts of {of}."),
    "land": _("{percent} % of the market value of {of}, for {cottahs} cottahs of vacant land."),
    "to_nearest": _("{exact}, to the nearest {step}."),
    "slab_percent": _("The percentage for an annual value of {annual_value}."),
    "slab_formula": _("{annual_value} ÷ {divisor} + {plus}, to one decimal."),
    "percent_of": _("{percent} % of {of}."),
    "surcharge": _("{percent} % of {of}, the tax on the commercial part of {commercial}."),
    "category": _("Category {category}, for a square foot and a year."),
    "category_of_class": _("{label}: category {category} in any block, for a square foot and a year."),
    "road_width": _("The road is {width} m wide."),
    "age": _("The building is {years} years old."),
    "class": _("The table's class is: {label}."),
    "unit_area": _("{base} × {area} sq ft × {factors}."),
    "sum_of_parts": _("The annual values of all parts together."),
    "lowered_to_cap": _("{before} is above the cap and is lowered to it."),
    "raised_to_floor": _("{before} is below the floor and is raised to it."),
    "within_limits": _("{before} lies between floor and cap and stays as it is."),
    "quarter": _("{year} a year ÷ 4 = {quarter}, to the nearest rupee."),
    "rebate": _("{percent} % of {gross}, cut off after the paisa."),
    "net": _("{gross} less {rebate}, to the nearest rupee."),
}
REMARKS: dict[str, _StrPromise] = {
    "howrah_bridge_tax_left_out": _(
        "Howrah Bridge tax is not in it: its percentage depends on the ward and was not given. It stands on your bill."
    ),
    "no_previous_tax": _(
        "Cap and floor are not applied: they need a year's tax on the last valuation, which was not given."
    ),
    "new_part_uncapped": _("What is new is taxed in full; cap and floor apply to the part that was assessed before."),
    "may_be_exempted": _(
        "The Mayor-in-Council may exempt a property of so small an annual value. Please ask the Assessment department."
    ),
}
CONFIDENCES: dict[str, _StrPromise] = {
    "newspaper": _("reported by a newspaper"),
    "tertiary": _("from guides, not from an official table"),
    "inferred": _("inferred from several sources"),
    "assumption": _("an assumption"),
}


def arithmetic(figure: Figure) -> str:
    """Return where a figure comes from, as a sentence in the active language."""
    terms = {name.removesuffix("_paise"): _term(name, value) for name, value in figure.terms.items()}
    return str(ARITHMETIC[figure.words]).format(**terms)


def value_text(figure: Figure) -> str:
    """Return a figure as people read it: an amount, a percentage or a factor."""
    if figure.unit.startswith("paise"):
        return exact_rupees(Decimal(whole_paise(figure.value)))
    return f"{shown(figure.value)} %" if figure.unit == "percent" else shown(figure.value)


def exact_rupees(paise: Decimal) -> str:
    """Return an exact amount, with what it has below the paisa: `₹124.825`; at most four decimals more."""
    below = f"{paise % 1:.4f}".partition(".")[2].rstrip("0")
    return rupee_text(int(paise)) + localise(below, get_language() or "")


def assumptions(valuation: Valuation) -> dict[str, list[Figure]]:
    """Return the figures that rest on no official rule, by the code of the rule."""
    found: dict[str, list[Figure]] = {}
    for figure in valuation.figures:
        if figure.grounds.confidence in CONFIDENCES:
            found.setdefault(figure.grounds.code, []).append(figure)
    return found


def document(valuation: Valuation) -> dict[str, Any]:
    """Return a valuation as docs/operations.md shows it: amounts in whole paise, sentences in the active language."""
    quarter, uncapped = valuation.quarter, valuation.uncapped_paise
    return {
        "method": valuation.method,
        "on": valuation.on.isoformat(),
        "annual_value_paise": whole_paise(valuation.annual_value_paise),
        "annual": by_head(valuation.annual_paise),
        "uncapped": None if uncapped is None else by_head(uncapped),
        "quarter": {
            "lines": [{"head": head, "amount_paise": amount} for head, amount in quarter.lines.items()],
            "gross_paise": quarter.gross_paise,
            "rebate_paise": quarter.rebate_paise,
            "net_paise": quarter.net_paise,
        },
        "factors": [_figure(figure) for figure in valuation.figures],
        "assumptions": list(assumptions(valuation)),
        "remarks": [{"code": code, "sentence": str(REMARKS[code])} for code in valuation.remarks],
    }


def by_head(amounts: Mapping[str, Decimal]) -> dict[str, int]:
    """Return a year's tax by head and in all, in whole paise."""
    heads = ("property_tax", "howrah_bridge_tax", "commercial_surcharge")
    paise = {f"{head}_paise": whole_paise(amounts.get(head, Decimal(0))) for head in heads}
    return {**paise, "total_paise": sum(paise.values())}


def _figure(figure: Figure) -> dict[str, Any]:
    is_amount = figure.unit.startswith("paise")
    return {
        "name": figure.name,
        "part": figure.part,
        "unit": figure.unit,
        "amount_paise": whole_paise(figure.value) if is_amount else None,
        "value": None if is_amount else f"{figure.value.normalize():f}",
        "rule": figure.grounds.code,
        "source": figure.grounds.source,
        "confidence": figure.grounds.confidence,
        "arithmetic": arithmetic(figure),
    }


def _term(name: str, value: Decimal | str | Mapping[str, str]) -> str:
    if isinstance(value, Mapping):
        return value[get_language() or "en"]
    if isinstance(value, Decimal):
        return exact_rupees(value) if name.endswith("_paise") else shown(value)
    return localise(value, get_language() or "")
