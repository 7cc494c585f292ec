"""Paying with a UPI app: the gateway's link as buttons on a telephone and as a code elsewhere, and a page that waits."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta

import pytest

from payments import polling, services
from payments.gateways import upi
from payments.gateways.base import MaybeSent, Refused
from payments.gateways.billdesk import BillDesk
from payments.models import AccountLimit, GatewayAccount, Payment, PaymentAttempt
from payments.sandbox import jose
from payments.states import Way
from payments.tests.billdesk_bench import KEY, bench_at
from payments.tests.factories import NOW, AttemptFactory, OrderFactory
from payments.tests.gateway_contract import START, an_order
from payments.tests.portal_bench import real_now

pytestmark = pytest.mark.django_db
LINK = "upi://pay?pa=kmc.test@simbank&pn=Kolkata%20Municipal%20Corporation&mc=9311&tr=KMCPT0001&am=1.00&cu=INR"
QUERY = LINK.removeprefix("upi://pay?")
ANDROID = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
DESKTOP = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36"


# --- The links --------------------------------------------------------------------------------------------------------


def test_each_app_has_its_link_on_android():
    assert [upi.for_app(LINK, app, platform="android") for app in upi.APPS] == [
        f"intent://pay?{QUERY}#Intent;scheme=upi;package={package};end"
        for package in (
            "com.google.android.apps.nbu.paisa.user",
            "com.phonepe.app",
            "net.one97.paytm",
            "in.org.npci.upiapp",
        )
    ]


def test_each_app_has_its_link_on_an_iphone():
    assert [upi.for_app(LINK, app, platform="ios") for app in upi.APPS] == [
        f"{start}?{QUERY}" for start in ("gpay://upi/pay", "phonepe://pay", "paytmmp://pay", "bhim://pay")
    ]


@pytest.mark.parametrize(("name", "platform"), [(ANDROID, "android"), (IPHONE, "ios"), (DESKTOP, ""), ("", "")])
def test_platform_is_told_by_the_browsers_name(name, platform):
    assert upi.platform_of(name) == platform


@pytest.mark.parametrize(
    "link",
    [
        "",
        "https://pay.example/?pa=a@b&am=1.00",
        "javascript:alert(1)//upi://pay?pa=a@b&am=1.00",
        "upi://mandate?pa=a@b&am=1.00",
        "upi://pay?am=1.00",
        "upi://pay?pa=a@b",
        "upi://pay?pa=a@b&am=1.01",
        "upi://pay?pa=a@b&am=1e2",
        "upi://pay?pa=a@b&am=1.00&pn=Kolkata Corporation",
        "upi://pay?pa=a@b&am=1.00\n",
        "upi://pay?pa=ক@b&am=1.00",
    ],
)
def test_link_that_is_none_is_refused(link):
    with pytest.raises(ValueError, match=r".*"):
        upi.checked(link, amount_paise=100)


# --- The gateway ------------------------------------------------------------------------------------------------------


@pytest.fixture
def tellers():
    with bench_at(START) as made:
        yield made


def answered(tellers, **changed):
    """Return a client whose next request is answered with a link, or with what is changed about it."""
    said = {"mercid": "KMCSIM", "orderid": "KMCPT0001", "amount": "1.00", "currency": "356", "bdorderid": "OA1"}
    text = jose.sign({**said, "intent": b64encode(LINK.encode()).decode(), **changed}, client_id="kmcsim", secret=KEY)
    tellers.answer(200, text)
    return BillDesk(tellers.credentials, clock=lambda: START)


def test_gateway_gives_the_link_of_an_order(tellers):
    checkout = answered(tellers).open_upi(an_order(100))
    assert (checkout.url, checkout.gateway_order_ref, dict(checkout.fields)) == (LINK, "OA1", {})


@pytest.mark.parametrize(
    ("changed", "failure"),
    [
        ({"intent": "no base64!"}, MaybeSent),
        ({"intent": b64encode(b"https://pay.example").decode()}, MaybeSent),
        ({"intent": b64encode(LINK.replace("am=1.00", "am=100.00").encode()).decode()}, MaybeSent),
        ({"intent": None}, MaybeSent),
        ({"amount": "2.00"}, Refused),
        ({"orderid": "ANOTHER"}, Refused),
    ],
)
def test_answer_without_our_link_leads_nowhere(tellers, changed, failure):
    with pytest.raises(failure):
        answered(tellers, **changed).open_upi(an_order(100))


# --- The page ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def order(bench):
    now = real_now()
    return OrderFactory(created_at=now, expires_at=now + timedelta(days=1))


def start(client, order, name=DESKTOP):
    return client.post(f"/pay/{order.token}/upi/", headers={"User-Agent": name})


def page(client, order, name=DESKTOP):
    return client.get(f"/pay/{order.token}/upi/", headers={"User-Agent": name}).content.decode()


def test_pay_page_offers_upi(client, order):
    assert f'href="/pay/{order.token}/upi/"' in client.get(f"/pay/{order.token}/").content.decode()


def test_pay_page_does_not_offer_upi_above_its_limit(client, order):
    account = GatewayAccount.objects.get()
    AccountLimit.objects.create(account=account, method="upi", at_most_paise=192_399, valid_from=NOW, source="test")
    assert "/upi/" not in client.get(f"/pay/{order.token}/").content.decode()
    assert "cannot be paid online in one payment" in start(client, order).content.decode()


@pytest.mark.parametrize(
    ("name", "buttons"),
    [(ANDROID, ["intent://"] * 4), (IPHONE, ["gpay://", "phonepe://", "paytmmp://", "bhim://"]), (DESKTOP, [])],
)
def test_page_has_buttons_on_a_telephone_and_a_code_everywhere(client, order, name, buttons):
    answer = start(client, order, name)
    assert (answer.status_code, answer["Location"]) == (303, f"/pay/{order.token}/upi/")
    shown = page(client, order, name)
    assert [shown.count(f'href="{button}') for button in sorted(set(buttons))] == [
        buttons.count(button) for button in sorted(set(buttons))
    ]
    assert (shown.count('href="upi://pay?'), shown.count('class="pay-code"')) == (int(bool(buttons)), 1)


def test_page_works_without_script(client, order):
    start(client, order)
    shown = page(client, order)
    assert '<noscript><meta http-equiv="refresh" content="20"></noscript>' in shown
    assert f'action="/pay/{order.token}/check/"' in shown


def test_page_asked_for_twice_shows_one_link(client, order):
    start(client, order)
    first = PaymentAttempt.objects.get()
    PaymentAttempt.objects.update(state="pending")
    start(client, order)
    assert PaymentAttempt.objects.get().checkout == first.checkout


def test_page_without_a_link_asks_for_one_and_registers_nothing(client, order):
    shown = page(client, order)
    assert (f'action="/pay/{order.token}/upi/" method="post" data-submit' in shown, "pay-code" in shown) == (
        True,
        False,
    )
    assert not PaymentAttempt.objects.exists()


def test_page_of_a_payment_that_is_being_checked_goes_back_to_it(client, order):
    AttemptFactory(order=order, state="pending")
    assert client.get(f"/pay/{order.token}/upi/")["Location"] == f"/pay/{order.token}/"


def test_money_that_arrives_is_posted_and_the_page_becomes_the_receipt(client, order, bench):
    start(client, order)
    bench.advance(seconds=10)
    bench.advance(seconds=1)
    (news,) = bench.webhooks()
    assert client.post("/hooks/billdesk/billdesk/", news.body, content_type=news.content_type).status_code == 200
    assert client.get(f"/pay/{order.token}/status/").json() == {"step": "paid"}
    assert client.get(f"/pay/{order.token}/upi/", follow=True).redirect_chain[-1][0].startswith("/receipts/")
    assert (Payment.objects.get().amount_paise, PaymentAttempt.objects.get().way) == (192_400, "upi")


def test_check_now_asks_the_gateway_and_comes_back_to_the_code(client, order):
    start(client, order)
    assert client.post(f"/pay/{order.token}/check/")["Location"] == f"/pay/{order.token}/upi/"
    assert PaymentAttempt.objects.get().state == "pending"
    assert client.get(f"/pay/{order.token}/")["Location"] == f"/pay/{order.token}/upi/"


def test_payer_may_go_to_the_page_instead_before_anything_has_come(client, order):
    start(client, order)
    assert client.post(f"/pay/{order.token}/").status_code == 200
    assert list(PaymentAttempt.objects.order_by("pk").values_list("way", "state")) == [
        ("upi", "expired"),
        ("page", "registered"),
    ]


def test_link_that_is_too_old_is_not_shown(client, order):
    start(client, order)
    PaymentAttempt.objects.update(valid_until=order.created_at - timedelta(seconds=1))
    assert "pay-code" not in page(client, order)


def test_webhook_that_is_lost_is_found_by_the_poller(order, bench):
    services.start_attempt(
        token=order.token,
        now=order.created_at,
        return_url="https://portal.example/r/",
        payer_ip="",
        user_agent="",
        way=Way.UPI,
    )
    bench.advance(minutes=2)
    polling.poll(now=order.created_at + timedelta(minutes=2))
    assert Payment.objects.get().order == order


def test_gateway_without_links_is_not_asked_for_one(client, order):
    GatewayAccount.objects.update(gateway="razorpay", scheme="razorpay")
    assert "/upi/" not in client.get(f"/pay/{order.token}/").content.decode()
    assert "Online payment is not open" in start(client, order).content.decode()
