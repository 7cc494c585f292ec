"""The lost webhook, the closed tab, the late success: asked about on a schedule, and on request."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payments import polling, services
from payments.models import GatewayAccount, Payment, PaymentAttempt
from payments.tests.factories import NOW, AttemptFactory, OrderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def started(bench):
    order = OrderFactory()
    checkout = services.start_attempt(
        token=order.token, now=NOW, return_url="https://portal.example/r/", payer_ip="", user_agent=""
    )
    return order, checkout


def after(**passed: float):
    return NOW + timedelta(**passed)


def attempt() -> PaymentAttempt:
    return PaymentAttempt.objects.get()


def test_nothing_is_asked_in_the_first_ninety_seconds(bench, started):
    bench.press(started[1])

    assert polling.poll(now=after(seconds=89)) == 0


def test_payment_whose_webhook_is_lost_is_found(bench, started):
    bench.press(started[1])

    assert polling.poll(now=after(seconds=90)) == 1

    assert Payment.objects.get().amount_paise == 192_400
    assert (attempt().state, attempt().next_poll_at) == ("succeeded", None)


def test_attempt_without_a_transaction_is_asked_about_again(bench, started):
    polling.poll(now=after(seconds=90))

    assert (attempt().state, attempt().poll_count, attempt().next_poll_at) == ("registered", 1, after(minutes=5))
    assert polling.poll(now=after(minutes=4)) == 0


def test_late_poll_skips_the_turns_it_missed(bench, started):
    polling.poll(now=after(hours=3))

    assert (attempt().poll_count, attempt().next_poll_at) == (5, after(hours=6))


def test_attempt_is_given_up_after_its_last_day(bench, started):
    polling.poll(now=after(days=7))

    assert (attempt().state, attempt().next_poll_at) == ("expired", None)


def test_gateway_that_is_away_is_asked_again_later(bench, started):
    GatewayAccount.objects.update(base_url="http://127.0.0.1:9")

    assert polling.poll(now=after(seconds=90)) == 1

    assert (attempt().state, attempt().next_poll_at) == ("registered", after(minutes=5))


def test_last_question_is_put_until_it_is_answered(bench, started):
    url = GatewayAccount.objects.get().base_url
    GatewayAccount.objects.update(base_url="http://127.0.0.1:9")

    polling.poll(now=after(days=7))
    assert (attempt().state, attempt().next_poll_at) == ("registered", after(days=8))

    GatewayAccount.objects.update(base_url=url)
    polling.poll(now=after(days=8))
    assert (attempt().state, attempt().next_poll_at) == ("expired", None)


def test_check_now_asks_at_most_once_in_twenty_seconds(bench, started):
    order, checkout = started
    polling.check_now(token=order.token, now=after(seconds=1))
    bench.press(checkout)

    polling.check_now(token=order.token, now=after(seconds=20))
    assert not Payment.objects.exists()

    polling.check_now(token=order.token, now=after(seconds=21))
    assert Payment.objects.exists()


def test_check_now_of_an_unknown_token_does_nothing(db):
    AttemptFactory()

    polling.check_now(token="guess", now=NOW)

    assert attempt().asked_at is None
