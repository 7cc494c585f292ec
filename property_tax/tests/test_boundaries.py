"""Figures on every boundary, worked out by hand, and what must hold of any bill under any book."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from property_tax.rules.dues import NOBODY, dues, heading_of
from property_tax.rules.facts import AssesseeFacts, Credit, DemandFacts
from property_tax.tests.books import COMMON, EXTENSION, INTEREST, ONLINE, PENALTY, REBATE, SHIFT, WAIVER, book, document

ROOT = Path(__file__).resolve().parents[2]


def bill(**changes) -> DemandFacts:
    values = {
        "demand_number": "X", "kind": "PD", "financial_year": 2026, "quarter": 1, "issued_on": date(2026, 4, 15),
        "presented_on": date(2026, 4, 20), "rebate_date": date(2026, 5, 11), "penalised_on": None, "paid_on": None,
        "property_tax_paise": 100_000, "howrah_bridge_tax_paise": 0, "commercial_surcharge_paise": 0,
    }  # fmt: skip
    return DemandFacts(**{**values, **changes})


def total(rules, on, assessee=NOBODY, **changes) -> int:
    return dues([bill(**changes)], as_of=on, book=rules, assessee=assessee).total_paise


# --- Rounding: a quarter on a grid of 25 paise, order A (quarter to the rupee, 5 % cut off, net to the rupee) ----------

#  gross    quarter   5 % of it   what remains   net
GRID = [
    ("14.00", "14.00", "0.70", "13.30", "13.00"),
    ("14.25", "14.00", "0.70", "13.30", "13.00"),
    ("14.50", "15.00", "0.75", "14.25", "14.00"),
    ("14.75", "15.00", "0.75", "14.25", "14.00"),
    ("15.00", "15.00", "0.75", "14.25", "14.00"),
    ("9.49", "9.00", "0.45", "8.55", "9.00"),
    ("9.50", "10.00", "0.50", "9.50", "10.00"),
    ("10.49", "10.00", "0.50", "9.50", "10.00"),
    ("10.50", "11.00", "0.55", "10.45", "10.00"),
    ("29.50", "30.00", "1.50", "28.50", "29.00"),
    ("1498.50", "1499.00", "74.95", "1424.05", "1424.00"),
    ("2012.50", "2013.00", "100.65", "1912.35", "1912.00"),
    ("2025.00", "2025.00", "101.25", "1923.75", "1924.00"),
    ("0.50", "1.00", "0.05", "0.95", "1.00"),
    ("0.49", "0.00", "0.00", "0.00", "0.00"),
]


def paise(rupees: str) -> int:
    return int(rupees.replace(".", ""))


@pytest.mark.parametrize(("gross", "quarter", "rebate", "rest", "net"), GRID)
def test_quarter_goes_to_the_rupee_then_the_rebate_then_the_net(gross, quarter, rebate, rest, net):
    within = dues([bill(property_tax_paise=paise(gross))], as_of=date(2026, 5, 11), book=book(REBATE))
    off = -sum(line.amount_paise for line in within.lines if line.head == "rebate")

    assert (off, paise(quarter) - off, within.total_paise) == (paise(rebate), paise(rest), paise(net))
    assert total(book(REBATE), date(2026, 5, 12), property_tax_paise=paise(gross)) == paise(quarter)


def test_city_that_rounds_nothing_says_so_in_its_book():
    exact = {**COMMON, "kind": "rounding", "code": "exact", "quarter_to_rupees": "0.01", "net_to_rupees": "0.01"}

    assert total(book(REBATE, exact), date(2026, 5, 11), property_tax_paise=1_437) == 1_437 - 71


def test_rounding_is_that_of_the_day_of_issue():
    rupee = {
        **COMMON,
        "kind": "rounding",
        "code": "rupee",
        "quarter_to_rupees": "1",
        "net_to_rupees": "1",
        "valid_to": "2026-04-30",
    }
    ten = {**rupee, "code": "ten", "valid_from": "2026-05-01", "valid_to": None, "quarter_to_rupees": "10"}
    rules = book(rupee, ten)

    assert total(rules, date(2026, 6, 1), property_tax_paise=10_437) == 10_400
    assert total(rules, date(2026, 6, 1), property_tax_paise=10_437, issued_on=date(2026, 5, 1)) == 10_000


# --- Days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "heading"),
    [(date(2026, 4, 15), "PD"), (date(2027, 3, 31), "PD"), (date(2027, 4, 1), "LOI"), (date(2028, 2, 29), "LOI")],
)
def test_pd_is_arrears_from_the_first_of_april_on(on, heading):
    assert heading_of(bill(), on) == heading


def test_move_to_another_heading_is_no_change_of_the_total():
    assert dues([bill(rebate_date=None)], as_of=date(2027, 3, 31), book=book(REBATE)).next_change is None


@pytest.mark.parametrize(
    ("rebate_date", "last"),
    [
        (date(2026, 5, 9), date(2026, 5, 9)),  # a Saturday
        (date(2026, 5, 10), date(2026, 5, 11)),  # a Sunday
        (date(2026, 12, 25), date(2026, 12, 26)),  # a listed Friday; the Saturday is a working day for this rule
        (date(2028, 2, 29), date(2028, 2, 29)),  # a leap day, a Tuesday
        (date(2026, 11, 25), date(2026, 12, 2)),  # the order of 7 days
        (date(2026, 11, 29), date(2026, 12, 7)),  # the order brings it to Sunday 6 December, which moves it on
        (date(2026, 12, 2), date(2026, 12, 2)),  # a day after those of the order
    ],
)
def test_last_day_of_the_rebate(rebate_date, last):
    rules = book(REBATE, SHIFT, EXTENSION)
    days = {"rebate_date": rebate_date, "issued_on": date(2026, 4, 1), "presented_on": date(2026, 4, 1)}

    assert [total(rules, last + timedelta(days=day), **days) for day in (0, 1)] == [95_000, 100_000]


@pytest.mark.parametrize(
    ("starts", "interest"),
    [
        ("quarter_end", 33_665),  # 1,024 days from 1 July 2024, at 12 % of 1,000 a year: 336.657…
        ("quarter_end_or_presentation", 12_000),  # 365 days from 21 April 2026
        ("rebate_date", 11_309),  # 344 days from 12 May 2026: 113.095…
    ],
)
def test_supplementary_bill_for_a_past_quarter_is_late_from_the_day_of_the_rule(starts, interest):
    rules = book({**INTEREST, "starts": starts, "basis": "day"})

    assert total(rules, date(2027, 4, 20), kind="FS", financial_year=2024) == 100_000 + interest


def test_bill_of_this_quarter_is_late_from_its_end_all_the_same():
    rules = book({**INTEREST, "starts": "quarter_end_or_presentation"})

    assert [total(rules, date(2026, 6, 30) + timedelta(days=day), rebate_date=None) for day in (0, 1)] == [
        100_000,
        101_000,
    ]


@pytest.mark.parametrize(
    ("first", "months"),
    [
        # late from 1 April; a month is over on the day before the same day of the next
        (date(2027, 4, 30), 1), (date(2027, 5, 1), 2), (date(2028, 2, 29), 11), (date(2028, 3, 1), 12), (date(2028, 3, 31), 12),
        (date(2028, 4, 1), 13),
    ],
)  # fmt: skip
def test_months_of_interest_over_a_leap_day(first, months):
    assert total(book(INTEREST), first, quarter=4, rebate_date=None) == 100_000 + months * 1_000


# --- A default grows older: 12 % a year on 1,000, graded waiver --------------------------------------------------------

LATE = {
    "rebate_date": None,
    "financial_year": 2016,
    "quarter": 1,
    "issued_on": date(2016, 4, 15),
    "presented_on": date(2016, 4, 20),
}
#  late since 1 July 2016; interest of so many months, waived by
AGES = [
    (date(2018, 6, 29), 24, 50),
    (date(2018, 6, 30), 24, 45),  # two whole years
    (date(2021, 6, 29), 60, 45),
    (date(2021, 6, 30), 60, 40),
    (date(2026, 6, 29), 120, 40),
    (date(2026, 6, 30), 120, 35),
]


@pytest.mark.parametrize(("on", "months", "waived"), AGES)
def test_waiver_is_that_of_the_age_of_the_default(on, months, waived):
    interest = months * 1_000
    assessee = AssesseeFacts(waivers=("graded",))

    assert total(book(INTEREST, WAIVER), on, assessee, **LATE) == 100_000 + interest - interest * waived // 100


def test_next_change_names_the_birthday_of_a_default():
    monthless = {**INTEREST, "valid_to": "2017-12-31"}
    assessee = AssesseeFacts(waivers=("graded",))

    change = dues([bill(**LATE)], as_of=date(2018, 3, 1), book=book(monthless, WAIVER), assessee=assessee).next_change

    assert (change.on, change.because) == (date(2018, 6, 30), "waiver changes")


# --- Any bill, any book -------------------------------------------------------------------------------------------------

WAIVERS = [
    WAIVER,
    {
        **COMMON, "kind": "waiver", "code": "graded", "apply_from": "2026-01-01", "apply_to": "2026-12-31",
        "valid_from": "2026-07-01", "valid_to": "2027-05-31",
        "steps": [
            {"paid_from": "2026-08-01", "paid_to": "2026-12-31", "interest_percent": "100", "penalty_percent": "100"},
            {"paid_from": "2027-02-01", "paid_to": "2027-05-31", "interest_percent": "60", "penalty_percent": "99"},
        ],
    },
]  # fmt: skip
SLABS = [
    {"above_rupees": "0", "up_to_rupees": "600", "percent_a_year": "0"},
    {"above_rupees": "600", "up_to_rupees": "18000", "percent_a_year": "7.5"},
    {"above_rupees": "18000", "percent_a_year": "15"},
]
DAY = st.dates(date(2024, 4, 1), date(2028, 3, 31))


@st.composite
def books(draw):
    interest = {
        **INTEREST,
        "basis": draw(st.sampled_from(["month", "day"])),
        "month_part": draw(st.sampled_from(["whole", "ignored"])),
        "starts": draw(st.sampled_from(["quarter_end", "rebate_date", "quarter_end_or_presentation"])),
        "slabs": draw(st.sampled_from([INTEREST["slabs"], SLABS])),
    }
    rows = [interest]
    if draw(st.booleans()):
        turn = draw(DAY)
        rows = [
            {**interest, "valid_to": (turn - timedelta(days=1)).isoformat()},
            {**interest, "code": "later", "valid_from": turn.isoformat(), "slabs": SLABS},
        ]
    penalty = {**PENALTY, "after_days": draw(st.integers(0, 400))}
    rest = [REBATE, SHIFT, EXTENSION, ONLINE, draw(st.sampled_from(WAIVERS)), penalty]
    return book(*rows, *draw(st.lists(st.sampled_from(rest), unique_by=lambda row: row["kind"])))


@st.composite
def bills(draw):
    issued = draw(DAY)
    presented = draw(st.none() | st.integers(0, 60).map(lambda days: issued + timedelta(days=days)))
    rebate = draw(st.none() | st.integers(0, 90).map(lambda days: (presented or issued) + timedelta(days=days)))
    credits = draw(
        st.lists(
            st.builds(
                Credit, DAY, st.sampled_from(["property_tax", "interest"]), st.integers(1, 5_000), st.just("KP1")
            ),
            max_size=2,
        )
    )
    return bill(
        kind=draw(st.sampled_from(["PD", "FS"])),
        financial_year=draw(st.integers(2014, 2027)),
        quarter=draw(st.integers(1, 4)),
        issued_on=issued,
        presented_on=presented,
        rebate_date=rebate,
        property_tax_paise=draw(st.integers(20_000, 500_000)),
        credits=tuple(credits),
    )


PEOPLE = st.builds(
    AssesseeFacts,
    st.sampled_from([1, 26, 144]),
    st.sampled_from([60_000, 1_800_000, 1_800_001]),
    st.booleans(),
    st.sampled_from([(), ("graded",)]),
)


@settings(max_examples=80, deadline=None)
@given(books(), st.lists(bills(), max_size=3), PEOPLE, DAY)
def test_total_is_the_sum_of_headings_and_of_lines(rules, owed, assessee, on):
    found = dues(owed, as_of=on, book=rules, assessee=assessee)

    assert found.total_paise == sum(heading.payable_paise for heading in found.headings.values())
    assert found.total_paise == sum(line.amount_paise for line in found.lines)


@settings(max_examples=80, deadline=None)
@given(books(), st.lists(bills(), max_size=3), PEOPLE, DAY)
def test_paying_the_total_leaves_nothing_as_of_that_day(rules, owed, assessee, on):
    paid = [each._replace(paid_on=on) for each in owed]

    assert dues(paid, as_of=on, book=rules, assessee=assessee).total_paise == 0


@settings(max_examples=80, deadline=None)
@given(books(), bills(), PEOPLE, DAY, st.integers(1, 500))
def test_dues_never_fall_by_waiting_unless_a_scheme_or_a_payment_says_so(rules, owed, assessee, on, days):
    owed, assessee = owed._replace(credits=()), assessee._replace(waivers=())
    if owed.issued_on > on:
        return

    now, later = (
        dues([owed], as_of=day, book=rules, assessee=assessee).total_paise for day in (on, on + timedelta(days=days))
    )

    assert later >= now


@settings(max_examples=25, deadline=None)
@given(books(), st.lists(bills(), max_size=2), PEOPLE, DAY)
def test_next_change_is_the_first_later_day_with_another_total(rules, owed, assessee, on):
    owed = [
        each._replace(credits=tuple(one for one in each.credits if one.on <= on))
        for each in owed
        if each.issued_on <= on
    ]
    found = dues(owed, as_of=on, book=rules, assessee=assessee)
    days = (on + timedelta(days=day) for day in range(1, 400))

    def later(day):
        return sum(dues([each], as_of=day, book=rules, assessee=assessee).total_paise for each in owed)

    first = next((day for day in days if later(day) != found.total_paise), None)
    change = found.next_change
    if first is None:
        assert change is None or change.on >= on + timedelta(days=400)
    else:
        assert change is not None
        assert (change.on, change.total_paise) == (first, later(first))


SCRIPT = """
import json, sys
from datetime import date, timedelta
from property_tax.rules.book import parse
from property_tax.rules.dues import dues
from property_tax.rules.facts import AssesseeFacts, DemandFacts
rules, who = parse(json.load(sys.stdin)), AssesseeFacts(26, 1_800_001, True, ("graded",))
day = date(2026, 4, 15)
quarters = [(year, quarter) for year in (2019, 2026) for quarter in (1, 2, 3, 4)]
owed = [DemandFacts(f"{y}-{q}", "PD", y, q, day, day, day, None, None, 123_457 * q, 99, 0) for y, q in quarters]
days = [day + timedelta(days=37 * n) for n in range(12)]
print(json.dumps([[line.amount_paise for line in dues(owed, as_of=on, book=rules, assessee=who).lines] for on in days]))
"""


def test_same_facts_make_the_same_figures_on_any_machine():
    rules = json.dumps(document(REBATE, SHIFT, EXTENSION, ONLINE, INTEREST, PENALTY, WAIVER))

    def figures(zone: str, seed: str) -> str:
        apart = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": "C"}
        command = [sys.executable, "-c", SCRIPT]
        return subprocess.run(
            command, cwd=ROOT, env=apart, input=rules, capture_output=True, text=True, check=True
        ).stdout

    told = {figures(*place) for place in [("Asia/Kolkata", "0"), ("Pacific/Kiritimati", "1"), ("America/Adak", "2")]}

    assert len(told) == 1
    assert len(json.loads(told.pop())) == 12
