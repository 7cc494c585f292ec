"""From dues to an order, and from money to paid bills."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kmc_portal.common.clock import end_of
from payments import invariants
from payments.models import Allocation
from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax import queries, services
from property_tax.models import Demand
from property_tax.tests.factories import AssesseeFactory, DemandFactory

pytestmark = pytest.mark.django_db
NUMBER = "110260100051"


@pytest.fixture
def assessee():
    """A current bill within its rebate, and an old one."""
    found = AssesseeFactory(assessee_number=NUMBER)
    DemandFactory(assessee=found, demand_number="PD-new")
    DemandFactory(
        assessee=found, demand_number="PD-old", financial_year=2025, issued_on=date(2025, 10, 1), presented_on=None,
        rebate_date=None,
    )  # fmt: skip
    return found


def open_payment(now, **changes):
    values = {"assessee_number": NUMBER, "heading": "ALL", "source": Source.WEB}
    return services.open_payment(**{**values, **changes}, now=now)


@pytest.mark.parametrize(("heading", "amount"), [("ALL", 394_900), ("PD", 192_400), ("LOI", 202_500)])
def test_order_is_for_the_chosen_heading(assessee, now, heading, amount):
    order = open_payment(now, heading=heading)

    assert (order.amount_paise, order.scope, order.series) == (amount, heading, "PT-026")
    assert sum(line["amount_paise"] for line in order.snapshot["lines"]) == amount


def test_order_shows_no_name_in_clear(assessee, now):
    assert open_payment(now).snapshot["particulars"] == [
        ["Assessee number", "11-026-01-0005-1"],
        ["Owner", "S*** D***"],
        ["Premises", "12A Rashbehari Avenue"],
        ["Ward", "26"],
    ]


def test_price_holds_until_the_rebate_ends(assessee, now):
    assert open_payment(now + timedelta(days=3)).expires_at == end_of(date(2026, 11, 30))


def test_price_holds_a_week_when_nothing_changes(assessee, now):
    assert open_payment(now, heading="LOI").expires_at == end_of(date(2026, 11, 29))


def test_nothing_due_is_said_of_the_heading_only(assessee, now):
    with pytest.raises(services.NothingDue):
        open_payment(now, heading="FS")


def test_unknown_and_closed_assessees_are_refused(now):
    AssesseeFactory(assessee_number=NUMBER, status="closed")

    with pytest.raises(queries.AssesseeClosed):
        open_payment(now)
    with pytest.raises(queries.AssesseeNotFound):
        open_payment(now, assessee_number="110260100099")


def test_money_pays_the_bills_at_the_price_of_the_order(assessee, now):
    attempt = AttemptFactory(order=open_payment(now))

    apply_report(account=attempt.account, report=report(attempt, happened_at=now), now=now)

    assert dict(Demand.objects.values_list("demand_number", "paid_on")) == {"PD-new": now.date(), "PD-old": now.date()}
    assert dict(Allocation.objects.values_list("bill", "amount_paise")) == {"PD-new": 192_400, "PD-old": 202_500}
    assert queries.assessee_dues(assessee_number=NUMBER, on=now.date()).dues.total_paise == 0
    assert all(one["holds"] for one in invariants.verify(now=now))


def test_two_orders_for_the_same_bill_pay_it_once(assessee, now):
    everything = AttemptFactory(order=open_payment(now))
    old_one = AttemptFactory(order=open_payment(now, heading="LOI"))

    for attempt in (old_one, everything):
        apply_report(account=attempt.account, report=report(attempt, happened_at=now), now=now)

    assert sorted(Allocation.objects.values_list("kind", "bill", "amount_paise")) == [
        ("advance", "", 202_500),
        ("bill", "PD-new", 192_400),
        ("bill", "PD-old", 202_500),
    ]
    assert all(one["holds"] for one in invariants.verify(now=now))


def test_dues_are_one_query(assessee, django_assert_num_queries, now):
    DemandFactory.create_batch(10, assessee=assessee, kind="FS")

    with django_assert_num_queries(1):
        queries.assessee_dues(assessee_number=NUMBER, on=now.date())
