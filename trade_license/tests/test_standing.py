"""What a certificate is worth on a day."""

from __future__ import annotations

from datetime import date

import pytest

from trade_license.rules.facts import DemandFacts, LicenseFacts
from trade_license.rules.standing import standing, valid_until
from trade_license.tests.books import LAST, book

RULES = book(LAST)
OLD = LicenseFacts(date(2019, 6, 3), date(2026, 3, 31))
NEW = LicenseFacts(None)


def demand(year: int, years: int = 1, paid_on: date | None = None) -> DemandFacts:
    return DemandFacts(f"D-{year}", year, years, date(year, 4, 1), None, paid_on, (("s199", 5_000),))


def worth(facts, *demands, on="2026-11-23"):
    found = standing(facts, demands, date.fromisoformat(on), RULES)
    return found.standing.value, found.until.isoformat() if found.until else None


PAID = demand(2026, paid_on=date(2026, 6, 1))


@pytest.mark.parametrize(
    ("facts", "demands", "on", "expected"),
    [
        (OLD, [demand(2026)], "2026-03-31", ("active", "2026-03-31")),
        (OLD, [demand(2026)], "2026-04-01", ("due", "2026-03-31")),
        (OLD, [demand(2026)], "2026-07-30", ("due", "2026-03-31")),
        (OLD, [demand(2026)], "2026-07-31", ("overdue", "2026-03-31")),
        (OLD, [demand(2025), demand(2026)], "2026-04-01", ("overdue", "2026-03-31")),
        (OLD, [], "2026-04-01", ("expired", "2026-03-31")),
        (OLD, [PAID], "2026-05-31", ("due", "2026-03-31")),
        (OLD, [PAID], "2026-06-01", ("active", "2027-03-31")),
        (OLD, [demand(2026, 15, date(2026, 6, 1))], "2041-03-31", ("active", "2041-03-31")),
        (OLD, [demand(2026, 15, date(2026, 6, 1))], "2041-04-01", ("expired", "2041-03-31")),
        (NEW, [demand(2026)], "2026-11-23", ("allotted", None)),
        (NEW, [], "2026-11-23", ("allotted", None)),
        (NEW._replace(issued_on=date(2026, 6, 1)), [PAID], "2026-11-23", ("active", "2027-03-31")),
        (OLD._replace(is_for_life=True), [], "2099-01-01", ("active", None)),
        (OLD._replace(closed_on=date(2026, 8, 1)), [PAID], "2026-07-31", ("active", "2027-03-31")),
        (OLD._replace(closed_on=date(2026, 8, 1)), [PAID], "2026-08-01", ("closed", "2026-08-01")),
        (OLD._replace(closed_on=date(2026, 8, 1), is_for_life=True), [], "2026-08-01", ("closed", "2026-08-01")),
        (OLD._replace(deleted_on=date(2026, 8, 1)), [PAID], "2026-08-01", ("deleted", "2026-08-01")),
    ],
)  # fmt: skip
def test_standing_on_a_day(facts, demands, on, expected):
    assert worth(facts, *demands, on=on) == expected


def test_number_allotted_and_unpaid_is_never_valid():
    """Whatever the register says of its validity: nothing was issued."""
    assert worth(NEW._replace(valid_until=date(2030, 3, 31)), demand(2026)) == ("allotted", None)


def test_year_paid_ahead_does_not_mend_a_gap():
    """Valid until March 2026; 2027-28 is paid and 2026-27 is not."""
    ahead = demand(2027, paid_on=date(2026, 10, 1))

    assert valid_until(OLD, [demand(2026), ahead], date(2026, 11, 23)) == date(2026, 3, 31)
    assert valid_until(OLD, [demand(2026), ahead], date(2027, 4, 1)) == date(2028, 3, 31)


def test_demand_that_credits_took_whole_is_settled_from_its_issue():
    """Water and drainage fees that were paid already cover the year: there is nothing left to pay, and it is valid."""
    covered = demand(2026)._replace(heads=(("s238_2", 5_000), ("credit", -5_000)))

    assert not covered.is_owed(date(2026, 4, 1))
    assert worth(OLD, covered, on="2026-04-01") == ("active", "2027-03-31")
