"""The fault matrix, F41, F42, F44 to F50: the database ends a transaction, the gateway is away or vague, all ask at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from django.db import OperationalError, connection
from structlog.testing import capture_logs

from kmc_portal.common.clock import day_of
from payments import inbox, polling
from payments.gateways.base import WireMessage
from payments.models import (
    GatewayAccount,
    GatewayMessage,
    GatewayTransaction,
    Payment,
    PaymentAttempt,
    Receipt,
    ReceiptSeries,
)
from payments.posting import apply_report
from payments.tests.factories import AttemptFactory, OrderFactory, report, snapshot
from payments.tests.portal_bench import attempts, posted_once, verdicts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def database_says():
    """Return a function that sets something for every connection made from now on, as an operator may."""
    name, changed = connection.settings_dict["NAME"], []

    def change(setting, value):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE \"{name}\" SET {setting} = '{value}'")
        changed.append(setting)

    yield change
    with connection.cursor() as cursor:
        for setting in changed:
            cursor.execute(f'ALTER DATABASE "{name}" RESET {setting}')


@contextmanager
def somebody_else():
    """A connection of somebody who is never the one whom the database ends."""
    found = connection.settings_dict
    with psycopg2.connect(
        dbname=found["NAME"], user=found["USER"], password=found["PASSWORD"], host=found["HOST"], port=found["PORT"]
    ) as other:
        with other.cursor() as cursor:
            cursor.execute("SET deadlock_timeout = '1min'; SET lock_timeout = '10s'")
            yield cursor
        other.rollback()
    other.close()


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


def somebody_waits(cursor):
    time.sleep(0.01)
    cursor.execute("SELECT pg_stat_clear_snapshot()")
    cursor.execute(WAITING)
    return cursor.fetchone()[0]


def paid_at_the_bank(portal):
    order = portal.order()
    portal.pay(order)
    ReceiptSeries.objects.create(code=order.series, financial_year=2026)
    return order, portal.news()[0]


def end_it(cursor, order, posting, *, times=6):
    """Make circles with whoever posts: we hold the series and want the order, it holds the order and wants the series.

    Returns why its tries ended; it stops when the posting is done, or has ended so often.
    """
    with capture_logs() as logs:
        while not posting.done() and len(ended(logs)) < times:
            if somebody_waits(cursor):
                cursor.execute("SAVEPOINT before")
                cursor.execute("SELECT 1 FROM payments_paymentorder WHERE id = %s FOR UPDATE", [order.pk])
                cursor.execute("ROLLBACK TO before")
    return ended(logs)


def ended(logs):
    return [line["code"] for line in logs if line["event"] == "transaction_ended_for_others"]


@pytest.mark.parametrize("times", [1, 2])  # of five tries: on a busy machine the circle closes up to twice more
def test_f41_posting_that_a_deadlock_ended_begins_anew(portal, database_says, times):
    order, body = paid_at_the_bank(portal)
    database_says("deadlock_timeout", "400ms")
    with ThreadPoolExecutor(1) as pool, somebody_else() as cursor:
        cursor.execute("SELECT 1 FROM payments_receiptseries FOR UPDATE")
        answer = pool.submit(portal.hook, body)
        # While we wake up it may have begun anew, and closed the circle once more.
        assert end_it(cursor, order, answer, times=times) in [["40P01"] * times, ["40P01"] * (times + 1)]
        cursor.connection.rollback()
        assert answer.result() == 200
    assert (posted_once(order), verdicts()) == (True, [("processed", 1)])


def test_f41_posting_that_is_ended_five_times_waits_and_is_parked(portal, database_says):
    """The gateway's message is answered, for it is kept; the drain tries once more and then leaves it to a person."""
    order, body = paid_at_the_bank(portal)
    database_says("deadlock_timeout", "400ms")
    with ThreadPoolExecutor(1) as pool, somebody_else() as cursor:
        cursor.execute("SELECT 1 FROM payments_receiptseries FOR UPDATE")
        answer = pool.submit(portal.hook, body)
        assert end_it(cursor, order, answer) == ["40P01"] * 5
        assert (answer.result(), portal.state(order), verdicts()) == (200, ("open", 0), [("received", 1)])
        drained = pool.submit(drain_in_a_thread, portal.now)
        assert end_it(cursor, order, drained) == ["40P01"] * 5
        assert drained.result() == 1
    assert (portal.state(order), verdicts()) == (("open", 0), [("parked", 1)])
    assert "Contended" in GatewayMessage.objects.get().result
    assert not GatewayTransaction.objects.exists()

    GatewayMessage.objects.update(state="received")
    inbox.drain(now=portal.now)
    assert posted_once(order)


def drain_in_a_thread(now):
    try:
        return inbox.drain(now=now)
    finally:
        connection.close()


def test_f41_posting_that_could_not_be_serialised_begins_anew(portal, database_says):
    """Where an operator has made transactions stricter: the row changed after ours had begun to look."""
    order, body = paid_at_the_bank(portal)
    database_says("default_transaction_isolation", "repeatable read")
    with capture_logs() as logs, ThreadPoolExecutor(1) as pool, somebody_else() as cursor:
        cursor.execute("UPDATE payments_paymentorder SET language = 'bn' WHERE id = %s", [order.pk])
        answer = pool.submit(portal.hook, body)
        while not somebody_waits(cursor):
            pass
        cursor.connection.commit()
        assert answer.result() == 200
    assert ended(logs) == ["40001"]
    assert (posted_once(order), verdicts()) == (True, [("processed", 1)])


def test_f42_drain_that_the_database_stops_leaves_the_message_waiting(portal, database_says):
    """What ails the database is no fault of the message: nobody has to look at it."""
    order, body = paid_at_the_bank(portal)
    inbox.keep(
        GatewayAccount.objects.get(), WireMessage("webhook", "application/jose", body), peer=None, now=portal.now
    )
    database_says("lock_timeout", "100ms")
    with ThreadPoolExecutor(1) as pool, somebody_else() as cursor:
        cursor.execute("SELECT 1 FROM payments_paymentorder FOR UPDATE")
        with pytest.raises(OperationalError, match="lock timeout"):
            pool.submit(drain_in_a_thread, portal.now).result()
    assert (portal.state(order), verdicts()) == (("open", 0), [("received", 1)])

    inbox.drain(now=portal.now)
    assert (posted_once(order), verdicts()) == (True, [("processed", 1)])


# --- The gateway when it is asked -------------------------------------------------------------------------------------


def test_f44_gateway_is_away_for_six_hours(portal, dues_of):
    """Nothing fails, nothing expires; each question is later than the one before, and the last one finds the money."""
    order = portal.order(**dues_of(2))
    portal.come_back(portal.pay(order))
    address = GatewayAccount.objects.get().base_url
    GatewayAccount.objects.update(base_url="http://127.0.0.1:9")
    asked = []
    for minute in range(1, 6 * 60):
        polling.poll(now=portal.now + timedelta(minutes=minute))
        found = PaymentAttempt.objects.get()
        if found.asked_at == portal.now + timedelta(minutes=minute):
            asked.append(minute)
    assert asked == [2, 6, 16, 33, 121]
    assert (found.state, found.last_error) == (
        "pending",
        "NotSent: The gateway could not be reached: ConnectError.",
    )
    GatewayAccount.objects.update(base_url=address)
    portal.poll(hours=7)
    assert (posted_once(order), PaymentAttempt.objects.get().last_error) == (True, "")


def test_f44_gateway_that_does_not_answer_holds_up_one_question_a_round(portal):
    orders = [portal.order() for _ in range(4)]
    for order in orders:
        portal.pay(order)
    portal.bench.spoil("silent")
    portal.poll(minutes=2)
    assert {portal.state(order) for order in orders} == {("open", 0)}
    assert PaymentAttempt.objects.exclude(last_error="").count() == 1
    portal.poll(minutes=3, seconds=30)
    assert [portal.state(order) for order in orders] == [("open", 0)] + [("paid", 1)] * 3
    portal.poll(minutes=6)
    assert portal.state(orders[0]) == ("paid", 1)


def test_f45_gateway_knows_nothing_right_after_the_redirect(portal):
    order = portal.order()
    page = portal.gateway_page(order)
    portal.poll(minutes=2)
    assert (attempts(order), portal.state(order)) == ([("01", "registered")], ("open", 0))
    portal.poll(minutes=16)
    assert attempts(order) == [("01", "registered")]
    portal.press(page)
    portal.poll(hours=3)
    assert posted_once(order)


@pytest.mark.parametrize("fault", ["other_order", "other_merchant"])
@pytest.mark.parametrize("paise", [4, 8])
def test_f46_answer_about_another_order_is_rejected_and_said_aloud(portal, dues_of, fault, paise):
    """One transaction comes as an object, two as a list."""
    order = portal.order(**dues_of(paise))
    portal.pay(order)
    portal.bench.spoil(fault)
    with capture_logs() as logs:
        portal.poll(minutes=2)
    assert [line["log_level"] for line in logs if line["event"] == "ask_failed"] == ["error"]
    assert (portal.state(order), "than the question" in PaymentAttempt.objects.get().last_error) == (("open", 0), True)
    portal.poll(minutes=6)
    assert portal.state(order)[0] == "paid"


def test_trouble_of_one_attempt_stops_no_other_and_is_kept(portal, monkeypatch, dues):
    """A kind of revenue that stumbles, which is the one thing that payments cannot foresee."""
    orders = [portal.order(snapshot=snapshot(first=f"PD-{name}-1", second=f"PD-{name}-2")) for name in "abc"]
    for order in orders:
        portal.pay(order)
    settle = dues.on_paid

    def stumble(*, lines, paid_by, **rest):
        if paid_by == orders[0].order_number:
            raise ZeroDivisionError("no such ward")
        return settle(lines=lines, paid_by=paid_by, **rest)

    monkeypatch.setattr(dues, "on_paid", stumble)
    portal.poll(minutes=2)
    assert [portal.state(order) for order in orders] == [("open", 0), ("paid", 1), ("paid", 1)]
    assert PaymentAttempt.objects.get(order=orders[0]).last_error == "ZeroDivisionError: no such ward"
    monkeypatch.setattr(dues, "on_paid", settle)
    portal.poll(minutes=6)
    assert (portal.state(orders[0]), PaymentAttempt.objects.get(order=orders[0]).last_error) == (("paid", 1), "")


def test_transaction_that_is_not_believed_hides_no_other_of_its_order(portal, dues_of):
    """Of two transactions of one order the gateway names one in dollars."""
    order = portal.order(**dues_of(8))
    portal.pay(order)
    with portal.bench.sandbox.world() as world:
        first, second = world.transactions.values()
    attempt = PaymentAttempt.objects.select_related("account").get()
    ours = report(attempt, transaction_ref=second.transaction_id, happened_at=portal.now)
    theirs = report(attempt, transaction_ref=first.transaction_id, currency="840", happened_at=portal.now)
    for each in (theirs, ours):
        polling._take_in(attempt, each, portal.now)
    assert portal.state(order) == ("paid", 1)
    assert PaymentAttempt.objects.get().last_error == "ReportHeld: not in rupees but in currency 840"


# --- All at once ------------------------------------------------------------------------------------------------------


def poll_in_a_thread(now):
    try:
        return polling.poll(now=now)
    finally:
        connection.close()


def test_f48_poller_and_webhook_race(portal):
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(poll_in_a_thread, portal.now + timedelta(minutes=2)) for _ in range(2)]
        told = [pool.submit(portal.hook, body) for _ in range(2)]
        assert {one.result() for one in told} == {200}
        assert sum(one.result() for one in asked) <= 1
    assert posted_once(order)


def test_f49_two_schedulers_put_each_question_once(portal):
    orders = [portal.order() for _ in range(6)]
    for order in orders:
        portal.gateway_page(order)
    with portal.bench.sandbox.world(changes=False) as world:
        before = len(world.traces)
    with ThreadPoolExecutor(4) as pool:
        asked = list(pool.map(poll_in_a_thread, [portal.now + timedelta(minutes=2)] * 4))
    with portal.bench.sandbox.world(changes=False) as world:
        assert len(world.traces) - before == 6
    assert sum(asked) == 6
    assert set(PaymentAttempt.objects.values_list("poll_count", flat=True)) == {1}


LAST_SECOND = datetime(2027, 3, 31, 18, 29, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("paid_at", "told_at", "business_date", "receipt"),
    [
        (LAST_SECOND, LAST_SECOND, "2027-03-31", "PT-026/2026-27/000001"),
        (LAST_SECOND + timedelta(seconds=1), LAST_SECOND + timedelta(seconds=1), "2027-04-01", "PT-026/2027-28/000001"),
        (LAST_SECOND, LAST_SECOND + timedelta(seconds=1), "2027-03-31", "PT-026/2027-28/000001"),
        # The gateway's clock is ahead of ours.
        (LAST_SECOND + timedelta(seconds=1), LAST_SECOND, "2027-04-01", "PT-026/2026-27/000001"),
    ],
)
def test_f50_midnight_of_the_financial_year_is_that_of_kolkata(paid_at, told_at, business_date, receipt):
    """The bank's moment dates the payment, ours the receipt; whichever zone a moment is written in."""
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt, happened_at=paid_at), now=told_at)
    assert (str(Payment.objects.get().business_date), Receipt.objects.get().receipt_number) == (business_date, receipt)


def test_f50_clock_that_jumps_back_asks_and_posts_all_the_same(portal):
    order = portal.order()
    portal.pay(order)
    polling.poll(now=portal.now + timedelta(minutes=10))
    assert posted_once(order)
    assert day_of(PaymentAttempt.objects.get().created_at) == day_of(portal.now)
    second = OrderFactory(created_at=portal.now, expires_at=portal.now + timedelta(days=1))
    portal.pay(second)
    PaymentAttempt.objects.filter(order=second).update(asked_at=portal.now + timedelta(hours=1))
    polling.poll(now=portal.now + timedelta(minutes=2))
    assert portal.state(second) == ("paid", 1)
