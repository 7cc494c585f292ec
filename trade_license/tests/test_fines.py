"""The last date and the late fine, at every boundary. Base 1,000 rupees of s.199 and 50 of processing fee."""

from __future__ import annotations

from datetime import date

import pytest

from trade_license.rules.facts import DemandFacts
from trade_license.rules.fines import last_counter_day, last_date, late_fine, months_begun, next_month_begun
from trade_license.tests.books import COUNTERS, FINE, LAST, ORDER, book

DEMAND = DemandFacts("D-1", 2026, 1, date(2026, 4, 1), None, None, (("s199", 100_000), ("processing_fee", 5_000)))


def fine(on: str, *bands, **changes) -> int:
    row = {**FINE, "bands": [*bands] or FINE["bands"], **changes}
    found = late_fine(DEMAND, date.fromisoformat(on), book(LAST, row))
    return found.paise if found else 0


@pytest.mark.parametrize(
    ("on", "paise"), [("2026-07-29", 0), ("2026-07-30", 0), ("2026-07-31", 10_500), ("2027-07-31", 10_500)]
)
def test_percent_falls_the_day_after_the_last_date(on, paise):
    assert fine(on) == paise


@pytest.mark.parametrize(("on", "paise"), [("2026-07-30", 0), ("2026-07-31", 25_000), ("2030-01-01", 25_000)])
def test_flat_fine_is_the_same_for_ever(on, paise):
    assert fine(on, {"after_days": 0, "flat_rupees": "250"}) == paise


BY_DATE = ({"after_days": 0, "percent": "25"}, {"from_month_day": "04-01", "percent": "100"})


@pytest.mark.parametrize(
    ("on", "paise"), [("2026-07-30", 0), ("2026-07-31", 25_000), ("2026-09-28", 25_000), ("2026-09-29", 50_000)]
)
def test_percent_steps_by_days_late(on, paise):
    bands = ({"after_days": 0, "percent": "25"}, {"after_days": 60, "percent": "50"})
    assert fine(on, *bands, base=["s199"]) == paise


@pytest.mark.parametrize(
    ("on", "paise"), [("2026-07-31", 0), ("2026-08-31", 0), ("2026-09-01", 10_000), ("2027-01-31", 10_000)]
)
def test_percent_begins_on_a_day_of_the_year(on, paise):
    assert fine(on, {"from_month_day": "09-01", "percent": "10"}, base=["s199"]) == paise


def test_day_of_the_year_before_april_is_of_the_next_calendar_year():
    bands = ({"after_days": 0, "percent": "25"}, {"from_month_day": "03-01", "percent": "50"})
    assert [fine(on, *bands, base=["s199"]) for on in ("2027-02-28", "2027-03-01")] == [25_000, 50_000]


@pytest.mark.parametrize(
    ("on", "paise"),
    [
        ("2026-07-30", 0),
        ("2026-07-31", 2_000),
        ("2026-08-29", 2_000),
        ("2026-08-30", 2_000),
        ("2026-08-31", 4_000),
        ("2026-09-29", 4_000),
        ("2026-09-30", 6_000),
        ("2027-02-27", 14_000),
        ("2027-02-28", 16_000),
    ],
)
def test_percent_a_month_counts_each_month_begun(on, paise):
    """2 % of 1,000 a month from 31 July; a month without a 31st begins its next on its last day."""
    assert fine(on, {"after_days": 0, "percent_a_month": "2"}, base=["s199"]) == paise


def test_fine_keeps_its_least_and_its_most():
    monthly = {"after_days": 0, "percent_a_month": "2"}
    found = [
        fine(on, monthly, least_rupees="50", most_rupees="150", base=["s199"]) for on in ("2026-08-01", "2028-08-01")
    ]
    assert found == [5_000, 15_000]


@pytest.mark.parametrize(("percent", "paise"), [("0.04", 0), ("0.05", 100), ("0.149", 100), ("0.15", 200)])
def test_fine_is_rounded_half_up_to_the_rupee(percent, paise):
    assert fine("2026-07-31", {"after_days": 0, "percent": percent}, base=["s199"]) == paise


def test_credit_does_not_lessen_the_base():
    demand = DEMAND._replace(heads=(("s199", 100_000), ("credit", -90_000)))
    assert late_fine(demand, date(2026, 7, 31), book(LAST, FINE)).paise == 10_000


def test_demand_keeps_the_date_it_names():
    demand = DEMAND._replace(last_date=date(2026, 6, 30))
    assert last_date(demand, date(2026, 6, 1), book(LAST)) == date(2026, 6, 30)


def test_order_moves_the_date_from_the_day_it_is_given():
    both = book(LAST, ORDER, FINE)
    assert [last_date(DEMAND, date(2026, month, 30), both) for month in (6, 8)] == [
        date(2026, 7, 30),
        date(2026, 9, 30),
    ]
    assert [late_fine(DEMAND, date(2026, *day), both) is None for day in ((8, 15), (9, 30), (10, 1))] == [
        True,
        True,
        False,
    ]


def test_order_never_brings_the_date_forward():
    assert last_date(DEMAND, date(2026, 7, 2), book(LAST, {**ORDER, "last_date": "2026-07-10"})) == date(2026, 7, 30)


def test_order_of_another_year_moves_nothing():
    assert last_date(DEMAND, date(2026, 8, 1), book(LAST, {**ORDER, "financial_year": "2025-26"})) == date(2026, 7, 30)


def test_fine_begins_after_the_extended_date():
    found = late_fine(
        DEMAND, date(2026, 10, 1), book(LAST, ORDER, {**FINE, "bands": [{"from_month_day": "08-01", "percent": "10"}]})
    )
    assert found.since == date(2026, 10, 1)


def test_last_date_on_a_closed_day_binds_counters_only():
    """30 August 2026 is a Sunday: the website takes it without a fine, counters had to be seen on Friday."""
    rules = book({**LAST, "month_day": "08-30"}, FINE, COUNTERS)
    assert last_date(DEMAND, date(2026, 8, 1), rules) == date(2026, 8, 30)
    assert [late_fine(DEMAND, date(2026, 8, day), rules) is None for day in (30, 31)] == [True, False]
    assert last_counter_day(date(2026, 8, 30), rules) == date(2026, 8, 28)


def test_last_counter_day_passes_over_holidays():
    assert last_counter_day(date(2026, 8, 15), book(COUNTERS)) == date(2026, 8, 13)


def test_nothing_is_late_without_a_rule():
    assert late_fine(DEMAND, date(2030, 1, 1), book(FINE)) is None
    assert late_fine(DEMAND, date(2030, 1, 1), book(LAST)) is None


@pytest.mark.parametrize("since", [date(2026, 7, 31), date(2027, 1, 31), date(2028, 2, 29), date(2026, 12, 1)])
def test_next_month_is_the_first_day_with_another_count(since):
    day = since
    for _month in range(14):
        later = next_month_begun(since, day)
        assert months_begun(since, later) == months_begun(since, day) + 1
        assert months_begun(since, date.fromordinal(later.toordinal() - 1)) == months_begun(since, day)
        day = later
