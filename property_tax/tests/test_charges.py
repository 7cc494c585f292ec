"""Interest, penalty and waivers to the paisa, with the arithmetic written out, and every boundary of a day."""

from __future__ import annotations

from datetime import date, timedelta
from unicodedata import normalize

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from property_tax.explanations import explain
from property_tax.rules import charges
from property_tax.rules.book import BOOK
from property_tax.rules.dues import dues
from property_tax.rules.facts import AssesseeFacts, DemandFacts
from property_tax.tests.books import EXTENSION, INTEREST, ONLINE, PENALTY, REBATE, SHIFT, WAIVER, book

QUARTER_END = date(2026, 12, 31)  # the third quarter of 2026-27


def bill(**changes) -> DemandFacts:
    values = {
        "demand_number": "PD-1",
        "kind": "PD",
        "financial_year": 2026,
        "quarter": 3,
        "issued_on": date(2026, 10, 1),
        "presented_on": date(2026, 10, 20),
        "rebate_date": date(2026, 11, 30),
        "penalised_on": None,
        "paid_on": None,
        "property_tax_paise": 1_000_000,
        "howrah_bridge_tax_paise": 0,
        "commercial_surcharge_paise": 0,
    }
    return DemandFacts(**{**values, **changes})


NOBODY = AssesseeFacts()


def heads(rules, on, assessee=NOBODY, **changes) -> dict[str, int]:
    found = dues([bill(**changes)], as_of=on, book=rules, assessee=assessee)
    return {line.head: line.amount_paise for line in found.lines if line.head not in ("property_tax", "rounding")}


@pytest.mark.parametrize(
    ("on", "months"),
    [
        (QUARTER_END, 0),
        (date(2027, 1, 1), 1),
        (date(2027, 1, 31), 1),
        (date(2027, 2, 1), 2),
        (date(2027, 2, 28), 2),
        (date(2027, 3, 1), 3),
        (date(2027, 12, 31), 12),
        (date(2028, 2, 29), 14),
        (date(2028, 3, 1), 15),
    ],
)
def test_interest_grows_with_every_month_begun(on, months):
    # 10,000.00 at 12 % a year is 100.00 a month
    assert heads(book(INTEREST), on).get("interest", 0) == months * 10_000


def test_interest_leaves_a_part_of_a_month_out_where_the_rule_says_so():
    rules = book({**INTEREST, "month_part": "ignored"})

    assert "interest" not in heads(rules, date(2027, 1, 30))
    assert heads(rules, date(2027, 1, 31))["interest"] == 10_000


def test_interest_by_the_day_is_cut_off_after_the_paisa():
    # 10,000.00 x 12 % x 10 / 365 = 32.876…
    assert heads(book({**INTEREST, "basis": "day"}), date(2027, 1, 10))["interest"] == 3_287


def test_interest_starts_after_the_rebate_date_where_the_rule_says_so():
    rules = book({**INTEREST, "starts": "rebate_date"})

    assert "interest" not in heads(rules, date(2026, 11, 30))
    assert heads(rules, date(2026, 12, 1))["interest"] == 10_000


@pytest.mark.parametrize(
    ("annual_value_paise", "interest"), [(0, 5_000), (3_000_000, 5_000), (3_000_001, 10_000), (10**9, 10_000)]
)
def test_interest_has_slabs_of_annual_value(annual_value_paise, interest):
    slabs = [
        {"above_rupees": "0", "up_to_rupees": "30000", "percent_a_year": "6"},
        {"above_rupees": "30000", "percent_a_year": "12"},
    ]
    assessee = AssesseeFacts(annual_value_paise=annual_value_paise)

    assert heads(book({**INTEREST, "slabs": slabs}), date(2027, 1, 1), assessee)["interest"] == interest


def test_interest_is_counted_apart_where_the_rate_has_changed():
    earlier = {**INTEREST, "valid_to": "2027-03-31"}
    later = {
        **INTEREST,
        "code": "interest_6",
        "valid_from": "2027-04-01",
        "slabs": [{"above_rupees": "0", "percent_a_year": "6"}],
    }

    found = dues([bill()], as_of=date(2027, 6, 30), book=book(earlier, later))

    assert [(line.rule, line.amount_paise) for line in found.lines if line.head == "interest"] == [
        ("interest_12", 30_000),
        ("interest_6", 15_000),
    ]


def test_interest_is_on_the_quarter_at_the_nearest_rupee():
    # 10,000.50 is 10,001; 1 % of it is 100.01
    assert heads(book(INTEREST), date(2027, 1, 1), property_tax_paise=1_000_050)["interest"] == 10_001


@pytest.mark.parametrize(
    ("on", "penalty"), [(date(2027, 1, 30), None), (date(2027, 1, 31), 150_000), (date(2037, 1, 31), 150_000)]
)
def test_penalty_falls_once_and_does_not_grow(on, penalty):
    assert heads(book({**PENALTY, "after_days": 30}), on).get("penalty") == penalty


def test_penalty_falls_on_the_day_the_register_says():
    rules = book(PENALTY)

    assert "penalty" not in heads(rules, date(2027, 3, 4), penalised_on=date(2027, 3, 5))
    assert heads(rules, date(2027, 3, 5), penalised_on=date(2027, 3, 5))["penalty"] == 150_000


def test_penalised_supplementary_bill_is_payable_as_outstanding_only():
    found = dues([bill(kind="FS")], as_of=date(2027, 1, 1), book=book(PENALTY))

    assert [name for name, heading in found.headings.items() if heading.lines] == ["LOI"]


# Principal 10,000, interest 4,000 (40 months at 12 %), penalty 1,500: what is asked under each scheme.
LATE = {
    "financial_year": 2016,
    "quarter": 4,
    "issued_on": date(2016, 4, 1),
    "presented_on": date(2016, 4, 20),
    "rebate_date": None,
}
SCHEME_2020 = BOOK.waivers["incentive_scheme_2020"]


@pytest.mark.parametrize(
    ("years", "total"),
    [(0, 1_201_500), (1, 1_201_500), (2, 1_257_500), (4, 1_257_500), (5, 1_315_000), (9, 1_315_000), (10, 1_372_500)],
)
def test_graded_waiver_golden(years, total):
    late = bill(**LATE)
    on = charges.add_months(date(2017, 4, 1), years * 12)
    off = charges.waived(late, 400_000, 150_000, on, book(WAIVER), AssesseeFacts(waivers=("graded",)))

    assert 1_000_000 + 550_000 - off.interest_paise - off.penalty_paise == total


@pytest.mark.parametrize(
    ("on", "total"),
    [
        (date(2021, 2, 28), 1_000_000),
        (date(2021, 3, 1), 1_161_500),
        (date(2021, 5, 31), 1_161_500),
        (date(2021, 6, 1), 1_550_000),
        (date(2020, 9, 30), 1_550_000),
    ],
)
def test_waiver_of_2020_golden(on, total):
    off = charges.waived(bill(**LATE), 400_000, 150_000, on, BOOK, AssesseeFacts(waivers=("incentive_scheme_2020",)))

    assert 1_550_000 - (off.interest_paise + off.penalty_paise if off else 0) == total


def test_waiver_of_2020_leaves_later_bills_alone():
    late = bill(**{**LATE, "presented_on": date(2020, 4, 1)})

    assert (
        charges.waived(late, 1, 1, date(2020, 12, 1), BOOK, AssesseeFacts(waivers=("incentive_scheme_2020",))) is None
    )


def test_waiver_needs_an_approved_application():
    assert "waiver" not in heads(book(INTEREST, PENALTY, WAIVER), date(2027, 4, 1))


def test_waiver_takes_its_share_off_in_one_line():
    # Interest 400.00 of four months, penalty 1,500.00: half of one and 99 % of the other
    found = heads(book(INTEREST, PENALTY, WAIVER), date(2027, 4, 1), AssesseeFacts(waivers=("graded",)))

    assert found == {"interest": 40_000, "penalty": 150_000, "waiver": -(20_000 + 148_500)}


GREEN = AssesseeFacts(bills_by_email=True)


@pytest.mark.parametrize(
    ("paise", "online"),
    [(1_000_000, 10_000), (2_000_000, 20_000), (2_000_100, 20_000), (9_000_000, 20_000), (1_099, 11)],
)
def test_online_rebate_is_one_percent_and_at_most_two_hundred_rupees(paise, online):
    assert heads(book(REBATE, ONLINE), date(2026, 11, 1), GREEN, property_tax_paise=paise)["online_rebate"] == -online


def test_online_rebate_is_for_bills_by_email_only():
    assert "online_rebate" not in heads(book(REBATE, ONLINE), date(2026, 11, 1))


@pytest.mark.parametrize(
    ("rebate_date", "last_day"),
    [
        (date(2026, 11, 30), date(2026, 11, 30)),  # a Monday
        (date(2026, 11, 29), date(2026, 11, 30)),  # a Sunday
        (date(2026, 12, 25), date(2026, 12, 26)),  # a holiday
        (date(2026, 12, 26), date(2026, 12, 26)),  # a Saturday
    ],
)
def test_rebate_date_on_a_sunday_or_holiday_moves_by_one_day(rebate_date, last_day):
    rules = book(REBATE, SHIFT)

    assert "rebate" in heads(rules, last_day, rebate_date=rebate_date)
    assert "rebate" not in heads(rules, last_day + timedelta(days=1), rebate_date=rebate_date)


@pytest.mark.parametrize(
    ("wards", "last_day"), [([], date(2026, 12, 7)), ([26], date(2026, 12, 7)), ([27], date(2026, 11, 30))]
)
def test_order_extends_rebate_dates_of_its_wards(wards, last_day):
    rules, assessee = book(REBATE, {**EXTENSION, "wards": wards}), AssesseeFacts(ward=26)

    assert "rebate" in heads(rules, last_day, assessee)
    assert "rebate" not in heads(rules, last_day + timedelta(days=1), assessee)


def test_next_change_names_what_comes_first():
    rules = book(REBATE, INTEREST, {**PENALTY, "after_days": 45})
    changes = []
    on = date(2026, 11, 30)
    while len(changes) < 4:
        change = dues([bill()], as_of=on, book=rules).next_change
        changes.append((change.on, change.because))
        on = change.on

    assert changes == [
        (date(2026, 12, 1), "rebate ends"),
        (date(2027, 1, 1), "interest grows"),
        (date(2027, 2, 1), "interest grows"),
        (date(2027, 2, 15), "penalty falls"),
    ]


DAYS = st.dates(date(2017, 4, 1), date(2032, 3, 31))
RULES = st.sampled_from([
    book(REBATE, ONLINE, SHIFT, EXTENSION, INTEREST, PENALTY),
    book(REBATE, {**INTEREST, "basis": "day", "starts": "rebate_date"}),
    book(REBATE, {**INTEREST, "month_part": "ignored"}, {**PENALTY, "after_days": 400}),
])  # fmt: skip


@settings(deadline=None)
@given(rules=RULES, on=DAYS, later=st.integers(0, 900), paise=st.integers(0, 10**9), green=st.booleans())
def test_dues_never_fall_by_waiting(rules, on, later, paise, green):
    assessee = AssesseeFacts(bills_by_email=green)

    def total(day):
        return dues(
            [bill(issued_on=date(2016, 4, 1), property_tax_paise=paise)], as_of=day, book=rules, assessee=assessee
        ).total_paise

    assert total(on) <= total(on + timedelta(days=later))


@settings(deadline=None)
@given(rules=RULES, on=DAYS, paise=st.integers(0, 10**9))
def test_next_change_is_the_first_day_with_another_total(rules, on, paise):
    late = bill(issued_on=date(2016, 4, 1), property_tax_paise=paise)
    found = dues([late], as_of=on, book=rules)
    change = found.next_change

    if change is None:
        assert dues([late], as_of=on + timedelta(days=400), book=rules).total_paise == found.total_paise
    else:
        assert dues([late], as_of=change.on, book=rules).total_paise == change.total_paise != found.total_paise
        assert dues([late], as_of=change.on - timedelta(days=1), book=rules).total_paise == found.total_paise


@given(first=DAYS, days=st.integers(0, 4_000))
def test_months_late_never_fall(first, days):
    on = first + timedelta(days=days)
    for part in ("whole", "ignored"):
        assert charges.months_late(first, on, part) <= charges.months_late(first, on + timedelta(days=1), part)
    assert charges.months_late(first, on, "whole") - charges.months_late(first, on, "ignored") in (0, 1)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en",
            {
                "rebate": "5 % off ₹10,000.00 for paying by 30 November 2026.",
                "interest": "12 % a year on ₹10,000.00, for 4 months late, a month begun counting as the rule says.",
                "penalty": "15 % of ₹10,000.00, once, since 1 January 2027; it does not grow.",
                "waiver": "The scheme takes off 50 % of the interest and 99 % of the penalty.",
            },
        ),
        (
            "bn",
            {
                "rebate": "৩০ নভেম্বর ২০২৬-এর মধ্যে দিলে ₹১০,০০০.০০-এর ৫ % ছাড়।",
                "interest": "₹১০,০০০.০০-এর উপর বছরে ১২ %, ৪ মাস দেরির জন্য; শুরু হওয়া মাস নিয়ম মতো ধরা।",
                "penalty": "₹১০,০০০.০০-এর ১৫ %, এক বারই, ১ জানুয়ারি ২০২৭ থেকে; আর বাড়ে না।",
                "waiver": "এই প্রকল্পে সুদের ৫০ % আর জরিমানার ৯৯ % মকুব।",
            },
        ),
    ],
)
def test_every_figure_says_why(language, sentences):
    rules, approved = book(REBATE, INTEREST, PENALTY, WAIVER), AssesseeFacts(waivers=("graded",))
    lines = [
        line
        for on in (date(2026, 11, 1), date(2027, 4, 1))
        for line in dues([bill()], as_of=on, book=rules, assessee=approved).lines
    ]

    with translation.override(language):
        found = {line.head: normalize("NFC", explain(line)) for line in lines if line.head in sentences}

    assert found == {head: normalize("NFC", sentence) for head, sentence in sentences.items()}
