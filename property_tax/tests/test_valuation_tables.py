"""Tables of valuation that cannot be are refused with the whole book, each fault by name."""

from __future__ import annotations

import pytest

from kmc_portal.common.rulebook.faults import BookRefused
from property_tax.rules.book import parse

COMMON = {"valid_from": "2017-04-01", "source": "a test", "confidence": "assumption"}
LABEL = {"en": "Shop", "bn": "দোকান", "hi": "दुकान"}
VALUES = {"A": "74", "B": "56", "C": "42", "D": "32", "E": "24", "F": "18", "G": "13"}
CLASS = {"code": "U1", "factor": "1", "label": LABEL}


def row(kind: str, **terms: object) -> dict[str, object]:
    return {**COMMON, "kind": f"valuation_{kind}", "code": kind, **terms}


def faults(*rows: dict[str, object]) -> list[tuple[int, str, str]]:
    with pytest.raises(BookRefused) as refused:
        parse({"rules": list(rows)})
    return [(fault.row, fault.code, fault.field) for fault in refused.value.faults]


def widths(*bands: dict[str, str]) -> dict[str, object]:
    return row("factor_location", widths_m=[{"factor": "1", **band} for band in bands])


@pytest.mark.parametrize(
    "bands",
    [
        [{"above": "0", "up_to": "5"}, {"above": "4"}],
        [{"above": "0", "up_to": "5"}, {"above": "6"}],
        [{"above": "0", "up_to": "5"}, {"from": "5"}],
        [{"above": "0", "below": "5"}, {"above": "5"}],
        [{"above": "1"}],
        [{"above": "0", "up_to": "5"}],
        [{"above": "0"}, {"above": "5"}],
        [{"above": "0", "up_to": "5"}, {"above": "5", "up_to": "3"}, {"above": "3"}],
        [{"up_to": "5"}, {"above": "5"}],
        [{"above": "0", "from": "0"}],
        [{"above": "zero"}],
    ],
    ids=["overlap", "gap", "edge twice", "edge never", "start", "end", "after the end", "backwards", "no start", "two", "word"],
)  # fmt: skip
def test_bands_that_do_not_follow_each_other_are_refused(bands):
    assert [(number, code) for number, code, _field in faults(widths(*bands))] == [(1, "rule_term_invalid")]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (widths({"above": "0", "factor": "0"}), "factor"),
        (widths({"above": "0", "factor": "21"}), "factor"),
        (widths({"above": "0", "factor": "-1"}), "factor"),
        (row("factor_usage", classes=[CLASS, CLASS]), "classes"),
        (row("factor_usage", classes=[{**CLASS, "label": {"en": "Shop"}}]), "label"),
        (row("factor_usage", classes=[]), "classes"),
        (row("base_unit_area_value", rupees_per_sq_ft={**VALUES, "H": "1"}), "rupees_per_sq_ft"),
        (row("base_unit_area_value", rupees_per_sq_ft={**VALUES, "A": "10"}), "rupees_per_sq_ft"),
        (row("base_unit_area_value", rupees_per_sq_ft={**VALUES, "D": "-32"}), "D"),
        (row("rent_method", deduct_percent="101"), "deduct_percent"),
        (row("receipts_method", percent="101"), "percent"),
        (row("uaa_rate", annual_values_rupees=[{"from": "0", "percent": "120"}]), "percent"),
        (row("arv_rate", decimals=1, annual_values_rupees=[{"above": "0", "divide_by_rupees": "0"}]), "divide_by_rupees"),
        (row("arv_rate", decimals=-1, annual_values_rupees=[{"above": "0", "percent": "1"}]), "decimals"),
        (row("rounding", basis="rent", to_rupees="0"), "to_rupees"),
        (row("rounding", basis="guess", to_rupees="10"), "basis"),
        (row("factor_range", least="8", greatest="0.5"), "greatest"),
        (row("property_class", label=LABEL), "percent"),
        (row("property_class", label=LABEL, category="H"), "category"),
        (row("cap", percent="0"), "percent"),
        (row("floor", percent="80", source=""), "source"),
        (row("guess"), "kind"),
    ],
)  # fmt: skip
def test_term_that_cannot_be_is_refused_by_name(wrong, field):
    assert faults(wrong) == [(1, "rule_term_invalid", field)]


def test_two_tables_of_a_kind_never_hold_at_once():
    first, second = row("cap", percent="120"), row("cap", percent="110", valid_from="2022-04-01", code="cap_2022")

    assert faults(first, second) == [(2, "rules_overlap", "valid_from")]
    assert faults({**first, "valid_to": "2021-03-31"}, second) == [(2, "rules_gap", "valid_from")]


def test_roundings_and_classes_of_property_stand_side_by_side():
    rent, land = (row("rounding", code=basis, basis=basis, to_rupees="10") for basis in ("rent", "land"))
    one, other = (row("property_class", code=code, percent="8", label=LABEL) for code in ("one", "other"))

    assert len(parse({"rules": [rent, land, one, other]}).rules) == 2
    assert faults(rent, {**rent, "code": "again"}) == [(2, "rules_overlap", "valid_from")]


def test_table_of_usage_can_be_loaded():
    book = parse({"rules": [row("factor_usage", classes=[CLASS])]})

    assert book.rules["valuation_factor_usage"][0].classes["U1"].factor == 1
