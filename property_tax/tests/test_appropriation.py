"""Which bill and which head money meets first, to the paisa."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmc_portal.common.dues import Line
from kmc_portal.common.rulebook.faults import BookRefused
from property_tax.rules import book
from property_tax.rules.appropriation import appropriate
from property_tax.rules.dues import dues
from property_tax.rules.facts import Credit, DemandFacts

HEADS = ["interest", "penalty", "property_tax", "howrah_bridge_tax", "commercial_surcharge"]
RULE = {
    "kind": "appropriation",
    "code": "test",
    "valid_from": "1984-01-04",
    "periods": "oldest_first",
    "part_payment": "allowed",
    "least_part_rupees": "0",
    "heads": HEADS,
    "source": "a test",
    "confidence": "assumption",
}
LATE_YEAR = date(2026, 5, 15)


def rule(**changes):
    return book.parse({"rules": [{**RULE, **changes}]}).appropriation(LATE_YEAR)


def line(bill: str, period: str, head: str, paise: int, terms=()) -> Line:
    return Line(bill, period, head, paise, "bill", "test", terms)


# 2,000.00 of tax and 25.50 of bridge tax; 0.50 rounds up; 120.00 of interest, 60.00 of penalty.
OLD = [
    line("OLD", "2024-25 Q4", "property_tax", 200_000),
    line("OLD", "2024-25 Q4", "howrah_bridge_tax", 2_550),
    line("OLD", "2024-25 Q4", "rounding", 50),
    line("OLD", "2024-25 Q4", "interest", 12_000),
    line("OLD", "2024-25 Q4", "penalty", 6_000),
]
# 1,000.00 less 5 %.
NEW = [line("NEW", "2026-27 Q1", "property_tax", 100_000), line("NEW", "2026-27 Q1", "rebate", -5_000)]


def taken(amount: int, **changes) -> list[tuple[str, str, int]]:
    return [
        (one.demand_number, one.head, one.amount_paise) for one in appropriate([*NEW, *OLD], amount, rule(**changes))
    ]


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (1, [("OLD", "interest", 1)]),
        (12_000, [("OLD", "interest", 12_000)]),
        (12_001, [("OLD", "interest", 12_000), ("OLD", "penalty", 1)]),
        (20_000, [("OLD", "interest", 12_000), ("OLD", "penalty", 6_000), ("OLD", "property_tax", 2_000)]),
        (
            220_599,
            [
                ("OLD", "interest", 12_000),
                ("OLD", "penalty", 6_000),
                ("OLD", "property_tax", 200_000),
                ("OLD", "howrah_bridge_tax", 2_550),
                ("OLD", "rounding", 49),
            ],
        ),
        (220_600, [(one.demand_number, one.head, one.amount_paise) for one in OLD]),
        (220_700, [*((one.demand_number, one.head, one.amount_paise) for one in OLD), ("NEW", "property_tax", 100)]),
        (315_600, [(one.demand_number, one.head, one.amount_paise) for one in [*OLD, *NEW]]),
        (999_999, [(one.demand_number, one.head, one.amount_paise) for one in [*OLD, *NEW]]),
    ],
)
def test_oldest_bill_is_paid_first_and_whole(amount, expected):
    assert taken(amount) == expected


def test_newest_bill_is_paid_first_where_the_rule_says_so():
    assert taken(95_001, periods="newest_first") == [
        ("NEW", "property_tax", 100_000),
        ("NEW", "rebate", -5_000),
        ("OLD", "interest", 1),
    ]


def test_tax_is_paid_before_interest_where_the_rule_says_so():
    heads = ["property_tax", "howrah_bridge_tax", "commercial_surcharge", "interest", "penalty"]

    assert taken(202_000, heads=heads) == [("OLD", "property_tax", 200_000), ("OLD", "howrah_bridge_tax", 2_000)]


def test_what_was_paid_on_a_head_before_is_not_owed_again():
    paid = line("OLD", "2024-25 Q4", "advance", -12_000, (("against", "interest"),))

    assert [(one.head, one.amount_paise) for one in appropriate([*OLD, paid], 7_000, rule())] == [
        ("penalty", 6_000),
        ("property_tax", 1_000),
    ]


@given(st.integers(1, 400_000), st.permutations(HEADS), st.sampled_from(["oldest_first", "newest_first"]))
def test_lines_add_up_to_the_amount_or_to_all_that_is_due(amount, heads, periods):
    lines = appropriate([*OLD, *NEW], amount, rule(heads=heads, periods=periods))

    assert sum(one.amount_paise for one in lines) == min(amount, 315_600)


@pytest.mark.parametrize(
    "changes",
    [
        {"heads": HEADS[:4]},
        {"heads": [*HEADS, "interest"]},
        {"heads": [*HEADS[:4], "rebate"]},
        {"heads": "interest"},
        {"periods": "dearest_first"},
        {"part_payment": "perhaps"},
        {"source": ""},
    ],
)
def test_rule_that_is_not_whole_is_refused(changes):
    with pytest.raises(BookRefused):
        rule(**changes)


# --- Dues of a bill that was paid in part -----------------------------------------------------------------------------

INTEREST = {
    "kind": "interest",
    "code": "twelve_percent",
    "valid_from": "1984-01-04",
    "basis": "month",
    "month_part": "whole",
    "starts": "quarter_end",
    "slabs": [{"above_rupees": "0", "percent_a_year": "12"}],
    "source": "a test",
    "confidence": "assumption",
}
PENALTY = {
    "kind": "penalty",
    "code": "ten_percent",
    "valid_from": "1984-01-04",
    "percent": "10",
    "after_days": 365,
    "starts": "quarter_end",
    "source": "a test",
    "confidence": "assumption",
}
BOOK = book.parse({"rules": [INTEREST, PENALTY, RULE]})


def bill(*credits: Credit) -> DemandFacts:
    """1,000 rupees for the last quarter of 2024-25, late since 1 April 2025."""
    return DemandFacts(
        "OLD", "PD", 2024, 4, date(2024, 5, 1), date(2024, 5, 1), None, None, None, 100_000, 0, 0, credits
    )


def shown(on: date, *credits: Credit) -> list[tuple[str, int]]:
    return [(one.head, one.amount_paise) for one in dues([bill(*credits)], as_of=on, book=BOOK).lines]


@pytest.mark.parametrize(
    ("on", "interest"),
    [
        # 12 % a year is 10 rupees a month on 1,000; after 600 were paid on 20 June, 4 rupees from July on.
        (date(2025, 6, 20), [("interest", 3_000)]),
        (date(2025, 6, 30), [("interest", 3_000)]),
        (date(2025, 7, 1), [("interest", 3_000), ("interest", 400)]),
        (date(2025, 9, 1), [("interest", 3_000), ("interest", 1_200)]),
    ],
)
def test_interest_runs_on_what_is_left_from_the_next_month(on, interest):
    credits = [Credit(date(2025, 6, 20), "property_tax", 60_000, "KP1")]

    assert shown(on, *credits) == [("property_tax", 100_000), *interest, ("advance", -60_000)]


def test_penalty_falls_on_what_is_unpaid_that_day():
    on = date(2026, 4, 1)

    assert ("penalty", 4_000) in shown(on, Credit(date(2026, 3, 31), "property_tax", 60_000, "KP1"))
    assert ("penalty", 10_000) in shown(on, Credit(on, "property_tax", 60_000, "KP1"))


def test_what_was_paid_on_interest_leaves_the_tax_bearing_interest():
    paid = Credit(date(2025, 6, 20), "interest", 3_000, "KP1")

    assert shown(date(2025, 7, 1), paid) == [("property_tax", 100_000), ("interest", 4_000), ("advance", -3_000)]


def test_what_was_paid_later_does_not_count_before():
    assert shown(date(2025, 6, 19), Credit(date(2025, 6, 20), "property_tax", 60_000, "KP1")) == [
        ("property_tax", 100_000),
        ("interest", 3_000),
    ]


@given(st.integers(1, 130_000), st.integers(0, 900))
def test_paying_a_part_and_then_the_rest_pays_the_bill(amount, days):
    first, later = date(2025, 6, 20), date.fromordinal(date(2025, 6, 20).toordinal() + days)
    due = dues([bill()], as_of=first, book=BOOK)
    part = appropriate(due.lines, min(amount, due.total_paise - 1), rule())
    credits = [Credit(first, one.head, one.amount_paise, "KP1") for one in part]

    rest = dues([bill(*credits)], as_of=later, book=BOOK)

    assert rest.total_paise == sum(one.amount_paise for one in rest.lines)
    assert sum(one.amount_paise for one in rest.lines if one.head == "advance") == -sum(
        one.amount_paise for one in part
    )
    assert rest.total_paise >= due.total_paise - sum(one.amount_paise for one in part)
    assert Decimal(rest.total_paise) <= dues([bill()], as_of=later, book=BOOK).total_paise
