"""Money for bills that turns out to be none: the bills are as if it had never come, and the books hold."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payments.kept import advances
from payments.models import Allocation, JournalLine, Payment, Receipt, ReconBreak
from payments.reconciliation import breaks
from payments.reversals import services as reversals
from property_tax import queries, statements
from property_tax.advances import use_advances
from property_tax.models import Demand, DemandCredit
from property_tax.states import KIND
from property_tax.tests.test_part_payments import NUMBER, broken, due, open_order, pay, unpaid
from property_tax.tests.test_part_payments import assessee as assessee
from property_tax.tests.test_part_payments import parts_allowed as parts_allowed

pytestmark = pytest.mark.django_db


def reverse(order, now, reason="dishonoured"):
    receipt = Receipt.objects.get(payment__order=order)
    asked = reversals.ask_for_reversal(
        receipt_number=receipt.receipt_number, reason=reason, detail="Memo 7", maker="clerk", now=now
    )
    return reversals.approve_reversal(asked.pk, approver="approver", now=now)


def balances() -> dict[str, int]:
    sums: dict[str, int] = {}
    for account, debit, credit in JournalLine.objects.values_list("account", "debit_paise", "credit_paise"):
        sums[account] = sums.get(account, 0) + debit - credit
    return {account: paise for account, paise in sums.items() if paise}


def test_f37_dishonoured_payment_restores_the_dues(assessee, now):
    before = due(now.date())
    order = open_order(now)
    pay(order, now)
    assert due(now.date()) == 0

    reverse(order, now + timedelta(days=2))

    assert (unpaid(), due(now.date()), balances(), broken()) == ({"PD-old", "PD-new"}, before, {}, [])


def test_f47_payment_that_the_bank_took_back_can_be_paid_again(assessee, now):
    order = open_order(now)
    pay(order, now)
    reverse(order, now + timedelta(days=2), reason="bank_reversed")

    pay(open_order(now + timedelta(days=3)), now + timedelta(days=3))

    assert (unpaid(), due(now.date() + timedelta(days=3)), broken()) == (set(), 0, [])


def test_rebate_is_lost_when_the_money_comes_again_too_late(assessee, now):
    order = open_order(now)
    pay(order, now)
    reverse(order, now + timedelta(days=2))

    assert due(now.date() + timedelta(days=40)) > order.amount_paise


def test_part_payment_is_taken_back_as_if_it_had_never_been(parts_allowed, assessee, now):
    later = now.date() + timedelta(days=200)
    never = due(later)
    order = open_order(now, 250_000)
    pay(order, now)

    reverse(order, now + timedelta(days=2))

    assert list(DemandCredit.objects.order_by("pk").values_list("credited_on", "heads", "amount_paise")) == [
        (now.date(), {"property_tax": 47_500}, 47_500),
        (now.date(), {"property_tax": -47_500}, -47_500),
    ]
    assert set(Demand.objects.values_list("credited_paise", flat=True)) == {0}
    assert (due(later), balances(), broken()) == (never, {}, [])


def test_other_part_of_a_bill_stays(parts_allowed, assessee, now):
    first = open_order(now, 250_000)
    pay(first, now)
    second = open_order(now + timedelta(days=1), 50_000)
    pay(second, now + timedelta(days=1))

    reverse(first, now + timedelta(days=2))

    assert Demand.objects.get(demand_number="PD-new").credited_paise == 50_000
    assert (unpaid(), due(now.date() + timedelta(days=2)), broken()) == ({"PD-old", "PD-new"}, 394_900 - 50_000, [])


def test_other_part_of_a_bill_stays_where_the_rest_was_paid_elsewhere(parts_allowed, assessee, now):
    """A rehearsal found it (seed 1212): two parts and, at an office, the rest, all on one day. No part made the bill whole."""
    first = open_order(now, 250_000)
    pay(first, now)
    pay(open_order(now, 50_000), now)
    Demand.objects.filter(demand_number="PD-new").update(paid_on=now.date())

    reverse(first, now + timedelta(days=2))

    assert Demand.objects.get(demand_number="PD-new").credited_paise == 50_000
    assert (unpaid(), advances.advance_of(kind=KIND, reference=NUMBER)) == ({"PD-old", "PD-new"}, 0)
    assert (ReconBreak.objects.count(), broken()) == (0, [])


def test_payment_that_found_nothing_left_of_a_bill_does_not_hold_it(parts_allowed, assessee, now):
    """Its price is that of the rebate; of the full one, nearly all has come in a part since, and that was no money."""
    everything, later = open_order(now), now + timedelta(days=40)
    part = open_order(later, 200_000, "PD")
    pay(part, later)
    pay(everything, later)
    assert unpaid() == set()

    reverse(part, later)

    assert (unpaid(), broken()) == ({"PD-new"}, [])


def test_rest_of_a_bill_whose_first_part_was_no_money_waits_in_advance(parts_allowed, assessee, now):
    first = open_order(now, 250_000)
    pay(first, now)
    second = open_order(now + timedelta(days=1))
    pay(second, now + timedelta(days=1))
    assert unpaid() == set()

    reverse(first, now + timedelta(days=2))

    rest = 192_400 - 47_500
    assert (unpaid(), broken()) == ({"PD-old", "PD-new"}, [])
    assert advances.advance_of(kind=KIND, reference=NUMBER) == rest
    assert list(Payment.objects.get(order=second).breaks.values_list("kind", flat=True)) == ["LOST_ITS_PLACE"]


def test_rest_that_lost_its_place_waits_for_the_desk_and_then_goes_to_the_oldest_bill(parts_allowed, assessee, now):
    first = open_order(now, 250_000)
    pay(first, now)
    pay(open_order(now + timedelta(days=1)), now + timedelta(days=1))
    reverse(first, now + timedelta(days=2))
    later = now + timedelta(days=3)
    assert use_advances(on=later.date(), now=later).amount_paise == 0

    asked = breaks.ask_to_close(ReconBreak.objects.get().pk, detail="Not meant for it", maker="clerk", now=later)
    breaks.approve_closing(asked.pk, approver="approver", now=later)
    use_advances(on=later.date(), now=later)

    assert advances.advance_of(kind=KIND, reference=NUMBER) == 0
    assert Demand.objects.get(demand_number="PD-old").credited_paise == 192_400 - 47_500
    assert broken() == []


def test_reversal_is_in_the_statement_and_leaves_the_balance_of_before(assessee, now):
    order = open_order(now)
    pay(order, now)
    later = now + timedelta(days=2)
    reverse(order, later)
    day = later.date()

    found = statements.statement(assessee_number=NUMBER, since=day, until=day, today=day)

    labels = [(entry.label, entry.amount_paise) for entry in found.entries]
    assert ("Payment taken back", 202_500) in labels
    assert ("Payment taken back", 192_400) in labels
    assert found.closing_paise == 405_000


def test_bill_that_is_paid_elsewhere_on_the_day_of_the_reversed_payment_breaks_nothing(assessee, now):
    """A rehearsal found it (seed 3): the citizen goes to the counter on the same day."""
    order = open_order(now)
    pay(order, now)
    reverse(order, now)

    Demand.objects.filter(demand_number="PD-old").update(paid_on=now.date())

    assert broken() == []


def test_dues_can_be_looked_up_with_the_same_query_after_a_reversal(assessee, now):
    order = open_order(now)
    pay(order, now)
    reverse(order, now)

    assert Allocation.objects.filter(kind="reversed").count() == 1
    assert queries.assessee_dues(assessee_number=NUMBER, on=now.date()).dues.total_paise == order.amount_paise
