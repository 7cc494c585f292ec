"""The pure core: no wire, no threads, a clock that stands still."""

from __future__ import annotations

import csv
import io
import random
from datetime import UTC, date, datetime, timedelta

import pytest

from payments.sandbox import bank, mis, settlement
from payments.sandbox.clock import Clock
from payments.sandbox.messages import transaction_object
from payments.sandbox.outcomes import BY_PAISE, PLANS, by_amount
from payments.sandbox.records import ApiError, Merchant, PageError, Transaction, plain, revived
from payments.sandbox.world import RETRY_IN, World

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MERCHANT = Merchant("KMCSIM", "kmcsim", ("0123456789abcdef0123456789abcdef",), "http://shop.example/")
OTHER = Merchant("OTHER", "other", ("fedcba9876543210fedcba9876543210",), "http://other.example/")


@pytest.fixture
def clock():
    return Clock(lambda: START)


@pytest.fixture
def world(clock):
    return World([MERCHANT, OTHER], clock=clock, rng=random.Random(7))


def order(world, paise=1_245_000, order_id="A1", merchant=MERCHANT):
    return world.register(
        merchant, order_id=order_id, amount_paise=paise, ru="http://shop.example/return", ordered_at=START
    )


def test_same_seed_makes_the_same_references(world):
    twin = World([MERCHANT], clock=lambda: START, rng=random.Random(7))
    assert plain(order(world)) == plain(order(twin))


def test_references_look_like_billdesks(world):
    made = order(world)
    assert made.bd_order_id[:2] == "OA"
    assert (len(made.bd_order_id), len(made.rdata)) == (16, 128)
    assert int(made.rdata, 16) > 0


@pytest.mark.parametrize(("paise", "name"), [*enumerate(BY_PAISE), (13, "success"), (1_245_099, "success")])
def test_paise_choose_the_ending(paise, name):
    assert by_amount(paise) == name


def test_order_id_is_used_once_by_each_merchant(world):
    order(world)
    order(world, merchant=OTHER)
    with pytest.raises(ApiError) as refusal:
        order(world)
    assert refusal.value.status == 409


def test_orders_of_another_merchant_are_not_known(world):
    order(world)
    with pytest.raises(ApiError) as refusal:
        world.order(OTHER, "A1")
    assert refusal.value.status == 404


def test_trace_id_is_remembered_for_a_day(world, clock):
    world.remember_trace(MERCHANT, "T1")
    world.remember_trace(OTHER, "T1")
    clock.advance(timedelta(hours=23))
    with pytest.raises(ApiError) as refusal:
        world.remember_trace(MERCHANT, "T1")
    assert refusal.value.content["error_code"] == "GNDRE0001"
    clock.advance(timedelta(hours=1))
    world.remember_trace(MERCHANT, "T1")


@pytest.mark.parametrize(("outcome", "reason"), [("success", "paid"), ("pending_success", "waiting")])
def test_order_is_paid_once(world, outcome, reason):
    made = order(world)
    world.pay(made, method="upi", outcome=outcome)
    with pytest.raises(PageError) as refusal:
        world.pay(made, method="upi")
    assert refusal.value.reason == reason


def test_page_dies_after_half_an_hour(world, clock):
    made = order(world)
    clock.advance(timedelta(minutes=30))
    with pytest.raises(PageError) as refusal:
        world.pay(made, method="upi")
    assert refusal.value.reason == "expired"


@pytest.mark.parametrize("name", PLANS)
def test_every_ending_announces_its_final_status_as_often_as_planned(world, clock, name):
    world.pay(order(world), method="upi", outcome=name)
    clock.advance(timedelta(days=2))
    world.turn()
    plan = PLANS[name]
    assert [one.content["auth_status"] for one in world.webhooks.values()] == [plan.final] * plan.webhooks * plan.tries


def test_turn_tells_whether_anything_happened(world, clock):
    world.pay(order(world), method="upi", outcome="pending_success")
    assert not world.turn()
    clock.advance(timedelta(minutes=2))
    assert world.turn()
    assert not world.turn()


def test_forced_ending_decides_what_waits_now(world):
    made = order(world)
    transaction = world.pay(made, method="upi", outcome="pending_success")
    world.force(made, "failure")
    assert transaction.status == "0399"


def test_forced_ending_is_used_by_the_next_payment(world):
    made = order(world)
    world.force(made, "failure")
    assert world.pay(made, method="upi").status == "0399"


def test_webhook_keeps_what_was_true_when_it_was_written(world):
    transaction = world.pay(order(world), method="upi", outcome="failure")
    world.decide(transaction, "0300")
    assert [one.content["auth_status"] for one in world.webhooks.values()] == ["0399", "0300"]


def test_webhook_is_tried_five_times_further_and_further_apart(world, clock):
    world.pay(order(world), method="upi", outcome="webhook_first")
    (webhook,) = world.due_webhooks()
    for pause in RETRY_IN:
        world.delivered(webhook, answer="503", accepted=False)
        assert list(world.due_webhooks()) == []
        clock.advance(pause)
        assert list(world.due_webhooks()) == [webhook]
    world.delivered(webhook, answer="503", accepted=False)
    assert webhook.done_at is not None


def test_refunds_never_exceed_the_payment(world):
    transaction = world.pay(order(world), method="upi")
    world.give_back(MERCHANT, transaction, refund_ref="R1", amount_paise=1_000_000)
    with pytest.raises(ApiError):
        world.give_back(MERCHANT, transaction, refund_ref="R2", amount_paise=245_001)


def test_failed_payment_cannot_be_refunded(world):
    transaction = world.pay(order(world), method="upi", outcome="failure")
    with pytest.raises(ApiError):
        world.give_back(MERCHANT, transaction, refund_ref="R1", amount_paise=100)


def test_refund_after_settlement_is_sent_back(world, clock):
    transaction = world.pay(order(world), method="upi")
    clock.advance(timedelta(days=1))
    assert world.give_back(MERCHANT, transaction, refund_ref="R1", amount_paise=1_245_000).status == "0799"


def test_refund_id_is_the_transaction_and_a_number(world):
    transaction = world.pay(order(world), method="upi")
    made = world.give_back(MERCHANT, transaction, refund_ref="R1", amount_paise=100)
    assert made.refund_id == f"{transaction.transaction_id}01"


@pytest.mark.parametrize(
    ("method", "gross", "charge", "gst"),
    [
        ("upi", 1_245_000, 0, 0),
        ("netbanking", 1_245_000, 800, 144),
        ("card", 1_245_000, 11_205, 2_017),
        ("card", 50, 0, 0),
    ],
)
def test_charges_by_method_with_tax_rounded_half_up(method, gross, charge, gst):
    assert settlement.charges(method, gross) == (charge, gst)


def test_midnight_in_india_divides_the_days_of_settlement(world, clock):
    clock.advance(timedelta(hours=6, minutes=29, seconds=59))
    world.pay(order(world), method="upi")
    clock.advance(timedelta(seconds=1))
    world.pay(order(world, order_id="A2"), method="upi")
    clock.advance(timedelta(days=3))
    days = [date(2026, 11, 24), date(2026, 11, 25)]
    rows = [settlement.settlement_rows(world, MERCHANT, day, day) for day in days]
    assert [[row.order_id for _, row in of_day] for of_day in rows] == [["A1"], ["A2"]]


def test_rows_of_one_day_share_one_bank_reference(world, clock):
    for number in range(3):
        world.pay(order(world, order_id=f"A{number}"), method="upi")
    clock.advance(timedelta(days=1))
    (batch,) = settlement.batches(world, MERCHANT, date(2026, 11, 24), date(2026, 11, 24))
    assert (len(batch.rows), batch.utr, batch.voucher) == (3, "SIMB261124" + batch.utr[-6:], "PV20261124")


def test_record_survives_the_file(world):
    made = world.pay(order(world), method="card", outcome="pending_success")
    assert revived(Transaction, plain(made)) == made


def test_transaction_object_has_billdesks_fields(world):
    made = order(world)
    shown = transaction_object(world.pay(made, method="netbanking"), made)
    assert (shown["txn_process_type"], shown["payment_method_type"], shown["charge_amount"]) == (
        "nb",
        "netbanking",
        "12450.00",
    )


def test_treasury_files_agree_with_each_other(world, clock):
    for number, method in enumerate(("upi", "card", "netbanking")):
        transaction = world.pay(order(world, order_id=f"A{number}"), method=method)
    world.give_back(MERCHANT, transaction, refund_ref="R1", amount_paise=100_000)
    clock.advance(timedelta(days=1))
    day = date(2026, 11, 24)
    report = list(csv.reader(io.StringIO(mis.settlement_report(world, MERCHANT, day))))
    assert [line[0] for line in report] == [
        "SETTLED TRANSACTIONS",
        "Biller Id",
        *["KMCSIM"] * 3,
        "REFUND TRANSACTIONS",
        "Biller Id",
        "KMCSIM",
        "CHARGEBACK TRANSACTIONS",
        "Biller Id",
        "NET CREDIT",
    ]
    assert [line[-1] for line in report[2:5]] == ["12450.00", "12317.78", "12440.56"]
    assert report[-1][1] == "36208.34"
    (_, credit) = csv.reader(io.StringIO(bank.bank_statement(world, MERCHANT, day)))
    assert credit[-1] == "36208.34"


def test_day_without_pay_out_has_no_credit(world):
    assert bank.bank_statement(world, MERCHANT, date(2026, 11, 24)).count("\n") == 1
