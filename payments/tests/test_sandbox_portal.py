"""Portal and sandbox together: whatever the gateway does, a payment is believed once, and only when it was made."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payments import inbox, polling, services
from payments.models import Allocation, Payment, PaymentAttempt, PaymentOrder, ReconBreak
from payments.tests.billdesk_bench import KEY, bench_at
from payments.tests.factories import NOW, AccountFactory, OrderFactory, order_line

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench():
    with bench_at(NOW) as made:
        yield made


@pytest.fixture
def account(bench, monkeypatch, settings):
    settings.GATEWAY_TIMEOUT_SECONDS = 1.5
    monkeypatch.setenv("BILLDESK_KEY", KEY)
    return AccountFactory(base_url=bench.url)


@pytest.fixture
def order_of(account, dues):
    """Return an order for 1,924 rupees and so many paise."""

    def make(paise):
        dues.due_paise = 192_400 + paise
        line = order_line("PD-1", "2026-27 Q3", "property_tax", "Property tax", dues.due_paise)
        return OrderFactory(amount_paise=dues.due_paise, snapshot={"title": "", "particulars": [], "lines": [line]})

    return make


def leave(order):
    """Press Pay on the portal and return where the payer goes."""
    return services.start_attempt(
        token=order.token, now=NOW, return_url="http://portal.example/back/", payer_ip="203.0.113.7", user_agent="test"
    )


def told(account, *messages):
    """Let the portal keep and read what came in."""
    for message in messages:
        inbox.read(inbox.keep(account, message, peer=None, now=NOW), now=NOW)


def ask_at(bench, **later):
    """Let time pass on both sides, the webhooks get lost, and the poller ask."""
    bench.advance(**later)
    polling.poll(now=NOW + timedelta(**later))


def books(order):
    order.refresh_from_db()
    return order.state, Payment.objects.count(), sum(Payment.objects.values_list("amount_paise", flat=True))


@pytest.mark.parametrize("paise", [0, 4, 5, 6])
def test_paid_order_is_posted_once_by_return_webhooks_and_poller(bench, account, order_of, paise):
    order = order_of(paise)
    back = bench.press(leave(order))
    told(account, back)
    bench.advance(seconds=1)
    told(account, *bench.webhooks(), *bench.webhooks())
    ask_at(bench, minutes=2)
    assert books(order) == ("paid", 1, 192_400 + paise)


@pytest.mark.parametrize("paise", [2, 7])
def test_pending_payment_is_posted_when_the_bank_has_decided(bench, account, order_of, paise):
    order = order_of(paise)
    told(account, bench.press(leave(order)))
    assert books(order) == ("open", 0, 0)
    ask_at(bench, minutes=40)
    assert books(order) == ("paid", 1, 192_400 + paise)


@pytest.mark.parametrize("paise", [1, 3, 12])
def test_failed_payment_leaves_the_order_open(bench, account, order_of, paise):
    order = order_of(paise)
    told(account, bench.press(leave(order)))
    ask_at(bench, days=1, minutes=5)
    bench.advance(seconds=1)
    told(account, *bench.webhooks())
    assert books(order) == ("open", 0, 0)


def test_second_success_of_one_order_is_kept_and_marked(bench, account, order_of):
    order = order_of(8)
    told(account, bench.press(leave(order)))
    bench.advance(seconds=2)
    told(account, *bench.webhooks())
    assert books(order) == ("paid", 2, 2 * 192_408)
    assert ReconBreak.objects.count() == 1


def test_short_payment_is_kept_and_pays_nothing_off(bench, account, order_of, dues):
    order = order_of(9)
    told(account, bench.press(leave(order)))
    assert (order.state, Payment.objects.get().amount_paise, dues.paid) == ("open", 192_309, set())
    assert list(Allocation.objects.values_list("kind", flat=True)) == ["suspense"]


def test_forged_messages_are_not_believed_and_the_poller_finds_the_truth(bench, account, order_of):
    order = order_of(10)
    told(account, bench.press(leave(order)))
    bench.advance(seconds=1)
    told(account, *bench.webhooks())
    assert books(order) == ("open", 0, 0)
    ask_at(bench, minutes=2)
    assert books(order) == ("paid", 1, 192_410)


def test_silent_gateway_does_not_stop_the_payer_for_ever(bench, account, order_of):
    order = order_of(11)
    with pytest.raises(services.GatewayUnavailable):
        leave(order)
    told(account, bench.press(leave(order)))
    assert books(order) == ("paid", 1, 192_411)
    assert PaymentAttempt.objects.count() == 2


def test_cancelled_payment_is_asked_about_and_not_believed(bench, account, order_of):
    order = order_of(0)
    checkout = leave(order)
    cancelled = bench.press(checkout, action="cancel")
    bench.press(checkout)
    told(account, cancelled)
    assert books(order) == ("open", 0, 0)
    polling.poll(now=NOW)
    assert books(order) == ("paid", 1, 192_400)


def test_two_clicks_lead_to_the_same_page(bench, account, order_of):
    order = order_of(0)
    assert leave(order) == leave(order)
    assert PaymentOrder.objects.get().attempts.count() == 1
