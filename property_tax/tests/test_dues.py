"""The golden table of dues: what is owed, to the rupee, with the arithmetic written out."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmc_portal.common.dues import NextChange
from property_tax.rules.dues import dues
from property_tax.rules.facts import DemandFacts

LAST_DAY = date(2026, 11, 30)
WITHIN, AFTER = date(2026, 11, 23), date(2026, 12, 1)


def bill(**changes) -> DemandFacts:
    values = {
        "demand_number": "PD-1",
        "kind": "PD",
        "financial_year": 2026,
        "quarter": 3,
        "issued_on": date(2026, 10, 1),
        "presented_on": date(2026, 10, 20),
        "rebate_date": LAST_DAY,
        "penalised_on": None,
        "paid_on": None,
        "property_tax_paise": 200_000,
        "howrah_bridge_tax_paise": 0,
        "commercial_surcharge_paise": 0,
    }
    return DemandFacts(**{**values, **changes})


def amounts(found) -> dict[str, int]:
    return {line.head: line.amount_paise for line in found.lines if line.head != "rounding"}


# Tax, Howrah Bridge tax and surcharge for the quarter in paise; then what is asked within the rebate and after it.
GOLDEN = [
    # 2,000.00 - 100.00
    ("round amounts", (200_000, 0, 0), 190_000, 200_000),
    # 2,025.00 - 101.25 = 1,923.75
    ("annual value 20,000 at 40 % with bridge tax 0.5 %", (200_000, 2_500, 0), 192_400, 202_500),
    # 2,012.50 is 2,013; less 100.65 = 1,912.35
    ("annual value 20,000 at 40 % with bridge tax 0.25 %", (200_000, 1_250, 0), 191_200, 201_300),
    # 14.38 is 14; less 0.70 = 13.30; taking the rebate first would give 14
    ("annual value 500: the rounding order shows", (1_375, 63, 0), 1_300, 1_400),
    # 1,498.50 is 1,499; less 74.95 = 1,424.05
    ("annual value 32,400", (145_800, 4_050, 0), 142_400, 149_900),
    # 30,082.83 is 30,083; less 1,504.15 = 28,578.85; a court quotes 28,579
    ("mobile tower with commercial surcharge", (1_997_200, 12_483, 998_600), 2_857_900, 3_008_300),
    # 0.50 is 1; less 0.05 = 0.95
    ("half a rupee is rounded up", (50, 0, 0), 100, 100),
    # 10.00 - 0.50 = 9.50
    ("half a rupee of the net is rounded up", (1_000, 0, 0), 1_000, 1_000),
    ("nothing", (0, 0, 0), 0, 0),
]


@pytest.mark.parametrize(("heads", "within", "after"), [row[1:] for row in GOLDEN], ids=[row[0] for row in GOLDEN])
def test_dues_golden(heads, within, after):
    tax, bridge, surcharge = heads
    bills = [bill(property_tax_paise=tax, howrah_bridge_tax_paise=bridge, commercial_surcharge_paise=surcharge)]

    assert dues(bills, as_of=WITHIN).total_paise == within
    assert dues(bills, as_of=LAST_DAY).total_paise == within
    assert dues(bills, as_of=AFTER).total_paise == after


def test_rebate_is_cut_off_after_the_paisa():
    found = dues([bill(property_tax_paise=149_900)], as_of=WITHIN)

    assert amounts(found) == {"property_tax": 149_900, "rebate": -7_495}


def test_quarters_are_rounded_each_alone():
    bills = [bill(demand_number=str(quarter), quarter=quarter, property_tax_paise=1_440) for quarter in (1, 2, 3, 4)]

    assert dues(bills, as_of=AFTER).total_paise == 4 * 1_400


@pytest.mark.parametrize(
    ("changes", "on", "heading"),
    [
        ({}, WITHIN, "PD"),
        ({}, AFTER, "PD"),
        ({}, date(2027, 3, 31), "PD"),
        ({}, date(2027, 4, 1), "LOI"),
        ({"financial_year": 2025}, WITHIN, "PD"),
        ({"kind": "FS"}, WITHIN, "FS"),
        ({"kind": "FS"}, date(2027, 4, 1), "FS"),
        ({"kind": "FS", "penalised_on": WITHIN}, date(2026, 11, 22), "FS"),
        ({"kind": "FS", "penalised_on": WITHIN}, WITHIN, "LOI"),
    ],
)
def test_bill_is_payable_under_one_heading(changes, on, heading):
    found = dues([bill(**changes)], as_of=on)

    assert [name for name, under in found.headings.items() if under.lines] == [heading]


@pytest.mark.parametrize(
    ("changes", "on", "is_owed"),
    [
        ({}, date(2026, 9, 30), False),
        ({}, date(2026, 10, 1), True),
        ({"paid_on": WITHIN}, date(2026, 11, 22), True),
        ({"paid_on": WITHIN}, WITHIN, False),
    ],
)
def test_bill_is_owed_from_issue_until_payment(changes, on, is_owed):
    assert bool(dues([bill(**changes)], as_of=on).lines) is is_owed


def test_next_change_is_the_day_after_the_first_rebate_that_ends():
    later = bill(demand_number="FS-1", kind="FS", rebate_date=date(2026, 12, 15), property_tax_paise=100_000)

    found = dues([bill(), later], as_of=WITHIN)

    assert found.total_paise == 190_000 + 95_000
    assert found.next_change == NextChange(date(2026, 12, 1), 200_000 + 95_000, "rebate ends")


def test_next_change_is_none_when_no_rebate_runs():
    assert dues([bill()], as_of=AFTER).next_change is None


def test_next_change_is_none_when_the_rebate_is_lost_in_rounding():
    assert dues([bill(property_tax_paise=1_000)], as_of=WITHIN).next_change is None


def test_headings_without_bills_are_there_at_zero():
    found = dues([], as_of=WITHIN)

    assert {name: heading.payable_paise for name, heading in found.headings.items()} == {"PD": 0, "FS": 0, "LOI": 0}


PAISE = st.integers(min_value=0, max_value=10**9)
BILLS = st.lists(
    st.builds(
        bill,
        demand_number=st.uuids().map(str),
        kind=st.sampled_from(["PD", "FS"]),
        issued_on=st.dates(date(2020, 4, 1), date(2027, 3, 31)),
        rebate_date=st.none() | st.dates(date(2020, 4, 1), date(2027, 3, 31)),
        property_tax_paise=PAISE,
        howrah_bridge_tax_paise=PAISE,
        commercial_surcharge_paise=PAISE,
    ),
    max_size=8,
)


@given(bills=BILLS, on=st.dates(date(2020, 4, 1), date(2028, 3, 31)))
def test_total_is_the_sum_of_headings_and_lines_in_whole_rupees(bills, on):
    found = dues(bills, as_of=on)

    assert found.total_paise == sum(heading.payable_paise for heading in found.headings.values())
    assert found.total_paise == sum(line.amount_paise for line in found.lines)
    assert found.total_paise % 100 == 0


@given(bills=BILLS, on=st.dates(date(2020, 4, 1), date(2028, 3, 31)))
def test_paying_everything_leaves_nothing(bills, on):
    paid = [found._replace(paid_on=on) for found in bills]

    assert dues(paid, as_of=on).total_paise == 0
