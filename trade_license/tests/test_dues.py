"""What a certificate owes on a day, and the laws that hold for any facts."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from trade_license.rules.book import BOOK
from trade_license.rules.dues import dues, further_years
from trade_license.rules.facts import DemandFacts
from trade_license.tests.books import FINE, LAST, ORDER, TERMS, book

RULES = book(LAST, FINE, TERMS)
HEADS = (("s199", 50_000), ("s238_2", 100_000), ("processing_fee", 5_000), ("credit", -20_000))


def demand(year: int, **changes) -> DemandFacts:
    made = DemandFacts(f"D-{year}", year, 1, date(year, 4, 1), None, None, HEADS)
    return made._replace(**changes)


def told(found) -> dict[str, list[tuple[str, str, int]]]:
    return {
        name: [(line.period, line.head, line.amount_paise) for line in heading.lines]
        for name, heading in found.headings.items()
    }


def test_earlier_years_are_arrears_and_this_one_is_the_renewal():
    found = dues([demand(2025), demand(2026)], as_of=date(2026, 5, 1), book=RULES)

    assert told(found) == {
        "RENEWAL": [
            ("2026-27", "s199", 50_000),
            ("2026-27", "s238_2", 100_000),
            ("2026-27", "processing_fee", 5_000),
            ("2026-27", "credit", -20_000),
        ],
        "ARREARS": [
            ("2025-26", "s199", 50_000),
            ("2025-26", "s238_2", 100_000),
            ("2025-26", "processing_fee", 5_000),
            ("2025-26", "credit", -20_000),
            ("2025-26", "late_fine", 15_500),
        ],
    }
    assert found.total_paise == 135_000 + 150_500


def test_demand_paid_or_not_yet_issued_is_not_owed():
    paid, later = demand(2026, paid_on=date(2026, 6, 1)), demand(2027)

    assert dues([paid, later], as_of=date(2026, 6, 1), book=RULES).total_paise == 0
    assert dues([paid, later], as_of=date(2026, 5, 31), book=RULES).total_paise == 135_000


def test_next_change_is_the_day_the_fine_falls():
    change = dues([demand(2026)], as_of=date(2026, 5, 1), book=RULES).next_change

    assert (change.on, change.total_paise, change.because) == (date(2026, 7, 31), 150_500, "late fine falls")


def test_next_change_knows_of_an_order_only_once_it_is_given():
    rules = book(LAST, FINE, ORDER)
    changes = [dues([demand(2026)], as_of=date(2026, 6, day), book=rules).next_change for day in (15,)]
    changes += [dues([demand(2026)], as_of=date(2026, 7, 2), book=rules).next_change]

    assert [change.on for change in changes] == [date(2026, 10, 1), date(2026, 10, 1)]


def test_next_change_follows_a_fine_that_grows_by_the_month():
    rules = book(LAST, {**FINE, "bands": [{"after_days": 0, "percent_a_month": "2"}], "base": ["s199"]})
    change = dues([demand(2026)], as_of=date(2026, 8, 1), book=rules).next_change

    assert (change.on, change.total_paise, change.because) == (date(2026, 8, 31), 137_000, "late fine grows")


def test_nothing_changes_where_nothing_is_due():
    assert dues([], as_of=date(2026, 5, 1), book=RULES).next_change is None


def test_further_years_repeat_the_demand_without_credit_and_processing_fee():
    found = further_years("CE/1", demand(2026), 5, date(2026, 5, 1), RULES)

    assert (found.demand_number, found.financial_year, found.years) == ("CE/1/2027+4", 2027, 4)
    assert found.heads == (("s199", 200_000), ("s238_2", 400_000))


def test_enlistment_fee_of_many_years_may_exceed_the_yearly_cap():
    heads = (("s199", 250_000),)
    found = further_years("CE/1", demand(2026, heads=heads), 15, date(2026, 5, 1), BOOK)

    assert found.heads == (("s199", 14 * 250_000),)


def test_one_year_adds_nothing():
    assert further_years("CE/1", demand(2026), 1, date(2026, 5, 1), RULES) is None


YEARS = st.integers(2015, 2026)
DAYS = st.dates(date(2015, 4, 1), date(2027, 12, 31))
HEADED = st.dictionaries(
    st.sampled_from(["s199", "s238_2", "s307", "processing_fee"]), st.integers(1, 500_000), min_size=1
)
DEMANDS = st.lists(st.tuples(YEARS, HEADED), max_size=5, unique_by=lambda pair: pair[0])
BANDS = st.lists(
    st.one_of(
        st.builds(
            lambda days, percent: {"after_days": days, "percent": str(percent)},
            st.integers(0, 400),
            st.integers(0, 100),
        ),
        st.builds(
            lambda days, percent: {"after_days": days, "percent_a_month": str(percent)},
            st.integers(0, 60),
            st.integers(0, 5),
        ),
    ),
    min_size=1,
    max_size=3,
)


def facts(drawn) -> list[DemandFacts]:
    return sorted(
        (demand(year, heads=tuple(heads.items())) for year, heads in drawn), key=lambda one: one.financial_year
    )


@settings(deadline=None)
@given(DEMANDS, DAYS, BANDS)
def test_total_is_the_sum_of_headings_and_lines(drawn, on, bands):
    found = dues(facts(drawn), as_of=on, book=book(LAST, {**FINE, "bands": bands}))

    assert found.total_paise == sum(line.amount_paise for line in found.lines)
    assert found.total_paise == sum(heading.payable_paise for heading in found.headings.values())


@settings(deadline=None)
@given(DEMANDS, DAYS)
def test_paying_everything_leaves_nothing(drawn, on):
    paid = [one._replace(paid_on=on) if one.is_owed(on) else one for one in facts(drawn)]

    assert dues(paid, as_of=on, book=RULES).total_paise == 0


@settings(deadline=None)
@given(DEMANDS, DAYS, BANDS)
def test_total_stays_until_the_day_that_is_named(drawn, on, bands):
    rules = book(LAST, {**FINE, "bands": bands})
    owed = [one for one in facts(drawn) if one.is_owed(on)]
    found = dues(owed, as_of=on, book=rules)
    until = found.next_change.on if found.next_change else on + timedelta(days=500)

    assert {dues(owed, as_of=day, book=rules).total_paise for day in (on, until - timedelta(days=1))} == {
        found.total_paise
    }
    if found.next_change:
        assert dues(owed, as_of=until, book=rules).total_paise == found.next_change.total_paise != found.total_paise
