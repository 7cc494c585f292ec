"""Opening orders and attempts, against the gateway sandbox over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from payments import services
from payments.models import GatewayAccount, OutboxMessage, PaymentAttempt, PaymentOrder
from payments.posting import apply_report
from payments.services import MOST_TOLD, OrderRequest, expire_orders, open_order
from payments.states import Source
from payments.tests.factories import KIND, NOW, AttemptFactory, OrderFactory, report, snapshot

pytestmark = pytest.mark.django_db
REQUEST = OrderRequest(
    kind=KIND,
    reference="110260100051",
    scope="ALL",
    snapshot={"title": "Property tax", "particulars": [], "lines": [{"bill": "PD-1", "amount_paise": 192_400}]},
    series="PT-026",
    priced_on=NOW.date(),
    expires_at=NOW + timedelta(days=1),
)


def open_one(request: OrderRequest = REQUEST, **changes) -> PaymentOrder:
    return open_order(request, **{"source": Source.WEB, "now": NOW, "language": "bn", **changes})


def start(order: PaymentOrder, *, now=NOW, **changes):
    values = {
        "return_url": "https://portal.example/pay/return/billdesk/",
        "payer_ip": "203.0.113.7",
        "user_agent": "Phone",
    }
    return services.start_attempt(token=order.token, now=now, **{**values, **changes})


def attempts() -> list[tuple[str, str]]:
    return list(PaymentAttempt.objects.order_by("pk").values_list("order_ref", "state"))


def test_order_holds_what_was_asked():
    order = open_one(reply_to="7")

    assert (order.amount_paise, order.state, order.language, order.told_to) == (192_400, "open", "bn", ["7"])
    assert order.order_number.startswith("KP261123")
    assert len(order.token) == 22


def test_order_for_the_same_dues_is_taken_up_again():
    first = open_one()

    again = open_one(replace(REQUEST, expires_at=NOW + timedelta(days=3)), reply_to="7")

    assert again.pk == first.pk
    assert (again.told_to, again.expires_at) == (["7"], NOW + timedelta(days=3))


def test_order_taken_up_in_the_browser_still_tells_the_chat():
    open_one(reply_to="7")

    again = open_one(language="en")

    assert (again.told_to, again.language) == (["7"], "bn")


def test_everybody_is_told_who_asked_for_the_same_dues():
    open_one(reply_to="7", language="bn")

    again = open_one(reply_to="8", language="hi")

    assert (again.told_to, again.language) == (["7", "8"], "hi")


def test_who_asks_again_is_told_once():
    for conversation in ("7", "8", "7"):
        found = open_one(reply_to=conversation)

    assert found.told_to == ["8", "7"]


def test_link_that_has_gone_round_tells_those_who_asked_last():
    for conversation in range(MOST_TOLD + 1):
        found = open_one(reply_to=str(conversation))

    assert found.told_to == [str(conversation) for conversation in range(1, MOST_TOLD + 1)]


def test_receipt_names_everybody_who_asked():
    request = replace(REQUEST, snapshot=snapshot())
    attempt = AttemptFactory(order=open_one(request, reply_to="7"))
    open_one(request, reply_to="8")

    apply_report(account=attempt.account, report=report(attempt), now=NOW)

    assert OutboxMessage.objects.get().payload["told_to"] == ["7", "8"]


def test_order_for_other_bills_of_the_same_amount_is_another():
    other = {**REQUEST.snapshot, "lines": [{"bill": "PD-2", "amount_paise": 192_400}]}

    assert open_one(replace(REQUEST, snapshot=other)).pk != open_one().pk


def test_idempotency_key_brings_the_same_order_and_refuses_another():
    first = open_one(idempotency_key="k-1")
    PaymentOrder.objects.update(state="closed")

    assert open_one(idempotency_key="k-1").pk == first.pk
    with pytest.raises(services.IdempotencyKeyReused):
        open_one(replace(REQUEST, scope="PD"), idempotency_key="k-1")


def test_attempt_is_registered_at_the_gateway(bench):
    order = OrderFactory()

    checkout = start(order)

    assert checkout.url.startswith(bench.url)
    assert sorted(checkout.fields) == ["bdorderid", "merchantid", "rdata"]
    assert attempts() == [(f"{order.order_number}01", "registered")]


def test_second_click_goes_to_the_same_page(bench):
    order = OrderFactory()

    assert start(order) == start(order, now=NOW + timedelta(minutes=5))
    assert len(attempts()) == 1


def test_page_that_has_died_is_replaced_and_still_asked_about(bench):
    order = OrderFactory()
    start(order)

    start(order, now=NOW + timedelta(minutes=31))

    assert attempts() == [(f"{order.order_number}01", "expired"), (f"{order.order_number}02", "registered")]
    assert PaymentAttempt.objects.exclude(next_poll_at=None).count() == 2


def test_gateway_that_is_away_takes_nothing(bench):
    GatewayAccount.objects.update(base_url="http://127.0.0.1:9")
    order = OrderFactory()

    with pytest.raises(services.GatewayUnavailable):
        start(order)

    assert attempts() == [(f"{order.order_number}01", "created")]
    GatewayAccount.objects.update(base_url=bench.url)
    start(order)
    assert attempts() == [(f"{order.order_number}01", "registered")]


def test_order_that_the_gateway_made_without_telling_is_replaced(bench, settings):
    settings.GATEWAY_TIMEOUT_SECONDS = 0.5
    order = OrderFactory()
    bench.spoil("silent")

    with pytest.raises(services.GatewayUnavailable):
        start(order)
    start(order)

    assert attempts() == [(f"{order.order_number}01", "expired"), (f"{order.order_number}02", "registered")]


def test_references_that_the_gateway_knows_already_are_passed_over_three_a_click(bench):
    """The books came back from a backup, and the gateway remembers more than they do."""
    order = OrderFactory()
    for hour in range(3):
        start(order, now=NOW + timedelta(hours=hour))
    PaymentAttempt.objects.all().delete()

    with pytest.raises(services.GatewayUnavailable):
        start(order)
    start(order)

    states = ["expired", "expired", "expired", "registered"]
    assert attempts() == [(f"{order.order_number}{number:02d}", state) for number, state in enumerate(states, start=1)]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"state": "paid"}, services.OrderAlreadyPaid),
        ({"state": "closed"}, services.OrderExpired),
        ({"expires_at": NOW + timedelta(seconds=1), "created_at": NOW - timedelta(days=1)}, services.OrderExpired),
    ],
    ids=["paid", "closed", "price no longer holds"],
)
def test_order_that_cannot_be_paid_is_refused(bench, changes, refusal):
    order = OrderFactory(**changes)

    with pytest.raises(refusal):
        start(order, now=NOW + timedelta(seconds=1))

    assert attempts() == []


def test_order_whose_dues_have_changed_is_refused(bench, dues):
    order = OrderFactory()
    dues.due_paise = 202_500

    with pytest.raises(services.OrderExpired):
        start(order)

    assert attempts() == []


def test_token_that_is_not_ours_is_refused(bench):
    with pytest.raises(services.OrderNotFound):
        start(PaymentOrder(token="guess"))


def test_payment_that_is_pending_blocks_a_second_one(bench):
    attempt = AttemptFactory(state="pending")

    with pytest.raises(services.PaymentInProgress):
        start(attempt.order)


def test_orders_nobody_can_pay_any_more_are_closed():
    old = {"created_at": NOW - timedelta(days=2), "expires_at": NOW - timedelta(days=1)}
    closable, waiting, paid = (
        OrderFactory(**old),
        AttemptFactory(order__expires_at=NOW, order__created_at=NOW - timedelta(1)),
        None,
    )
    paid = OrderFactory(**old, state="paid")
    fresh = OrderFactory()

    assert expire_orders(now=NOW) == 1

    states = dict(PaymentOrder.objects.values_list("pk", "state"))
    assert [states[order.pk] for order in (closable, waiting.order, paid, fresh)] == ["closed", "open", "paid", "open"]
