"""The statement of account: every movement, and a balance that leads to the dues."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax import queries, services, statements
from property_tax.advances import use_advances
from property_tax.tests.books import INTEREST, PENALTY, REBATE, document, put_in_force
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"
TODAY = date(2026, 11, 23)
LAST_YEAR = {"issued_on": date(2025, 5, 1), "presented_on": date(2025, 5, 10), "rebate_date": date(2025, 5, 31)}


@pytest.fixture
def assessee(db):
    """An old bill of 2,025 rupees, one of 100.40 that rounds to 100, and one that the register calls paid."""
    found = AssesseeFactory(assessee_number=NUMBER)
    DemandFactory(
        assessee=found, demand_number="PD-25-1", financial_year=2025, quarter=1, **LAST_YEAR, paid_on=date(2025, 5, 20)
    )
    DemandFactory(assessee=found, demand_number="PD-25-2", financial_year=2025, quarter=2, **LAST_YEAR)
    DemandFactory(assessee=found, demand_number="PD-26-3", property_tax_paise=10_040, howrah_bridge_tax_paise=0)
    return found


def asked(since=date(2025, 4, 1), until=TODAY, today=TODAY):
    return statements.statement(assessee_number=NUMBER, since=since, until=until, today=today, shows_receipts=True)


def pay(now, heading="ALL", **changes):
    order = services.open_payment(assessee_number=NUMBER, heading=heading, source=Source.WEB, now=now)
    attempt = AttemptFactory(order=order)
    apply_report(account=attempt.account, report=report(attempt, happened_at=now, **changes), now=now)
    return attempt


def shown(found):
    return [
        (entry.on.isoformat(), entry.label, entry.reference, entry.amount_paise, left)
        for entry, left in found.balances()
    ]


def leads_to_the_dues(found) -> bool:
    return found.closing_paise + sum(paise for _head, paise in found.added) == found.due_paise


def test_statement_tells_every_movement(assessee, now):
    pay(now)

    found = asked()

    assert shown(found) == [
        ("2025-05-01", "Bill", "PD-25-1", 202_500, 202_500),
        ("2025-05-01", "Bill", "PD-25-2", 202_500, 405_000),
        ("2025-05-20", "Paid, as the register says", "PD-25-1", -202_500, 202_500),
        ("2026-10-01", "Bill", "PD-26-3", 10_000, 212_500),
        ("2026-11-23", "Payment", "PT-026/2026-27/000001", -202_500, 10_000),
        ("2026-11-23", "Rebate", "PD-26-3", -500, 9_500),
        ("2026-11-23", "Payment", "PT-026/2026-27/000001", -9_500, 0),
    ]
    assert (found.opening_paise, found.closing_paise, found.added, found.due_paise) == (0, 0, (), 0)


def test_balance_and_what_is_added_lead_to_the_dues(assessee):
    found = asked()

    assert (found.closing_paise, found.added, found.due_paise) == (212_500, (("Rebate", -500),), 212_000)


def test_opening_balance_is_the_closing_balance_of_the_day_before(assessee, now):
    pay(now, "LOI")

    before, after = asked(until=date(2026, 11, 22)), asked(since=date(2026, 11, 23))

    assert before.closing_paise == after.opening_paise == 212_500
    assert [entry.label for entry in after.entries] == ["Payment"]


def test_interest_and_penalty_are_added_and_then_paid(assessee, now):
    put_in_force(document(REBATE, INTEREST, PENALTY))

    unpaid = asked()
    pay(now)
    paid = asked()

    assert dict(unpaid.added) == {"Interest": 28_350, "Penalty": 30_375, "Rebate": -500}
    assert leads_to_the_dues(unpaid)
    assert [entry[1:4] for entry in shown(paid)][4:7] == [
        ("Interest", "PD-25-2", 28_350),
        ("Penalty", "PD-25-2", 30_375),
        ("Payment", "PT-026/2026-27/000001", -261_225),
    ]
    assert (paid.closing_paise, paid.due_paise) == (0, 0)


@pytest.mark.parametrize("gross", [10_000, 10_025, 10_040, 10_050, 10_075, 19_999])
def test_rounding_leaves_nothing(assessee, now, gross):
    type(assessee).objects.get().demands.filter(demand_number="PD-26-3").update(property_tax_paise=gross)
    assert leads_to_the_dues(asked())

    pay(now, "PD")

    assert asked().closing_paise == 202_500


def test_advance_used_is_told_with_the_receipt_that_brought_it(assessee, now):
    attempt = pay(now, "PD")
    apply_report(account=attempt.account, report=report(attempt, happened_at=now, transaction_ref="T-2"), now=now)

    use_advances(on=TODAY, now=now)

    found = asked()
    assert [entry[1:4] for entry in shown(found) if entry[1] == "Advance used"] == [
        ("Advance used", "PT-026/2026-27/000002", -9_500)
    ]
    assert (found.closing_paise, found.due_paise) == (193_000, 193_000)


def test_statement_of_a_past_day_knows_nothing_of_later(assessee, now):
    pay(now)

    found = asked(until=date(2026, 6, 30))

    assert (len(found.entries), found.closing_paise, found.due_paise) == (3, 202_500, 202_500)


@pytest.mark.parametrize(
    ("since", "until", "refusal"),
    [
        (date(2026, 11, 23), date(2026, 11, 22), statements.StatementDatesReversed),
        (date(2026, 4, 1), TODAY + timedelta(days=1), statements.StatementInFuture),
        (date(1996, 1, 1), TODAY, statements.StatementTooLong),
    ],
)
def test_days_that_make_no_statement_are_refused(assessee, since, until, refusal):
    with pytest.raises(refusal):
        asked(since, until)


def test_closed_assessee_has_none(assessee):
    type(assessee).objects.update(status="closed")

    with pytest.raises(queries.AssesseeClosed):
        asked()


def test_unasked_range_is_two_financial_years():
    assert statements.default_range(date(2026, 3, 31)) == (date(2024, 4, 1), date(2026, 3, 31))
    assert statements.default_range(date(2026, 4, 1)) == (date(2025, 4, 1), date(2026, 4, 1))


def test_statement_is_three_queries(assessee, now, django_assert_num_queries):
    pay(now)

    with django_assert_num_queries(3):
        asked()
