"""Many at once: one payment for one success, and receipt numbers without a hole."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.db import connection, transaction

from payments import invariants, outbox, sealing
from payments.accounts import health
from payments.accounts import services as accounts
from payments.decisions import services as decisions
from payments.kept import advances
from payments.models import (
    AccountHealth,
    Allocation,
    OutboxMessage,
    Payment,
    PaymentAttempt,
    PaymentOrder,
    Receipt,
    Reversal,
)
from payments.posting import apply_report
from payments.reversals import services as reversals
from payments.tests.factories import KIND, NOW, AccountFactory, AttemptFactory, report, snapshot

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


def at_once(act: Callable[[int], object], count: int) -> list[object]:
    def run(number: int) -> object:
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(count)))


def test_same_success_from_every_side_is_posted_once():
    attempt = AttemptFactory()

    outcomes = at_once(lambda _: apply_report(account=attempt.account, report=report(attempt), now=NOW), THREADS)

    assert sorted(outcomes) == ["known already"] * (THREADS - 1) + ["posted, PT-026/2026-27/000001"]
    assert Payment.objects.count() == 1


def test_report_holds_no_attempt_while_it_waits_for_the_order():
    """Else it and a payer who presses Pay again, and who has the order, would wait for each other."""
    attempt = AttemptFactory()

    def pay() -> str:
        try:
            return apply_report(account=attempt.account, report=report(attempt), now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            PaymentOrder.objects.select_for_update().get(pk=attempt.order_id)
            posted = pool.submit(pay)
            wait_until_somebody_waits()
            PaymentAttempt.objects.select_for_update(nowait=True).get(pk=attempt.pk)
        assert posted.result() == "posted, PT-026/2026-27/000001"


def wait_until_somebody_waits() -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waited for a lock")


def test_receipt_numbers_have_no_hole_when_many_pay_and_some_fail():
    AccountFactory()
    bills = [snapshot(first=f"PD-{number}-1", second=f"PD-{number}-2") for number in range(50)]
    attempts = [AttemptFactory(order__snapshot=each) for each in bills]

    def pay(number: int) -> None:
        with transaction.atomic():
            apply_report(account=attempts[number].account, report=report(attempts[number]), now=NOW)
            transaction.set_rollback(number % 5 == 0)

    at_once(pay, len(attempts))

    assert list(Receipt.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 41))


def asked() -> int:
    number = Receipt.objects.latest("pk").receipt_number
    found = reversals.ask_for_reversal(
        receipt_number=number, reason="dishonoured", detail="Memo 7", maker="clerk", now=NOW
    )
    return found.pk


def approve(request: int) -> str:
    try:
        return reversals.approve_reversal(request, approver="approver", now=NOW).reversal_number
    except decisions.DecidedAlready as refusal:
        return refusal.code


def test_payment_is_reversed_once_however_many_approve():
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=NOW)
    request = asked()

    outcomes = at_once(lambda _: approve(request), THREADS)

    assert sorted(outcomes) == ["RV-PT-026/2026-27/000001", *["decided_already"] * (THREADS - 1)]
    assert Reversal.objects.count() == 1


def test_advance_that_is_used_while_it_is_reversed_stands_nowhere(dues):
    dues.paid, dues.coming = {"PD-1", "PD-2"}, [("PD-3", 100_000)]
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=NOW)
    request, reference = asked(), attempt.order.reference

    def use() -> int:
        return advances.use_advance(kind=KIND, reference=reference, on=NOW.date(), now=NOW)

    at_once(lambda number: approve(request) if number == 3 else use(), THREADS)

    assert Allocation.objects.filter(kind="reversed").count() == 1
    assert advances.advance_of(kind=KIND, reference=reference) == 0
    assert [one["name"] for one in invariants.verify(now=NOW) if not one["holds"]] == []


def test_sealers_at_the_same_time_make_one_chain():
    AccountFactory()
    for number in range(20):
        attempt = AttemptFactory(order__snapshot=snapshot(first=f"PD-{number}-1", second=f"PD-{number}-2"))
        apply_report(account=attempt.account, report=report(attempt), now=NOW)

    entries = LogEntry.objects.count()  # of the trail, which is sealed too
    assert sum(at_once(lambda _: sealing.seal_books(now=NOW), THREADS)) == 20 + entries

    assert {head.book: head.number for head in sealing.heads()} == {KIND: 20, "trail": entries}
    assert [one["name"] for one in invariants.verify(now=NOW) if not one["holds"]] == []


def test_message_is_sent_by_one_dispatcher_only(monkeypatch):
    told: list[str] = []
    monkeypatch.setitem(outbox._consumers, "test", lambda payload: told.append(payload["word"]))
    for number in range(60):
        OutboxMessage.objects.create(
            topic="test", key=str(number), payload={"word": number}, created_at=NOW, available_at=NOW
        )

    at_once(lambda _: outbox.dispatch(now=NOW), THREADS)

    assert sorted(told) == list(range(60))


def test_account_that_has_rested_is_tried_by_one_process_only():
    account = AccountFactory()
    for _ in range(3):
        health.note_failure(account.pk, reason="test", now=NOW - timedelta(minutes=1))

    assert sorted(at_once(lambda _: health.take_trial(account.pk, now=NOW), THREADS)) == [False] * (THREADS - 1) + [
        True
    ]


def test_payer_who_is_late_for_the_trial_goes_to_the_next_account():
    first, _second = AccountFactory(code="first", rank=1), AccountFactory(code="second", merchant_id="KMC2", rank=2)
    for _ in range(3):
        health.note_failure(first.pk, reason="test", now=NOW - timedelta(minutes=1))

    def choose() -> str:
        try:
            return accounts.account_for(service=KIND, amount_paise=192_400, now=NOW).code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert health.take_trial(first.pk, now=NOW)
            late = pool.submit(choose)
            wait_until_somebody_waits()
        assert late.result() == "second"


def test_failures_at_the_same_instant_are_all_counted():
    account = AccountFactory()

    at_once(lambda _: health.note_failure(account.pk, reason="test", now=NOW), THREADS)

    assert AccountHealth.objects.get().failures == THREADS
