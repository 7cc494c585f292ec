"""What a citizen answers to have a property valued. Every field is read by the reader that all doors use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.web import CleanField
from property_tax import assessment
from property_tax.assessment_fields import amount, amount_or_zero, choice, number
from property_tax.rules.valuation.tables import CATEGORIES, ClassFactors, FactorRange, PropertyClass, Tables

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Label = str | _StrPromise

CHOOSE = ("", _("Please choose"))
WARD_HINT = _("If you do not know the Howrah Bridge tax: the rule of the ward is then used.")
RATE_HINT = _("Leave it empty unless your papers name a rate.")


def checked(read: Callable[[Any], object]) -> Callable[[str], str]:
    """Return a cleaner that gives on the text as typed, once the reader of all doors takes it."""

    def clean(text: str) -> str:
        if text.strip():
            read(text)
        return text.strip()

    return clean


def answer(read: Callable[[Any], object], label: Label, hint: Label = "") -> CleanField:
    """Return a field for a number."""
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return CleanField(checked(read), label=label, help_text=hint, widget=widget)


def selection(choices: Iterable[tuple[str, Label]], label: Label, hint: Label = "") -> CleanField:
    """Return a field for one of several words."""
    offered = list(choices)
    read = choice([code for code, _label in offered if code])
    return CleanField(checked(read), label=label, help_text=hint, widget=forms.Select(choices=offered))


class AnnualValueForm(forms.Form):
    """By rent; or by one of the three other things that a property can be valued by."""

    method = "annual_value"
    monthly_rent_rupees = answer(amount, _("Monthly rent, in rupees"), _("What it lets for, or would let for."))
    occupancy = selection([("owner", _("The owner")), ("tenant", _("A tenant"))], _("Who lives or works there?"))
    howrah_bridge_tax_percent = answer(
        assessment.BRIDGE_TAX, _("Howrah Bridge tax, percent"), _("It depends on the ward and stands on your bill.")
    )
    commercial_annual_value_rupees = answer(
        amount_or_zero, _("Annual value of the commercial part, in rupees"), _("Leave it empty if there is none.")
    )
    annual_value_rupees = answer(
        amount, _("Annual value, in rupees"), _("If you know it from a bill; then leave the rent empty.")
    )
    gross_yearly_receipts_rupees = answer(amount, _("Yearly receipts of a theatre or cinema without taxes, in rupees"))
    market_value_rupees = answer(amount, _("Market value of vacant land, in rupees"))
    land_cottahs = answer(assessment.LAND_COTTAHS, _("Size of the vacant land, in cottahs"))
    tax_rate_percent = answer(assessment.TAX_RATE, _("Rate of tax, percent"), RATE_HINT)
    ward = answer(assessment.WARD, _("Ward"), WARD_HINT)
    SELDOM = (
        "ward",
        "annual_value_rupees",
        "gross_yearly_receipts_rupees",
        "market_value_rupees",
        "land_cottahs",
        "tax_rate_percent",
    )


class UnitAreaForm(forms.Form):
    """One flat, house or floor. What tables offer is taken from the rule book of the day."""

    method = "unit_area"
    SELDOM = ("property_class", "tax_rate_percent", "ward")

    def __init__(self, *args: Any, tables: Tables, **options: Any) -> None:
        super().__init__(*args, **options)
        self.tables_missing = False
        self.fields |= {
            "category": selection(
                [CHOOSE, *((one, one) for one in CATEGORIES)], _("Category of the block"), _("A to G.")
            ),
            "area_sq_ft": answer(assessment.AREA_SQ_FT, _("Covered area, in square feet")),
            "road_width_m": answer(assessment.ROAD_WIDTH_M, _("Width of the road in front, in metres")),
            "age_years": answer(assessment.AGE_YEARS, _("Age of the building, in years")),
            **self._by_class("occupancy", _("Who occupies it?"), _("Factor of occupancy"), tables),
            **self._by_class("usage", _("What is it used for?"), _("Factor of usage"), tables),
            **self._by_class("structure", _("How is it built?"), _("Factor of structure"), tables),
            "howrah_bridge_tax_percent": answer(
                assessment.BRIDGE_TAX,
                _("Howrah Bridge tax, percent"),
                _("It depends on the ward and stands on your bill."),
            ),
            "previous_annual_tax_rupees": answer(
                amount,
                _("A year's tax on the last valuation, in rupees"),
                _("Four quarters of your last bill before the rebate. Cap and floor are counted from it."),
            ),
            "property_class": selection(_property_classes(tables), _("Kind of property")),
            "tax_rate_percent": answer(assessment.TAX_RATE, _("Rate of tax, percent"), RATE_HINT),
            "ward": answer(assessment.WARD, _("Ward"), WARD_HINT),
        }

    def _by_class(self, name: str, question: Label, factor: Label, tables: Tables) -> dict[str, CleanField]:
        """Return the choice of a class where its table is loaded; else a field for the factor itself."""
        table = tables.maybe(ClassFactors, f"valuation_factor_{name}")
        if table is not None:
            classes = ((code, _named(one.label)) for code, one in table.classes.items())
            return {name: selection([CHOOSE, *classes], question)}
        self.tables_missing = True
        limits = tables.maybe(FactorRange, "valuation_factor_range")
        read = number(limits.least, limits.greatest) if limits else assessment.TAX_RATE
        return {f"{name}_factor": answer(read, factor, _("From your papers: the corporation's table is not loaded."))}


def _property_classes(tables: Tables) -> list[tuple[str, Label]]:
    found = tables.several(PropertyClass, "valuation_property_class")
    return [(assessment.ORDINARY, _("None of these")), *((code, _named(one.label)) for code, one in found.items())]


def _named(label: Any) -> str:
    return str(label[get_language() or "en"])
