"""Valuation: the golden cases, every edge of every table, and what holds of all valuations."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from property_tax.rules.book import BOOK
from property_tax.rules.valuation import annual_value, unit_area
from property_tax.rules.valuation.annual_value import AnnualValueFacts, PartAboveWhole, rate_of
from property_tax.rules.valuation.figures import BridgeTaxRate
from property_tax.rules.valuation.tables import NotInForce, PropertyClass, Tables, at
from property_tax.rules.valuation.unit_area import Part, UnitAreaFacts

TODAY = date(2026, 11, 23)
TABLES, REBATE = Tables(BOOK.rules, TODAY), BOOK.rebate(TODAY)
RUPEE = Decimal(100)
ONES = {name: Decimal(1) for name in ("usage", "age", "structure", "occupancy")}
# Annual value, rate, Howrah Bridge tax, commercial part; tax of the year, quarter, rebate, net.
GOLDEN = [
    ("T1", "500", None, "0", "0", 5500, 1400, 70, 1300),
    ("T2", "1300", None, "0", "0", 15860, 4000, 200, 3800),
    ("T3", "20000", None, "0", "0", 800_000, 200_000, 10_000, 190_000),
    ("T5", "199720", None, "0.25", "199720", 7_988_800, 3_008_300, 150_415, 2_857_900),
    ("T5 at 0.5 %", "199720", None, "0.5", "199720", 7_988_800, 3_020_800, 151_040, 2_869_800),
    ("T5 at 0 %", "199720", None, "0", "199720", 7_988_800, 2_995_800, 149_790, 2_846_000),
    ("T6", "500", "11", "0.5", "0", 5500, 1400, 70, 1300),
    ("T6 at 40 %", "20000", "40", "0.5", "0", 800_000, 202_500, 10_125, 192_400),
    ("T6 half a rupee", "20000", "40", "0.25", "0", 800_000, 201_300, 10_065, 191_200),
]


def valued(amount: str, basis: str = "annual_value", **facts):
    return annual_value.value(
        AnnualValueFacts(basis=basis, amount_paise=Decimal(amount) * 100, **facts), TABLES, REBATE
    )


def assessed(area: str, category: str = "D", *, location: str = "1", age: str = "1", **facts):
    part = Part(area_sq_ft=Decimal(area), given={**ONES, "age": Decimal(age)})
    return of_parts(part, category=category, location_factor=Decimal(location), **facts)


def of_parts(*parts: Part, category: str = "D", location_factor: Decimal | None = Decimal(1), **facts):
    facts = UnitAreaFacts(category=category, parts=parts, location_factor=location_factor, **facts)
    return unit_area.assess(facts, TABLES, REBATE)


@pytest.mark.parametrize(
    ("amount", "rate", "bridge", "commercial", "tax", "gross", "rebate", "net"),
    [case[1:] for case in GOLDEN],
    ids=[case[0] for case in GOLDEN],
)
def test_annual_value_golden_case_holds(amount, rate, bridge, commercial, tax, gross, rebate, net):
    found = valued(
        amount,
        tax_rate_percent=Decimal(rate) if rate else None,
        bridge_tax=BridgeTaxRate(Decimal(bridge)),
        commercial_annual_value_paise=Decimal(commercial) * 100,
    )

    assert found.annual_paise["property_tax"] == tax
    assert (found.quarter.gross_paise, found.quarter.rebate_paise, found.quarter.net_paise) == (gross, rebate, net)


def test_rent_of_3000_at_18_percent_is_the_sample_record():
    found = valued("3000", "rent", tax_rate_percent=Decimal(18), bridge_tax=BridgeTaxRate(Decimal("0.5")))

    assert found.annual_value_paise == 3_240_000
    assert found.quarter.lines == {"property_tax": 145_800, "howrah_bridge_tax": 4_050, "rounding": 50}
    assert (found.quarter.gross_paise, found.quarter.rebate_paise, found.quarter.net_paise) == (149_900, 7_495, 142_400)


def test_mobile_tower_pays_its_surcharge_in_the_quarter():
    found = valued(
        "199720", bridge_tax=BridgeTaxRate(Decimal("0.25")), commercial_annual_value_paise=Decimal(19_972_000)
    )

    assert found.quarter.lines == {
        "property_tax": 1_997_200,
        "howrah_bridge_tax": 12_482,
        "commercial_surcharge": 998_600,
        "rounding": 18,
    }


@pytest.mark.parametrize(
    ("annual", "percent"),
    [
        ("1", "11"), ("500", "11"), ("600", "11.0"), ("601", "11.0"), ("629.99", "11.0"), ("630", "11.1"),
        ("900", "11.5"), ("1300", "12.2"), ("5670", "19.5"), ("10000", "26.7"), ("17969.99", "39.9"),
        ("17970", "40.0"), ("18000", "40.0"), ("18000.01", "40"), ("18010", "40"), ("10000000", "40"),
    ],
)  # fmt: skip
def test_rate_of_an_annual_value(annual, percent):
    assert rate_of(Decimal(annual) * 100, None, TABLES).value == Decimal(percent)


@pytest.mark.parametrize(
    ("rent", "annual"), [("1", "10"), ("3000", "32400"), ("1000.46", "10800"), ("1000.47", "10810"), ("50", "540")]
)
def test_rent_goes_to_the_nearest_ten_rupees(rent, annual):
    assert valued(rent, "rent").annual_value_paise == Decimal(annual) * 100


def test_theatre_is_valued_by_its_receipts():
    assert valued("1000000", "receipts").annual_value_paise == 75_000 * RUPEE


@pytest.mark.parametrize(("cottahs", "annual"), [("0.5", "25000"), ("5", "25000"), ("5.01", "70000"), ("100", "70000")])
def test_vacant_land_is_valued_by_its_size(cottahs, annual):
    assert valued("1000000", "land", land_cottahs=Decimal(cottahs)).annual_value_paise == Decimal(annual) * 100


@pytest.mark.parametrize(("on", "annual"), [(date(2008, 3, 31), 70_000), (date(2008, 4, 1), 25_000)])
def test_vacant_land_is_valued_by_the_rule_of_the_day(on, annual):
    facts = AnnualValueFacts(basis="land", amount_paise=1_000_000 * RUPEE, land_cottahs=Decimal(2))

    assert annual_value.value(facts, Tables(BOOK.rules, on), None).annual_value_paise == annual * RUPEE


def test_commercial_part_is_never_above_the_whole():
    with pytest.raises(PartAboveWhole):
        valued("1000", commercial_annual_value_paise=Decimal(100_001))


@pytest.mark.parametrize(
    ("area", "category", "factors", "annual", "tax"),
    [
        ("1000", "D", {}, "32000", 640_000),
        ("1000", "E", {}, "24000", 360_000),
        ("900", "D", {"location": "0.8", "age": "0.9"}, "20736", 311_040),
        ("1000", "A", {}, "74000", 1_480_000),
        ("1000", "B", {}, "56000", 1_120_000),
        ("1000", "C", {}, "42000", 840_000),
        ("1000", "F", {}, "18000", 270_000),
        ("1000", "G", {}, "13000", 195_000),
        ("1249", "E", {}, "29976", 449_640),
        ("1250", "E", {}, "30000", 600_000),
    ],
)
def test_unit_area_case_holds(area, category, factors, annual, tax):
    found = assessed(area, category, **factors)

    assert (found.annual_value_paise, found.annual_paise["property_tax"]) == (Decimal(annual) * 100, tax)


@pytest.mark.parametrize(
    ("table", "value", "factor"),
    [
        ("location", "0.1", "0.6"), ("location", "2.5", "0.6"), ("location", "2.51", "0.8"), ("location", "3.5", "0.8"),
        ("location", "3.51", "1"), ("location", "12", "1"), ("location", "12.01", "1.2"), ("location", "90", "1.2"),
        ("age", "0", "1"), ("age", "20", "1"), ("age", "20.5", "0.9"), ("age", "21", "0.9"), ("age", "50", "0.9"),
        ("age", "51", "0.8"), ("age", "300", "0.8"),
    ],
)  # fmt: skip
def test_factor_at_every_edge(table, value, factor):
    (rule,) = BOOK.rules[f"valuation_factor_{table}"]

    assert at(rule.factors, Decimal(value)) == Decimal(factor)


@pytest.mark.parametrize(
    ("code", "factor"),
    [
        ("owner", "1"), ("tenant_20_residential", "1.5"), ("tenant_20_other", "4"), ("tenant_50", "1.2"),
        ("tenant_50_protected", "1"), ("tenant_over_50", "1"), ("paid_parking", "4"),
    ],
)  # fmt: skip
def test_factor_of_who_occupies(code, factor):
    given = {"usage": Decimal(1), "structure": Decimal(1)}
    part = Part(area_sq_ft=Decimal(100), age_years=Decimal(5), classes={"occupancy": code}, given=given)

    assert of_parts(part).annual_value_paise == 3200 * 100 * Decimal(factor)


@pytest.mark.parametrize(
    ("code", "annual", "tax"),
    [
        ("undeveloped_bustee", 13_000, 780),
        ("developed_bustee", 13_000, 1_040),
        ("government", 74_000, 7_400),
        ("rehabilitation_colony", 24_000, 3_600),
    ],
)
def test_class_of_property_has_its_own_category_and_rate(code, annual, tax):
    classes = TABLES.several(PropertyClass, "valuation_property_class")

    found = assessed("1000", "A", property_class=classes[code])

    assert (found.annual_value_paise, found.annual_paise["property_tax"]) == (annual * RUPEE, tax * RUPEE)


@pytest.mark.parametrize(
    ("previous", "tax", "words"),
    [
        ("4000", 4_800, "lowered_to_cap"),
        ("5333.33", "6399.996", "lowered_to_cap"),
        ("5333.34", 6_400, "within_limits"),
        ("8000", 6_400, "within_limits"),
        ("8000.01", "6400.008", "raised_to_floor"),
        ("10000", 8_000, "raised_to_floor"),
    ],
)
def test_tax_stays_between_cap_and_floor(previous, tax, words):
    found = assessed("1000", previous_annual_tax_paise=Decimal(previous) * 100)

    assert sum(found.annual_paise.values()) == Decimal(tax) * 100
    assert found.uncapped_paise == {"property_tax": 640_000}
    assert [figure.words for figure in found.figures if figure.name == "limited_tax"] == [words]


def test_cap_covers_what_was_assessed_before_only():
    old = Part(area_sq_ft=Decimal(1000), given=ONES)
    new = Part(area_sq_ft=Decimal(500), given=ONES, is_new=True)

    found = of_parts(old, new, previous_annual_tax_paise=4_000 * RUPEE)

    assert found.annual_paise["property_tax"] == (4_800 + 3_200) * RUPEE
    assert "new_part_uncapped" in found.remarks


def test_property_that_is_all_new_has_no_cap():
    found = of_parts(Part(area_sq_ft=Decimal(1000), given=ONES, is_new=True), previous_annual_tax_paise=Decimal(100))

    assert (found.annual_paise["property_tax"], found.uncapped_paise) == (640_000, None)


def test_cap_takes_bridge_tax_and_tax_in_proportion():
    found = assessed("1000", bridge_tax=BridgeTaxRate(Decimal("0.5")), previous_annual_tax_paise=4_100 * RUPEE)

    assert found.annual_paise == {"property_tax": 480_000, "howrah_bridge_tax": 12_000}
    assert found.uncapped_paise == {"property_tax": 640_000, "howrah_bridge_tax": 16_000}


def test_land_has_neither_age_nor_structure():
    found = of_parts(Part(area_sq_ft=Decimal(100), is_land=True, given=ONES))

    assert [figure.name for figure in found.figures if figure.name.endswith("_factor")] == [
        "location_factor", "usage_factor", "occupancy_factor",
    ]  # fmt: skip


def test_table_that_is_not_loaded_is_not_invented():
    with pytest.raises(NotInForce, match="valuation_factor_usage"):
        of_parts(Part(area_sq_ft=Decimal(100), classes={"usage": "U1"}))


def test_unit_area_assessment_begins_in_april_2017():
    facts = UnitAreaFacts(category="D", parts=(Part(area_sq_ft=Decimal(1), given=ONES),), location_factor=Decimal(1))

    with pytest.raises(NotInForce, match="valuation_base_unit_area_value"):
        unit_area.assess(facts, Tables(BOOK.rules, date(2017, 3, 31)), None)


@pytest.mark.parametrize(
    ("annual", "remarks"),
    [("2000", ("howrah_bridge_tax_left_out", "may_be_exempted")), ("2000.01", ("howrah_bridge_tax_left_out",))],
)
def test_small_annual_value_may_be_exempted(annual, remarks):
    assert valued(annual).remarks == remarks


def test_without_a_rule_there_is_no_rebate():
    found = annual_value.value(AnnualValueFacts(basis="annual_value", amount_paise=20_000 * RUPEE), TABLES, None)

    assert (found.quarter.gross_paise, found.quarter.rebate_paise, found.quarter.net_paise) == (200_000, 0, 200_000)


# --- What holds of all valuations -------------------------------------------------------------------------------------

areas = st.decimals("1", "10000000", places=2)
categories = st.sampled_from("ABCDEFG")
percents = st.sampled_from([Decimal(0), Decimal("0.25"), Decimal("0.5")])
amounts = st.integers(100, 10**12).map(Decimal)


@given(areas, areas, categories, percents)
def test_a_larger_area_never_costs_less(one, other, category, bridge):
    small, large = (
        assessed(str(area), category, bridge_tax=BridgeTaxRate(bridge)).quarter for area in sorted((one, other))
    )

    assert (small.gross_paise, small.net_paise) <= (large.gross_paise, large.net_paise)


@given(amounts, amounts, percents)
def test_a_higher_annual_value_never_costs_less(one, other, bridge):
    small, large = (
        valued(str(amount / 100), bridge_tax=BridgeTaxRate(bridge)).quarter for amount in sorted((one, other))
    )

    assert (small.gross_paise, small.net_paise) <= (large.gross_paise, large.net_paise)


@given(areas, areas, categories, percents, amounts)
def test_cap_and_floor_bound_what_was_assessed_before(old, new, category, bridge, previous):
    parts = (Part(area_sq_ft=old, given=ONES), Part(area_sq_ft=new, given=ONES, is_new=True))

    found = of_parts(*parts, category=category, bridge_tax=BridgeTaxRate(bridge), previous_annual_tax_paise=previous)

    uncapped = sum(found.uncapped_paise.values())
    of_new = uncapped * new / (old + new)
    of_old = sum(found.annual_paise.values()) - of_new
    assert previous * 8 / 10 - 1 <= of_old <= previous * 12 / 10 + 1
    assert min(found.annual_paise.values()) >= 0


@given(amounts, percents, st.integers(0, 100))
def test_quarter_is_whole_rupees_and_the_sum_of_its_lines(amount, bridge, share):
    found = valued(
        str(amount / 100), bridge_tax=BridgeTaxRate(bridge), commercial_annual_value_paise=amount * share // 100
    )
    quarter = found.quarter

    assert sum(quarter.lines.values()) == quarter.gross_paise
    assert (quarter.gross_paise % 100, quarter.net_paise % 100) == (0, 0)
    assert abs(quarter.gross_paise - sum(found.annual_paise.values()) / 4) <= 50
    assert abs(quarter.gross_paise - quarter.rebate_paise - quarter.net_paise) <= 50
