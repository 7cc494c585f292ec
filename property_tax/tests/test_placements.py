"""Kept money that two clerks place on bills: since when it counts, which rebate it earns, and the way back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payments.disputes import services as disputes
from payments.kept import advances, placements
from payments.models import Allocation, KeptMoney, Payment, Receipt
from payments.reversals import services as reversals
from property_tax.inputs import AssesseeNumberTooShort
from property_tax.models import Demand, DemandCredit
from property_tax.payable import DemandPayable
from property_tax.queries import AssesseeClosed, AssesseeNotFound
from property_tax.states import KIND
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from property_tax.tests.test_part_payments import NUMBER, broken, due, open_order, pay, unpaid
from property_tax.tests.test_part_payments import assessee as assessee
from property_tax.tests.test_part_payments import parts_allowed as parts_allowed

pytestmark = pytest.mark.django_db
NEIGHBOUR = "110260100062"


def ask(now, target="named", **changes):
    values = {
        "kept": KeptMoney.objects.latest("pk").pk,
        "target": target,
        "placed_for": "",
        "amount_paise": None,
        "detail": "The payer has shown the bill",
        "maker": "clerk",
    }
    return placements.propose_placement(**{**values, **changes}, now=now)


def place(now, target="named", **changes):
    return placements.approve_placement(ask(now, target, **changes).pk, approver="approver", now=now)


def reverse(order, now):
    receipt = Receipt.objects.filter(payment__order=order).earliest("pk")
    asked = reversals.ask_for_reversal(
        receipt_number=receipt.receipt_number, reason="dishonoured", detail="Memo", maker="clerk", now=now
    )
    return reversals.approve_reversal(asked.pk, approver="approver", now=now)


def test_too_little_counts_on_the_bills_that_were_meant_since_it_was_paid(assessee, now):
    """The rebate has ended when the clerks place it: the corporation has had the money all the while."""
    order = open_order(now)
    pay(order, now, amount_paise=order.amount_paise - 100)
    later = now + timedelta(days=60)

    place(later)

    assert Demand.objects.get(demand_number="PD-old").paid_on == now.date()
    assert list(DemandCredit.objects.values_list("demand__demand_number", "credited_on", "amount_paise")) == [
        ("PD-new", now.date(), 192_400 - 100)
    ]
    assert not KeptMoney.objects.exists()
    assert broken() == []


def test_bill_that_kept_money_covers_whole_has_the_rebate_of_the_day_it_was_paid(assessee, now):
    """Paid twice within the rebate, and the first of the two turns out not to be money when the rebate is over."""
    order = open_order(now)
    pay(order, now)
    pay(order, now, transaction_ref="T-2")
    later = now + timedelta(days=60)
    reverse(order, later)
    assert due(later.date()) > order.amount_paise

    place(later)

    assert (unpaid(), due(later.date()), broken()) == (set(), 0, [])
    assert set(Demand.objects.values_list("paid_on", flat=True)) == {now.date()}


def test_what_is_due_takes_it_as_of_today(assessee, now):
    order = open_order(now)
    pay(order, now, amount_paise=order.amount_paise - 100)
    later = now + timedelta(days=60)

    place(later, "due")

    assert set(Allocation.objects.filter(kind="bill").values_list("landed_on", flat=True)) == {later.date()}
    assert (Demand.objects.get(demand_number="PD-old").paid_on, broken()) == (later.date(), [])


def test_what_lost_its_place_goes_back_to_its_bill_as_of_the_day_it_was_paid(parts_allowed, assessee, now):
    first = open_order(now, 250_000)
    pay(first, now)
    second = open_order(now + timedelta(days=1))
    pay(second, now + timedelta(days=1))
    later = now + timedelta(days=30)
    reverse(first, later)

    place(later)

    rest = 192_400 - 47_500
    assert list(DemandCredit.objects.filter(amount_paise=rest).values_list("demand__demand_number", "credited_on")) == [
        ("PD-new", second.payments.get().business_date)
    ]
    assert Payment.objects.get(order=second).breaks.get().closing.how == "auto"
    assert (advances.advance_of(kind=KIND, reference=NUMBER), broken()) == (0, [])


def test_money_for_the_wrong_house_pays_the_right_one_and_comes_back(assessee, now):
    neighbour = AssesseeFactory(assessee_number=NEIGHBOUR)
    DemandFactory(assessee=neighbour, demand_number="PD-neighbour")
    order = open_order(now)
    pay(order, now, amount_paise=200_000)
    place(now, "other", placed_for="11-026-01-0006-2")
    place(now, "due")
    assert Demand.objects.get(demand_number="PD-neighbour").paid_on == now.date()
    assert unpaid() == {"PD-old", "PD-new"}

    reverse(order, now + timedelta(days=2))

    assert (unpaid(), KeptMoney.objects.count(), broken()) == ({"PD-old", "PD-new", "PD-neighbour"}, 0, [])


def test_part_on_the_right_house_comes_back_too(assessee, now):
    neighbour = AssesseeFactory(assessee_number=NEIGHBOUR)
    DemandFactory(assessee=neighbour, demand_number="PD-neighbour")
    order = open_order(now)
    pay(order, now, amount_paise=50_000)
    place(now, "other", placed_for=NEIGHBOUR)
    assert advances.use_advance(kind=KIND, reference=NEIGHBOUR, on=now.date(), now=now) == 50_000
    assert Demand.objects.get(demand_number="PD-neighbour").credited_paise == 50_000

    reverse(order, now + timedelta(days=2))

    assert (Demand.objects.get(demand_number="PD-neighbour").credited_paise, broken()) == (0, [])


def test_dues_show_the_advance_of_the_right_house(assessee, now):
    AssesseeFactory(assessee_number=NEIGHBOUR)
    order = open_order(now)
    pay(order, now, amount_paise=50_000)

    place(now, "other", placed_for=NEIGHBOUR)

    assert [advances.advance_of(kind=KIND, reference=number) for number in (NUMBER, NEIGHBOUR)] == [0, 50_000]
    assert advances.references_with_advance(kind=KIND) == [NEIGHBOUR]


@pytest.mark.parametrize(
    ("text", "refusal"),
    [("110260", AssesseeNumberTooShort), ("110260100099", AssesseeNotFound), (NEIGHBOUR, AssesseeClosed)],
)
def test_number_that_takes_nothing_is_refused(assessee, now, text, refusal):
    AssesseeFactory(assessee_number=NEIGHBOUR, status="closed")

    with pytest.raises(refusal):
        DemandPayable().whose(text=text, on=now.date())


def test_whose_number_it_is_is_told_masked(assessee, now):
    found = DemandPayable().whose(text="11-026-01-0005-1", on=now.date())

    assert found.reference == NUMBER
    assert "*" in dict(found.particulars)["Owner"]


# --- Chargebacks ------------------------------------------------------------------------------------------------------


def lose(order, now, paise):
    opened = disputes.open_dispute(
        receipt_number=Receipt.objects.get(payment__order=order).receipt_number,
        amount_paise=paise,
        case_number="CB-1",
        reason="Not known to the cardholder",
        reply_by=now.date(),
        maker="clerk",
        now=now,
    )
    assert unpaid() == set()
    disputes.decide_dispute(opened.pk, outcome="lost", note="Letter", approver="approver", now=now)


def test_f55_dues_are_restored_when_the_dispute_is_lost_and_not_before(assessee, now):
    before = due(now.date())
    order = open_order(now)
    pay(order, now)

    lose(order, now, order.amount_paise)

    assert (unpaid(), due(now.date()), broken()) == ({"PD-old", "PD-new"}, before, [])


def test_part_that_is_lost_is_due_again_and_the_rest_is_used_for_the_same_bill(assessee, now):
    """A rehearsal found it (seed 2): what was taken off a bill was still looked for there."""
    order = open_order(now)
    pay(order, now)

    lose(order, now, 50_000)
    assert (unpaid(), broken()) == ({"PD-old"}, [])
    advances.use_advance(kind=KIND, reference=NUMBER, on=now.date(), now=now)

    assert (due(now.date()), broken()) == (50_000, [])
