"""One payment from the click on, and every number that leads to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from payments import finding, prints, timeline
from payments.counter import counters, shifts
from payments.counter import services as counter
from payments.counter.services import Handed
from payments.disputes import services as disputes
from payments.kept import placements
from payments.models import GatewayMessage, KeptMoney, PaymentOrder, Receipt
from payments.outbox import dispatch
from payments.posting import apply_report
from payments.refunds import services as refunds
from payments.reversals import services as reversals
from payments.tests import recon_desk
from payments.tests.factories import NOW, AttemptFactory, OrderFactory, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt():
    """Paid online, told of, printed and taken back."""
    found = AttemptFactory(gateway_order_ref="OA123", order__told_to=["7"], asked_at=NOW)
    GatewayMessage.objects.create(
        account=found.account, source="webhook", sha256="x", body=b"", received_at=NOW, order_ref=found.order_ref
    )
    apply_report(account=found.account, report=report(found), now=NOW + timedelta(minutes=5))
    prints.print_receipt(receipt=Receipt.objects.get().pk, who="mita", now=NOW + timedelta(hours=1))
    asked = reversals.ask_for_reversal(
        receipt_number=Receipt.objects.get().receipt_number,
        reason="bank_reversed", detail="Memo 7", maker="mita", now=NOW + timedelta(days=1),
    )  # fmt: skip
    reversals.approve_reversal(asked.pk, approver="asha", now=NOW + timedelta(days=2))
    dispatch(now=NOW + timedelta(days=3))
    return found


def test_timeline_tells_a_payment_in_its_sequence(attempt):
    told = [event.what for event in timeline.events_of(attempt.order)]

    assert told[:3] == ["Payment order opened", "Sent on to pay: the gateway's page", "Gateway asked, the last time"]
    assert told[3:] == [
        "Message came: webhook",
        "The gateway says: succeeded",
        "Posted to the books",
        "Receipt issued",
        "Receipt printed",
        "Reversal asked for",
        "Taken back in the books",
        "Reversed",
        "Sent: receipt issued",
        "Sent: receipt reversed",
    ]


def test_timeline_of_a_counter_names_what_was_handed_over():
    counters.add_counter(number=7, place="Borough VI office")
    shifts.open_shift(counter=7, cashier="mita", change={}, now=NOW)
    order = OrderFactory()
    counter.take(token=order.token, handed=Handed("cheque", "123456", "SBI", NOW.date()), cashier="mita", now=NOW)

    (handed,) = [event for event in timeline.events_of(order) if event.what == "Handed over: cheque"]
    assert handed.detail == "123456 SBI · 007 · 23 Nov 2026 · mita"


def test_timeline_tells_of_a_refund():
    paid = AttemptFactory()
    apply_report(account=paid.account, report=report(paid), now=NOW)
    apply_report(account=paid.account, report=report(paid, transaction_ref="T2"), now=NOW)
    twice = Receipt.objects.order_by("pk").last()
    asked = refunds.ask_for_refund(
        receipt_number=twice.receipt_number, amount_paise=100, left_paise=192_400, reason="Letter 7",
        advice=refunds.Advice("PA-1", NOW.date()), maker="mita", now=NOW,
    )  # fmt: skip
    refunds.approve_refund(asked.pk, approver="asha", now=NOW + timedelta(hours=1))

    told = {event.what: event.detail for event in timeline.events_of(paid.order)}
    assert told["Refund asked for"] == f"{asked.refund_number} · ₹1.00 · mita: Letter 7"
    assert told["Refund decided"] == "asha"
    assert told["Refund: given back"] == "₹1.00 · PA-1"


def test_timeline_tells_of_a_dispute_and_its_end():
    paid = AttemptFactory()
    apply_report(account=paid.account, report=report(paid), now=NOW)
    opened = disputes.open_dispute(
        receipt_number=Receipt.objects.get().receipt_number, amount_paise=100, case_number="C7", reason="Not known",
        reply_by=NOW.date(), maker="mita", now=NOW,
    )  # fmt: skip
    disputes.decide_dispute(opened.pk, outcome="won", note="Letter 8", approver="asha", now=NOW + timedelta(hours=1))

    told = {event.what: event.detail for event in timeline.events_of(paid.order)}
    assert told["The payer's bank asks it back"] == "C7 · ₹1.00 · mita: Not known"
    assert told["Dispute decided"] == "won: the money stays · asha: Letter 8"


def test_timeline_tells_where_kept_money_went_and_closes_its_break():
    paid = AttemptFactory()
    apply_report(account=paid.account, report=report(paid, amount_paise=100), now=NOW)
    asked = placements.propose_placement(
        kept=KeptMoney.objects.get().pk, target="advance", amount_paise=100, placed_for="", detail="Letter 9",
        maker="mita", now=NOW + timedelta(hours=1),
    )  # fmt: skip
    placements.approve_placement(asked.pk, approver="asha", now=NOW + timedelta(hours=2))

    told = [event.what for event in timeline.events_of(paid.order)]
    assert [what for what in told if what.startswith(("Break", "Place"))] == [
        "Break opened: Another amount", "Placement proposed", "Break closed: Another amount", "Placed",
    ]  # fmt: skip


@pytest.fixture
def in_the_bank(tmp_path):
    """Two payments of a day, settled in one pay-out that the bank has credited."""
    desk, payments = recon_desk.Desk(tmp_path), [recon_desk.posted(), recon_desk.posted()]
    desk.report(*map(recon_desk.settled, map(recon_desk.about, payments)), name="mis.csv")
    desk.statement(("24-11-2026", "SBIN26", 2 * (recon_desk.PAID - 1_180)))
    desk.round(recon_desk.at(25))
    return payments


def test_timeline_ends_in_the_bank(in_the_bank):
    told = timeline.events_of(in_the_bank[0].order)

    assert {event.what: event.detail for event in told[-4:]} == {
        "Settled by the gateway": "₹1,912.20 of ₹1,924.00, charges ₹10.00, GST ₹1.80 · row 3 of mis.csv",
        "Matched with its settlement: transaction number": in_the_bank[0].transaction.transaction_ref,
        "Paid out by the gateway": "2026-11-24",
        "In the bank, matched by amount and day": "2026-11-24 · SBIN26 · ₹3,824.40",
    }
    assert told[-1].what.startswith("In the bank")


def test_timeline_tells_that_a_later_report_took_a_row_back(in_the_bank, tmp_path):
    other = recon_desk.settled(recon_desk.about(in_the_bank[1]))
    recon_desk.Desk(tmp_path / "..").report(other, name="corrected.csv", is_correction=True, now=recon_desk.at(26))

    told = timeline.events_of(in_the_bank[0].order)
    assert (told[-1].what, told[-1].detail) == ("A later report took this row back", "corrected.csv")
    assert "In the bank, matched by amount and day" not in [event.what for event in told]


def test_timeline_to_the_bank_asks_the_same_number_of_times_for_one_payment_of_many(
    in_the_bank, django_assert_num_queries
):
    order = PaymentOrder.objects.get(pk=in_the_bank[1].order_id)

    with django_assert_num_queries(18):
        timeline.events_of(order)


def test_timeline_asks_the_same_number_of_times_however_long_it_is(attempt, django_assert_num_queries):
    apply_report(account=attempt.account, report=report(attempt, transaction_ref="T2"), now=NOW)
    order = PaymentOrder.objects.get(pk=attempt.order_id)

    with django_assert_num_queries(16):
        timeline.events_of(order)


@pytest.mark.parametrize(
    "number",
    [
        "{order.order_number}",
        "110260100051",
        "{attempt.order_ref}",
        "OA123",
        "T{attempt.order_ref}",
        "431198765432",
        "PT-026/2026-27/000001",
        "pt-026/2026-27/000001",
        "RV-PT-026/2026-27/000001",
        "{receipt.code}",
        "PD-1",
    ],
)
def test_every_number_of_a_payment_leads_to_it(attempt, number):
    typed = number.format(order=attempt.order, attempt=attempt, receipt=Receipt.objects.get())

    assert [order.pk for order in finding.orders_of_number(typed=typed)] == [attempt.order_id]


def test_conversation_leads_to_its_payments(attempt):
    found = finding.orders_of_number(typed="9830012345", told_to=["8", "7"])

    assert [order.pk for order in found] == [attempt.order_id]


@pytest.mark.parametrize("typed", ["", "nothing", "'; DROP TABLE payments_payment; --", "%"])
def test_number_of_nobody_leads_nowhere(attempt, typed):
    assert finding.orders_of_number(typed=typed) == []


def test_finding_is_one_look_up_by_indexes(attempt, django_assert_num_queries):
    with django_assert_num_queries(2):
        finding.orders_of_number(typed="PD-1")


def test_desk_shows_the_timeline_to_who_may_look(attempt):
    user = User.objects.create_user("mita", password="a", is_staff=True)
    client = Client()
    client.force_login(user)
    address = f"/admin/payments/paymentorder/{attempt.order_id}/timeline/"
    assert client.get(address).status_code == 403

    user.user_permissions.set(Permission.objects.filter(codename="view_paymentorder"))
    page = client.get(address).text
    assert "RV-PT-026/2026-27/000001" in page
    assert address in client.get("/admin/payments/paymentorder/", {"q": "431198765432"}).text
