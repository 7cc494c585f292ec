from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmc_portal.common.financial_year import FinancialYear, period_text, quarter_days, quarter_of

YEAR = FinancialYear(2026)


@pytest.mark.parametrize(("start", "text"), [(2026, "2026-27"), (1999, "1999-00"), (2009, "2009-10")])
def test_year_is_written_and_read(start, text):
    assert str(FinancialYear(start)) == text
    assert FinancialYear.parse(text) == FinancialYear(start)


@pytest.mark.parametrize(
    "text", ["2026-28", "2026-26", "2026", "26-27", "2026-2027", "2026/27", " 2026-27", "২০২৬-২৭", ""]
)
def test_parse_refuses(text):
    with pytest.raises(ValueError, match="not a financial year"):
        FinancialYear.parse(text)


@pytest.mark.parametrize(
    ("day", "start"), [(date(2026, 3, 31), 2025), (date(2026, 4, 1), 2026), (date(2027, 1, 1), 2026)]
)
def test_year_of_a_day(day, start):
    assert FinancialYear.of(day) == FinancialYear(start)


def test_years_are_ordered_and_have_neighbours():
    assert FinancialYear(2025) < YEAR
    assert (YEAR.previous, YEAR.next) == (FinancialYear(2025), FinancialYear(2027))
    assert (YEAR.first_day, YEAR.last_day) == (date(2026, 4, 1), date(2027, 3, 31))


def test_quarter_days():
    assert [quarter_days(YEAR, quarter) for quarter in (1, 2, 3, 4)] == [
        (date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), date(2026, 9, 30)),
        (date(2026, 10, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), date(2027, 3, 31)),
    ]


@pytest.mark.parametrize("quarter", [0, 5])
def test_quarter_days_refuses_a_quarter_that_is_none(quarter):
    with pytest.raises(ValueError, match="not a quarter"):
        quarter_days(YEAR, quarter)


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)))
def test_every_day_lies_in_its_quarter(day):
    first, last = quarter_days(FinancialYear.of(day), quarter_of(day))

    assert first <= day <= last
    assert quarter_of(first - timedelta(days=1)) == (quarter_of(day) - 2) % 4 + 1


def test_period_text():
    assert period_text(YEAR, 3) == "2026-27 Q3"
