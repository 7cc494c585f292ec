"""The fault matrix, F21 to F33: what a gateway says of money, in which order it says it, and where the money lands."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from kmc_portal.common.clock import day_of
from payments import inbox, invariants, outbox
from payments.models import Allocation, GatewayMessage, GatewayTransaction, Payment, PaymentAttempt, Receipt, ReconBreak
from payments.tests.portal_bench import FORM, attempts, posted_once, said, signed, verdicts

pytestmark = pytest.mark.django_db(transaction=True)


def landed():
    return list(Allocation.objects.order_by("pk").values_list("kind", "amount_paise"))


def breaks():
    return list(ReconBreak.objects.order_by("pk").values_list("kind", flat=True))


def books_hold(portal):
    return all(one["holds"] for one in invariants.verify(now=portal.now))


def set_status(portal, status):
    """Have the gateway change its mind about the one transaction."""
    transaction_ref = GatewayTransaction.objects.get().transaction_ref
    answer = portal.bench.post(f"/sim/transactions/{transaction_ref}/status", status=status)
    assert answer.status_code == 200, answer.text


def results():
    return list(GatewayMessage.objects.order_by("pk").values_list("result", flat=True))


# --- In which order it is said ----------------------------------------------------------------------------------------


def test_f21_pending_then_success(portal, dues_of):
    order = portal.order(**dues_of(2))
    portal.come_back(portal.pay(order))
    assert (attempts(order), portal.state(order)) == ([("01", "pending")], ("open", 0))
    portal.poll(minutes=6)
    assert posted_once(order)


@pytest.mark.parametrize("status", ["0399", "0002"])
def test_f22_late_word_takes_no_success_back(portal, status):
    """A webhook that was overtaken: the gateway, asked about it, stands by the success."""
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    assert portal.hook(body) == 200
    assert portal.hook(signed({**said(body), "auth_status": status})) == 200
    portal.poll(minutes=2)
    assert (attempts(order), breaks()) == ([("01", "succeeded")], [])
    assert PaymentAttempt.objects.get().next_poll_at is None
    assert posted_once(order)
    assert results()[1] == {"0399": "denies what is posted", "0002": "known already"}[status]


def test_f22_gateway_that_denies_a_success_when_asked_opens_a_break(portal, admin_client):
    order = portal.order()
    portal.come_back(portal.pay(order))
    set_status(portal, "0399")
    assert [portal.hook(body) for body in portal.news()][-1] == 200
    portal.poll(minutes=2)
    portal.poll(minutes=2)
    assert (attempts(order), breaks()) == ([("01", "succeeded")], ["GATEWAY_DENIES"])
    assert PaymentAttempt.objects.get().next_poll_at is None
    assert posted_once(order)
    assert "the gateway now says 0399" in admin_client.get("/admin/payments/reconbreak/").content.decode()


def test_f22_gateway_that_denies_a_success_again_opens_no_second_break(portal):
    order = portal.order()
    portal.come_back(portal.pay(order))
    set_status(portal, "0399")
    (denial,) = [body for body in portal.news() if said(body)["auth_status"] == "0399"]
    for minutes, body in ((2, denial), (4, signed({**said(denial), "itemcode": "DIRECT2"}))):
        assert portal.hook(body) == 200
        portal.poll(minutes=minutes)
    assert results()[1:] == ["denies what is posted"] * 2
    assert (breaks(), PaymentAttempt.objects.get().next_poll_at) == (["GATEWAY_DENIES"], None)


def test_f23_failed_then_authorised_late(portal, dues_of):
    order = portal.order(**dues_of(1))
    portal.come_back(portal.pay(order))
    assert attempts(order) == [("01", "failed")]
    set_status(portal, "0300")
    portal.poll(minutes=2)
    assert posted_once(order)


def test_f24_success_two_days_after_the_link_has_ended(portal, dues_of):
    """The order's price counts, and the day is that of the payer's bank, not that of the news."""
    order = portal.order(**dues_of(4))
    portal.pay(order)
    portal.poll(days=2)
    payment = Payment.objects.get()
    assert posted_once(order)
    assert (payment.business_date, day_of(payment.received_at)) == (
        day_of(portal.now),
        day_of(portal.now + timedelta(days=2)),
    )
    assert landed() == [("bill", order.amount_paise)]


def test_f24_order_that_was_closed_unpaid_is_paid_late(portal, dues_of):
    order = portal.order(**dues_of(4))
    portal.pay(order)
    PaymentAttempt.objects.update(state="expired")
    type(order).objects.update(state="closed")
    portal.poll(days=2)
    assert posted_once(order)


# --- More than was asked for ------------------------------------------------------------------------------------------


def test_f25_late_success_for_a_bill_that_was_paid_in_another_way(portal, dues_of, dues):
    order = portal.order(**dues_of(2))
    portal.come_back(portal.pay(order))
    dues.paid.add("PD-1")
    portal.poll(minutes=6)
    assert posted_once(order)
    assert (landed(), breaks(), books_hold(portal)) == (
        [("advance", order.amount_paise)],
        ["DUPLICATE_SUCCESS"],
        True,
    )
    receipt = portal.browser.get(f"/pay/{order.token}/").headers["Location"]
    assert "found no unpaid bill and is kept for you" in portal.browser.get(receipt).text


def test_f28_one_order_with_two_successes(portal, dues_of):
    order = portal.order(**dues_of(8))
    portal.come_back(portal.pay(order))
    assert [portal.hook(body) for body in portal.news()] == [200, 200]
    portal.poll(minutes=2)
    assert portal.state(order) == ("paid", 2)
    assert (landed(), breaks()) == (
        [("bill", order.amount_paise), ("advance", order.amount_paise)],
        ["DUPLICATE_SUCCESS"],
    )
    assert (GatewayTransaction.objects.count(), books_hold(portal)) == (2, True)


def test_f29_gateway_amount_is_lower(portal, dues_of, dues):
    order = portal.order(**dues_of(9))
    portal.come_back(portal.pay(order))
    assert (landed(), breaks(), dues.paid) == ([("suspense", order.amount_paise - 100)], ["AMOUNT_DIFF"], set())
    assert Payment.objects.get().amount_paise == order.amount_paise - 100
    assert books_hold(portal)


def test_f30_gateway_amount_is_higher(portal, dues):
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    assert portal.hook(signed({**said(body), "amount": "2000.00"})) == 200
    assert posted_once(order)
    assert (landed(), breaks()) == (
        [("bill", 100_000), ("bill", 92_400), ("advance", 7_600)],
        ["AMOUNT_DIFF"],
    )
    assert (dues.paid, books_hold(portal)) == ({"PD-1", "PD-2"}, True)


# --- What cannot be booked --------------------------------------------------------------------------------------------


def test_f31_money_that_is_not_in_rupees_waits_for_a_person(portal, admin_client):
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    assert portal.hook(signed({**said(body), "currency": "840"})) == 200
    assert (portal.state(order), verdicts(), results()) == (
        ("open", 0),
        [("parked", 1)],
        ["not in rupees but in currency 840"],
    )
    assert "not in rupees" in admin_client.get("/admin/payments/gatewaymessage/?state=parked").content.decode()
    assert portal.hook(body) == 200
    assert posted_once(order)


def test_f32_surcharge_is_the_gateways_and_pays_no_dues(portal):
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    costs = {"surcharge": "22.70", "discount": "0.00", "charge_amount": "1946.70"}
    assert portal.hook(signed({**said(body), **costs})) == 200
    assert posted_once(order)
    assert (Payment.objects.get().amount_paise, breaks()) == (order.amount_paise, [])
    receipt = portal.browser.get(f"/receipts/{Receipt.objects.get().token}/").text
    assert "Charged by the gateway on top</dt><dd>₹22.70" in receipt


def test_f32_surcharge_that_is_none_stops_no_payment(portal):
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    assert portal.hook(signed({**said(body), "surcharge": "a little"})) == 200
    assert posted_once(order)


@pytest.mark.parametrize(
    "amount", ["1924.000", "1.924e3", "1,924.00", "১৯২৪.০০", "-1924.00", "", None, " 1924.00", "NaN"]
)
def test_f33_amount_that_is_no_amount_waits_for_a_person(portal, amount):
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    assert portal.hook(signed({**said(body), "amount": amount})) == 200
    assert (portal.state(order), verdicts()) == (("open", 0), [("parked", 1)])
    portal.poll(minutes=2)
    assert posted_once(order)


# --- Who pays, and who is told ----------------------------------------------------------------------------------------


def test_f20_return_of_another_citizen_moves_no_order_of_theirs(portal):
    """A payer brings a return that names a stranger's order, unsigned: nobody's order moves, and it is only asked about."""
    mine, theirs = portal.order(), portal.order()
    portal.pay(mine)
    portal.gateway_page(theirs)
    order_ref = PaymentAttempt.objects.get(order=theirs).order_ref
    answer = portal.come_back({"orderid": order_ref, "terminal_state": "111", "auth_status": "0300"})
    assert answer.status_code == 303
    assert (portal.state(mine), portal.state(theirs)) == (("open", 0), ("open", 0))
    assert verdicts() == [("processed", 1)]


def test_message_that_was_told_is_not_told_again(portal, monkeypatch):
    told = []
    monkeypatch.setitem(outbox._consumers, "receipt_issued", lambda payload: told.append(payload["receipt_number"]))
    order = portal.order()
    fields = portal.pay(order)
    for body in portal.news() * 3:
        portal.hook(body)
    portal.come_back(fields)
    for _ in range(3):
        outbox.dispatch(now=portal.now + timedelta(hours=1))
        inbox.drain(now=portal.now)
    assert len(told) == 1


def test_unsigned_webhook_is_only_asked_about(portal):
    order = portal.order()
    portal.pay(order)
    order_ref = PaymentAttempt.objects.get().order_ref
    assert portal.hook(urlencode({"orderid": order_ref, "auth_status": "0300"}).encode(), FORM) == 200
    assert portal.state(order) == ("open", 0)
    portal.poll(seconds=30)
    assert posted_once(order)
