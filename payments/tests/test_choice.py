"""Which account takes a payment, and when one that fails is set aside: tables, no database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from payments.accounts.choice import Candidate, Limit, choose, methods_for, serving
from payments.accounts.circuit import Circuit, Standing, after_failure, standing
from payments.tests.factories import NOW

DAY = date(2026, 11, 26)
TAX, SPARE_TAX, LICENCE, SPARE = (
    Candidate(1, rank=10, service="property_tax"),
    Candidate(2, rank=20, service="property_tax"),
    Candidate(3, rank=10, service="trade_license"),
    Candidate(4, rank=90),
)
ALL = (SPARE, LICENCE, SPARE_TAX, TAX)
RESTING, ON_TRIAL = Standing.RESTING, Standing.ON_TRIAL


def chosen(candidates=ALL, *, service="property_tax", paise=100_000, method="", on=DAY, health=None):
    found = choose(candidates, service=service, amount_paise=paise, method=method, on=on, health=health or {})
    return found.account if found else None


@pytest.mark.parametrize(
    ("service", "health", "account"),
    [
        ("property_tax", {}, 1),
        ("property_tax", {1: RESTING}, 2),
        ("property_tax", {1: RESTING, 2: RESTING}, 4),
        ("property_tax", {1: RESTING, 2: RESTING, 4: RESTING}, None),
        ("property_tax", {1: ON_TRIAL}, 1),
        ("property_tax", {1: RESTING, 2: ON_TRIAL}, 2),
        ("trade_license", {}, 3),
        ("trade_license", {3: RESTING}, 4),
        ("water", {}, 4),
        ("water", {4: RESTING}, None),
    ],
)
def test_lowest_rank_that_is_not_set_aside(service, health, account):
    assert chosen(service=service, health=health) == account


def test_same_rank_goes_by_age():
    assert chosen((Candidate(7, rank=1), Candidate(5, rank=1), Candidate(6, rank=1))) == 5


@pytest.mark.parametrize(
    ("first", "last", "account"),
    [
        (None, None, 1),
        (DAY, None, 1),
        (None, DAY, 1),
        (DAY, DAY, 1),
        (DAY + timedelta(days=1), None, None),
        (None, DAY - timedelta(days=1), None),
    ],
)
def test_account_takes_money_on_its_days_both_included(first, last, account):
    assert chosen([Candidate(1, rank=1, active_from=first, active_to=last)]) == account


LAKH = 100_000_00
UPI_LIMITS = (
    Limit("upi", 100, 1 * LAKH, date(2024, 1, 1)),
    Limit("upi", 100, 5 * LAKH, date(2024, 9, 16)),
    Limit("upi", 100, 9 * LAKH, date(2027, 1, 1)),
)


@pytest.mark.parametrize(
    ("on", "paise", "methods"),
    [
        (DAY, 5 * LAKH, ["upi", "card", "netbanking"]),
        (DAY, 5 * LAKH + 1, ["card", "netbanking"]),
        (DAY, 99, ["card", "netbanking"]),
        (date(2024, 9, 15), 1 * LAKH + 1, ["card", "netbanking"]),
        (date(2024, 9, 16), 1 * LAKH + 1, ["upi", "card", "netbanking"]),
        (date(2023, 12, 31), 10**12, ["upi", "card", "netbanking"]),
        (date(2027, 1, 1), 9 * LAKH, ["upi", "card", "netbanking"]),
    ],
)
def test_newest_limit_that_has_come_holds(on, paise, methods):
    assert methods_for(Candidate(1, rank=1, limits=UPI_LIMITS), amount_paise=paise, on=on) == methods


@pytest.mark.parametrize(("method", "account"), [("upi", 2), ("card", 1), ("", 1), ("cheque", None)])
def test_amount_above_the_limit_of_a_method_goes_to_the_next_account(method, account):
    limited = Candidate(1, rank=1, limits=UPI_LIMITS)
    assert chosen([limited, Candidate(2, rank=2)], paise=6 * LAKH, method=method) == account


def test_account_that_takes_the_amount_by_no_method_is_left_out():
    closed = tuple(Limit(method, 100, LAKH, DAY) for method in ("upi", "card", "netbanking"))
    assert chosen([Candidate(1, rank=1, limits=closed)], paise=LAKH + 1) is None


def test_serving_leaves_health_and_amount_to_others():
    assert [one.account for one in serving(ALL, service="trade_license", on=DAY)] == [4, 3]


@pytest.mark.parametrize(
    ("failures", "rest"),
    [(1, None), (2, None), (3, 60), (4, 120), (5, 240), (6, 480), (7, 900), (8, 900), (10**9, 900)],
)
def test_rest_begins_with_the_third_failure_and_doubles_to_a_quarter_of_an_hour(failures, rest):
    found = after_failure(Circuit(failures - 1), NOW)
    assert found == Circuit(failures, None if rest is None else NOW + timedelta(seconds=rest))


@pytest.mark.parametrize(
    ("circuit", "later", "expected"),
    [
        (Circuit(), 0, Standing.HEALTHY),
        (Circuit(2), 0, Standing.HEALTHY),
        (Circuit(3, NOW + timedelta(minutes=1)), 0, Standing.RESTING),
        (Circuit(3, NOW + timedelta(minutes=1)), 59, Standing.RESTING),
        (Circuit(3, NOW + timedelta(minutes=1)), 60, Standing.ON_TRIAL),
    ],
)
def test_standing(circuit, later, expected):
    assert standing(circuit, NOW + timedelta(seconds=later)) is expected
