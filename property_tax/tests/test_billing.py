"""What a quarter is billed at, by hand and by the published cases; and the last day of its rebate."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmc_portal.common.financial_year import FinancialYear
from property_tax.rules import book
from property_tax.rules.billing import (
    Change,
    QuarterTax,
    Valuation,
    change_of,
    quarter_tax,
    rebate_dates,
    surcharge_percent,
)
from property_tax.rules.dues import NOBODY, last_rebate_day
from property_tax.rules.facts import DemandFacts
from property_tax.rules.rounding import to_rupee

HOLIDAYS = ("2026-04-14", "2026-06-15", "2026-11-09")


def rules(*holidays: str) -> book.RuleBook:
    document = book.shipped()
    for rule in document["rules"]:
        if rule["kind"] == "holiday_shift":
            rule["holidays"] = list(holidays)
    return book.parse(document)


def valuation(value: str, rate: str, bridge: str = "0", commercial: str = "0") -> Valuation:
    rupees = [int(Decimal(one) * 100) for one in (value, commercial)]
    return Valuation(*rupees, Decimal(rate), Decimal(bridge))


@pytest.mark.parametrize(
    ("of", "heads"),
    [
        (valuation("500", "11"), (1375, 0, 0)),  # T1: 55.00 a year
        (valuation("1300", "12.2"), (3965, 0, 0)),  # T2: 158.60 a year
        (valuation("20000", "40"), (200000, 0, 0)),  # T3: 2,000 a quarter
        (valuation("32400", "18", "0.5"), (145800, 4050, 0)),  # T4: 1,458.00 and 40.50
        (valuation("199720", "40", "0.25", "199720"), (1997200, 12482, 998600)),  # T5: 124.825, cut off
        (valuation("500", "11", "0.5"), (1375, 62, 0)),  # T6: 0.625
        (valuation("20000", "40", "0.25"), (200000, 1250, 0)),
        (valuation("20000", "40", "0.5", "5000"), (200000, 2500, 25000)),  # half of the 500 on a quarter of the value
        (valuation("0.01", "100"), (0, 0, 0)),  # a quarter of a paisa
        (valuation("0.02", "100"), (0, 0, 0)),  # half a paisa
        (valuation("0", "40"), (0, 0, 0)),
    ],
)
def test_quarter_is_billed_to_the_paisa(of, heads):
    assert quarter_tax(of, Decimal(50)) == heads


def test_surcharge_is_the_one_in_force_when_the_year_began():
    document = book.shipped()
    known = [rule for rule in document["rules"] if rule["kind"] != "valuation_commercial_surcharge"]
    half = {"kind": "valuation_commercial_surcharge", "code": "half", "valid_from": "2020-04-01", "percent": "50"}
    third = half | {"code": "third", "valid_from": "2026-07-01", "percent": "30"}
    half["valid_to"] = "2026-06-30"
    sourced = [rule | {"source": "a test", "confidence": "assumption"} for rule in (half, third)]
    changing = book.parse({"rules": [*known, *sourced]})

    percents = [surcharge_percent(FinancialYear(year), changing) for year in (2019, 2026, 2027)]
    assert percents == [0, 50, 30]


@pytest.mark.parametrize(
    ("presented_on", "last_day"),
    [
        (date(2026, 4, 20), date(2026, 5, 11)),  # a Monday, 21 days later
        (date(2026, 4, 19), date(2026, 5, 11)),  # 10 May is a Sunday
        (date(2026, 3, 24), date(2026, 4, 15)),  # 14 April is listed
        (date(2026, 5, 24), date(2026, 6, 15)),  # a Sunday; the Monday after is listed too, but it moves once only
        (date(2026, 10, 19), date(2026, 11, 10)),  # a listed Monday
        (date(2028, 2, 8), date(2028, 2, 29)),  # a leap day
        (date(2028, 2, 9), date(2028, 3, 1)),  # over it
        (date(2026, 12, 20), date(2027, 1, 11)),  # 10 January is a Sunday, in the next year
        (date(2027, 3, 15), date(2027, 4, 5)),  # into the next financial year
    ],
)
def test_rebate_runs_21_days_and_one_more_over_a_sunday_or_holiday(presented_on, last_day):
    book_ = rules(*HOLIDAYS)
    said = rebate_dates(presented_on, book_).others
    bill = DemandFacts("X", "PD", 2026, 1, presented_on, presented_on, said, None, None, 100_000, 0, 0)

    assert last_rebate_day(bill, book_, NOBODY) == last_day


def test_rebate_ran_15_days_once():
    assert rebate_dates(date(2003, 10, 1), book.BOOK).others == date(2003, 10, 16)


def test_ward_with_a_notified_day_has_that_one():
    own = {"kind": "rebate_date", "code": "group_a", "valid_from": "2026-04-01", "valid_to": "2027-03-31",
           "wards": ["1-9", 12], "rebate_date": "2026-05-10", "source": "a test", "confidence": "assumption"}  # fmt: skip
    changed = book.shipped()
    changed["rules"].append(own)

    found = rebate_dates(date(2026, 4, 20), book.parse(changed))

    assert (found.others, found.by_ward[9], found.by_ward[12], 10 in found.by_ward) == (
        date(2026, 5, 11), date(2026, 5, 10), date(2026, 5, 10), False,
    )  # fmt: skip
    assert rebate_dates(date(2027, 4, 20), book.parse(changed)).by_ward == {}


CENT = st.integers(0, 10**9)
RATE = st.decimals(0, 100, places=2)


@given(CENT, CENT, RATE, st.decimals(0, 1, places=3))
def test_bill_and_valuation_go_to_the_same_rupee(value, commercial, rate, bridge):
    """The heads of a bill are whole paise, the valuation is exact: both make the quarter that the law asks for."""
    of = Valuation(value, min(value, commercial), rate, bridge)
    exact = of.annual_value_paise * (rate + bridge) / 400 + of.commercial_annual_value_paise * rate / 800

    heads = quarter_tax(of, Decimal(50))

    assert to_rupee(heads.total_paise) == int((exact / 100).quantize(Decimal(1), ROUND_HALF_UP)) * 100
    assert min(heads) >= 0


@pytest.mark.parametrize(
    ("difference", "change"),
    [
        ((10000, 500, 0), Change.MORE),
        ((-10000, -500, 0), Change.LESS),
        ((10000, 0, -5000), Change.MIXED),
        ((0, 0, 0), Change.NONE),
        ((49, 0, 0), Change.NONE),
        ((-49, 0, 0), Change.NONE),
        ((50, 0, 0), Change.MORE),
        ((-50, 0, 0), Change.LESS),
        ((10000, 0, -10000), Change.MIXED),
    ],
)
def test_change_that_a_new_valuation_makes(difference, change):
    assert change_of(QuarterTax(*difference)) is change
