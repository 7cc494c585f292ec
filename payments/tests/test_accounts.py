"""Several accounts side by side: the first that fits takes the payment, one that fails is set aside, an old order stays."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from secrets import token_hex

import pytest
from django.db import IntegrityError, transaction

from payments import inbox, polling, services
from payments.accounts import health
from payments.accounts import services as accounts
from payments.gateways.registry import SCHEMES
from payments.models import AccountHealth, AccountLimit, GatewayAccount, Payment, PaymentAttempt
from payments.states import Scheme, Way
from payments.tests.billdesk_bench import KEY, bench_at
from payments.tests.factories import KIND, NOW, AccountFactory, OrderFactory, snapshot

pytestmark = pytest.mark.django_db
NOBODY = "http://127.0.0.1:9"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    monkeypatch.setenv("BILLDESK_KEY", KEY)


@pytest.fixture
def two(bench):
    """A first account that does not answer and a second one that does."""
    first = AccountFactory(code="first", merchant_id="KMCFIRST", base_url=NOBODY, rank=1)
    return first, GatewayAccount.objects.get(code="billdesk")


def leave(order, *, now=NOW, way="page"):
    return services.start_attempt(
        token=order.token,
        now=now,
        return_url="https://portal.example/pay/return/{account}/",
        payer_ip="",
        user_agent="",
        way=way,
    )


def asked_accounts(order):
    return list(order.attempts.order_by("pk").values_list("account__code", "state"))


def wanted(**changes):
    values = {"service": KIND, "amount_paise": 192_400, "now": NOW}
    return accounts.account_for(**{**values, **changes}).code


# --- choosing ---------------------------------------------------------------------------------------------------------


def test_lowest_rank_takes_the_payment(two):
    assert wanted() == "first"


def test_account_of_another_service_is_not_asked(two):
    GatewayAccount.objects.filter(code="first").update(service="trade_license")
    assert (wanted(), wanted(service="trade_license")) == ("billdesk", "first")


def test_account_after_its_last_day_is_not_asked(two):
    GatewayAccount.objects.filter(code="first").update(active_to=date(2026, 11, 22))
    assert wanted() == "billdesk"


def test_amount_above_a_limit_goes_to_the_account_that_takes_it(two):
    AccountLimit.objects.create(account=two[0], method="upi", at_most_paise=100, valid_from=NOW.date(), source="test")
    assert (wanted(way=Way.UPI), wanted()) == ("billdesk", "first")


def test_no_account_for_the_service_says_so(two):
    GatewayAccount.objects.update(service="trade_license")
    with pytest.raises(accounts.NoGatewayAccount):
        wanted()


def test_amount_that_no_account_takes_says_so(two):
    for account in two:
        AccountLimit.objects.create(account=account, method="upi", at_most_paise=100, valid_from=NOW.date(), source="t")
    with pytest.raises(accounts.AmountNotTaken):
        wanted(way=Way.UPI)


def test_every_account_set_aside_says_that_nothing_answers(two):
    for account in two:
        AccountHealth.objects.create(account=account, failures=3, rests_until=NOW + MINUTE)
    with pytest.raises(accounts.GatewayUnavailable):
        wanted()


def test_choosing_asks_the_database_four_times(two, django_assert_num_queries):
    with django_assert_num_queries(4):
        wanted()


# --- failing over -----------------------------------------------------------------------------------------------------


def test_payer_is_sent_on_by_the_next_account(two):
    order = OrderFactory()

    checkout = leave(order)

    assert checkout.gateway_order_ref != ""
    assert asked_accounts(order) == [("first", "expired"), ("billdesk", "registered")]
    assert list(AccountHealth.objects.values_list("account__code", "failures")) == [("first", 1)]


def test_return_address_is_that_of_the_account_asked(two, bench):
    leave(OrderFactory())
    assert [order["ru"] for order in bench_orders(bench)] == ["https://portal.example/pay/return/billdesk/"]


def test_third_failure_sets_the_account_aside_for_everybody(two):
    for _ in range(3):
        leave(OrderFactory())

    order = OrderFactory()
    leave(order)

    assert asked_accounts(order) == [("billdesk", "registered")]
    assert AccountHealth.objects.get().rests_until == NOW + MINUTE


def test_account_that_has_rested_is_tried_by_one_payer(two):
    for _ in range(3):
        health.note_failure(two[0].pk, reason="test", now=NOW)
    later = NOW + MINUTE

    assert [wanted(now=later), wanted(now=later)] == ["first", "billdesk"]
    assert wanted(now=later + timedelta(seconds=30)) == "first"


def test_trial_that_fails_is_followed_by_a_longer_rest(two):
    for _ in range(3):
        health.note_failure(two[0].pk, reason="test", now=NOW)
    leave(OrderFactory(), now=NOW + MINUTE)
    assert AccountHealth.objects.get().rests_until == NOW + 3 * MINUTE


def test_trial_that_succeeds_forgets_the_failures(two, bench):
    for _ in range(3):
        health.note_failure(two[1].pk, reason="test", now=NOW - MINUTE)
    GatewayAccount.objects.filter(code="first").update(is_active=False)
    leave(OrderFactory())
    assert not AccountHealth.objects.exists()


def test_only_account_that_fails_keeps_its_reference(two):
    GatewayAccount.objects.filter(code="billdesk").update(is_active=False)
    order = OrderFactory()
    for _ in range(2):
        with pytest.raises(services.GatewayUnavailable):
            leave(order)
    assert asked_accounts(order) == [("first", "created")]


def test_payer_waits_for_two_accounts_at_most(two):
    for number in range(2):
        AccountFactory(code=f"dead-{number}", merchant_id=f"KMCDEAD{number}", base_url=NOBODY, rank=2)
    with pytest.raises(services.GatewayUnavailable):
        leave(OrderFactory())
    assert AccountHealth.objects.count() == 2


def test_account_without_its_key_is_passed_over(two, monkeypatch):
    GatewayAccount.objects.filter(code="first").update(secret_names="NOT_SET")
    order = OrderFactory()
    leave(order)
    assert asked_accounts(order)[-1] == ("billdesk", "registered")


def test_old_order_is_asked_through_the_account_it_was_opened_with(two, bench):
    order = OrderFactory()
    bench.press(leave(order))
    GatewayAccount.objects.filter(code="billdesk").update(
        is_active=False, active_to=date(2026, 11, 23), service="trade_license"
    )

    bench.advance(minutes=2)
    polling.poll(now=NOW + 2 * MINUTE)

    assert Payment.objects.get().order == order
    assert PaymentAttempt.objects.get(state="succeeded").account.code == "billdesk"


def test_payer_goes_on_with_the_page_of_an_account_that_is_retired_meanwhile(two):
    order = OrderFactory()
    checkout = leave(order)
    GatewayAccount.objects.update(is_active=False)
    assert leave(order) == checkout


# --- every scheme through the whole portal -----------------------------------------------------------------------------

SECRETS = {
    "hmac": ("billdesk", KEY),
    "jose": ("billdesk", f"kmc-2026:{KEY}:signing-key-of-the-tests"),
    "checksum": ("billdesk_legacy", "SIMULATOR-CHECKSUM-KEY"),
    "razorpay": ("razorpay", "rzp_test_kmc:key-secret-2026:hook-secret-2026"),
}


def test_every_scheme_is_some_gateways():
    assert {scheme for schemes in SCHEMES.values() for scheme in schemes} == set(Scheme.values) == set(SECRETS)


@contextmanager
def account_of(scheme, monkeypatch):
    gateway, secret = SECRETS[scheme]
    monkeypatch.setenv("TEST_KEY", secret)
    with bench_at(NOW, scheme=scheme, secret=secret) as bench:
        values = {"code": scheme, "gateway": gateway, "scheme": scheme, "secret_names": "TEST_KEY"}
        yield bench, AccountFactory(base_url=bench.url, **values)


@pytest.mark.parametrize("scheme", SECRETS)
def test_payment_is_posted_once_by_return_webhook_and_poller(scheme, monkeypatch, client):
    order = OrderFactory()
    with account_of(scheme, monkeypatch) as (bench, account):
        back = bench.press(leave(order))
        answer = client.post(f"/pay/return/{account.code}/", back.body, content_type=back.content_type)
        assert (answer.status_code, answer["Location"]) == (303, f"/pay/{order.token}/?returned")
        bench.advance(seconds=1)
        hook = "razorpay" if scheme == "razorpay" else "billdesk"
        for news in bench.webhooks():
            said = client.post(
                f"/hooks/{hook}/{account.code}/",
                news.body,
                content_type=news.content_type,
                headers={"X-Razorpay-Signature": news.signature},
            )
            assert said.status_code == 200
        bench.advance(minutes=2)
        polling.poll(now=NOW + 2 * MINUTE)

    assert [payment.amount_paise for payment in Payment.objects.all()] == [192_400]


NEXT = {
    "hmac": "fedcba9876543210fedcba9876543210",
    "jose": f"kmc-2027:{KEY[::-1]}:next-signing-key-of-the-tests",
    "checksum": "NEXT-CHECKSUM-KEY-2027",
    "razorpay": "rzp_test_next:key-secret-2027:hook-secret-2027",
}


@pytest.mark.parametrize("scheme", SECRETS)
def test_key_is_changed_in_the_steps_of_the_manual_and_no_payment_is_lost(scheme, monkeypatch):
    """docs/operations.md, "Changing a key". The gateway understands both keys, as gateways do while one is changed."""
    old, new = SECRETS[scheme][1], NEXT[scheme]
    monkeypatch.setenv("NEXT_KEY", new)
    with account_of(scheme, monkeypatch) as (bench, account):
        for step, (names, at_the_gateway) in enumerate(
            [
                ("TEST_KEY", (old,)),
                ("TEST_KEY,NEXT_KEY", (old, new)),
                ("TEST_KEY,NEXT_KEY", (new, old)),
                ("NEXT_KEY,TEST_KEY", (new, old)),
                ("NEXT_KEY", (new,)),
            ]
        ):
            GatewayAccount.objects.update(secret_names=names)
            known_by_the_gateway(bench, at_the_gateway)
            pay_and_hear(bench, account)
            assert Payment.objects.count() == step + 1, (step, names)


def known_by_the_gateway(bench, secrets):
    with bench.sandbox.world() as world:
        world.merchants = {name: replace(one, secrets=secrets) for name, one in world.merchants.items()}


def pay_and_hear(bench, account):
    """Pay a new order, and let the portal hear of it by the webhook alone."""
    bench.shop.received.clear()
    bench.press(leave(OrderFactory(snapshot=snapshot(first=token_hex(4), second=token_hex(4)))))
    bench.advance(seconds=1)
    for message in bench.webhooks():
        assert inbox.read(inbox.keep(account, message, peer=None, now=NOW), now=NOW).state == "processed"


# --- the rows ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("account_scheme_known", {"scheme": "rot13"}),
        ("account_days_in_order", {"active_from": date(2026, 2, 1), "active_to": date(2026, 1, 31)}),
    ],
)
def test_account_that_cannot_be_is_refused_by_the_database(constraint, changes):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        AccountFactory(**changes)


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("limit_range_in_order", {"at_most_paise": 99}),
        ("limit_range_in_order", {"at_least_paise": 0}),
        ("limit_once_per_method_and_day", {}),
    ],
)
def test_limit_that_cannot_be_is_refused_by_the_database(constraint, changes):
    values = {"account": AccountFactory(), "method": "upi", "at_most_paise": 1000, "valid_from": NOW, "source": "test"}
    AccountLimit.objects.create(**values)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        AccountLimit.objects.create(**{**values, **changes})


def test_health_without_failures_is_refused_by_the_database():
    with pytest.raises(IntegrityError, match="health_counts_failures"), transaction.atomic():
        AccountHealth.objects.create(account=AccountFactory(), failures=0)


def bench_orders(bench):
    with bench.sandbox.world(changes=False) as world:
        return [{"ru": order.ru} for order in world.orders.values()]
