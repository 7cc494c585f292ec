"""The web door of payments: what the payer sees at each step, and that a page never runs ahead of the books."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client

from payments.models import Allocation, PaymentAttempt, PaymentOrder, Receipt
from payments.posting import apply_report
from payments.tests.billdesk_bench import KEY, Page, bench_at
from payments.tests.factories import NOW, AccountFactory, AttemptFactory, OrderFactory, order_line, report

FORM = "application/x-www-form-urlencoded"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_half_past_eleven():
    with time_machine.travel(NOW):
        yield


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
def receipt():
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=NOW + timedelta(minutes=5))
    return Receipt.objects.get()


def text_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def order_costing(dues, paise):
    dues.due_paise = paise
    line = {"heading": "PD", **order_line("PD-1", "2026-27 Q3", "property_tax", "Property tax", paise)}
    return OrderFactory(amount_paise=paise, snapshot={"title": "Property tax", "particulars": [], "lines": [line]})


def left_for(answer) -> SimpleNamespace:
    """Return where the page of an answered Pay button sends the browser."""
    form = next(form for form in Page(answer.content.decode()).forms if "bdorderid" in form["fields"])
    return SimpleNamespace(url=form["action"], fields=form["fields"])


def come_back(client, bench, order, action="pay"):
    back = bench.press(left_for(client.post(f"/pay/{order.token}/")), action)
    return client.post("/pay/return/billdesk/", back.body, content_type=back.content_type, follow=True)


def test_the_payment_page_says_what_for_and_how_much(client, django_assert_num_queries):
    order = OrderFactory()
    AccountFactory()

    with django_assert_num_queries(4):
        page = text_of(client.get(f"/pay/{order.token}/"))

    assert "<h1>Check and pay</h1>" in page
    assert '<p class="amount">₹1,924.00</p>' in page
    assert "2026-27, October to December" in page
    assert "This amount holds until 24 November 2026." in page


def test_no_page_of_a_payment_is_kept_by_caches(client, receipt):
    order = PaymentOrder.objects.get()
    paths = [f"/pay/{order.token}/", f"/pay/{order.token}/status/", f"/receipts/{receipt.token}/"]

    assert [("no-store" in client.get(path)["Cache-Control"]) for path in paths] == [True, True, True]


def test_pay_leads_to_the_gateway_with_or_without_scripts(client, account):
    order = OrderFactory()

    page = client.post(f"/pay/{order.token}/").content.decode()

    assert f'action="{account.base_url}' in page
    assert "data-submit" in page
    assert "Continue to the payment page</button>" in page


def test_pay_twice_is_one_attempt(client, account):
    order = OrderFactory()

    first, second = (left_for(client.post(f"/pay/{order.token}/")).fields for _time in range(2))

    assert first == second
    assert PaymentAttempt.objects.count() == 1


def test_pay_needs_the_token_of_its_form(account):
    order = OrderFactory()

    assert Client(enforce_csrf_checks=True).post(f"/pay/{order.token}/").status_code == 403


@pytest.mark.parametrize(
    ("paise", "heading"), [(192_400, "Payment received"), (192_401, "The payment did not go through")]
)
def test_a_signed_return_shows_what_the_books_say(client, account, bench, dues, paise, heading):
    order = order_costing(dues, paise)

    answer = come_back(client, bench, order)

    assert answer.status_code == 200
    assert f"<h1>{heading}</h1>" in text_of(answer)


def test_a_pending_payment_is_neither_paid_nor_failed(client, account, bench, dues):
    order = order_costing(dues, 192_402)

    page = text_of(come_back(client, bench, order))

    assert "<h1>We are checking with the bank</h1>" in page
    assert f'data-watch="/pay/{order.token}/status/"' in page
    assert "Payment received" not in page


@pytest.mark.parametrize("claim", ["0300", "0399"])
def test_an_unsigned_return_proves_nothing(client, account, claim):
    attempt = AttemptFactory(account=account)

    said = urlencode({"orderid": attempt.order_ref, "auth_status": claim, "terminal_state": "Y"})
    answer = client.post("/pay/return/billdesk/", said, content_type=FORM, follow=True)

    assert answer.redirect_chain == [(f"/pay/{attempt.order.token}/?returned", 303)]
    assert "<h1>We are checking with the bank</h1>" in text_of(answer)
    assert PaymentOrder.objects.get().state == "open"


def test_a_return_that_names_no_payment_still_gets_a_page(client, account):
    answer = client.post("/pay/return/billdesk/", {"nonsense": "1"})

    assert answer.status_code == 200
    assert "Please do not pay again meanwhile." in text_of(answer)


def test_a_return_needs_no_token_of_ours_but_a_known_account(account):
    strict = Client(enforce_csrf_checks=True)

    assert strict.post("/pay/return/billdesk/", {"nonsense": "1"}).status_code == 200
    assert strict.post("/pay/return/nobody/", {"nonsense": "1"}).status_code == 404
    assert strict.post("/pay/return/billdesk/", {"nonsense": "1" * 70_000}).status_code == 413


def test_check_now_asks_the_gateway_and_comes_back(client, account, bench):
    order = OrderFactory()
    bench.press(left_for(client.post(f"/pay/{order.token}/")))

    answer = client.post(f"/pay/{order.token}/check/", follow=True)

    assert "<h1>Payment received</h1>" in text_of(answer)


def test_the_status_tells_the_waiting_page_when_to_reload(client, django_assert_num_queries):
    attempt = AttemptFactory(state="pending")

    with django_assert_num_queries(2):
        assert client.get(f"/pay/{attempt.order.token}/status/").json() == {"step": "checking"}


def test_a_link_that_has_ended_offers_no_button(client):
    order = OrderFactory(expires_at=NOW, created_at=NOW - timedelta(days=1))

    page = text_of(client.get(f"/pay/{order.token}/"))

    assert "<h1>This payment link has ended</h1>" in page
    assert "<form" not in page


def test_a_price_that_has_changed_ends_the_link(client, account, dues):
    order = OrderFactory()
    dues.due_paise = 202_500

    answer = client.post(f"/pay/{order.token}/")

    assert answer.status_code == 409
    assert "<h1>This payment link has ended</h1>" in text_of(answer)
    assert "<form" not in text_of(answer)


def test_a_gateway_that_is_down_is_said_and_the_button_stays(client, monkeypatch):
    monkeypatch.setenv("BILLDESK_KEY", KEY)
    AccountFactory(base_url="http://127.0.0.1:1")
    order = OrderFactory()

    answer = client.post(f"/pay/{order.token}/")

    page = text_of(answer)
    assert answer.status_code == 503
    assert "No money has been taken." in page
    assert f'<form action="/pay/{order.token}/" method="post" data-once>' in page


@pytest.mark.parametrize(
    "path", ["/pay/unknown/", "/pay/unknown/status/", "/receipts/unknown/", "/receipts/unknown.pdf"]
)
def test_a_link_that_is_not_ours_is_said_to_be_so(client, path):
    answer = client.get(path)

    assert answer.status_code == 404
    assert "<h1>We do not know this link</h1>" in text_of(answer)


def test_the_pay_link_of_a_paid_order_is_its_receipt(client, receipt):
    answer = client.get(f"/bn/pay/{receipt.payment.order.token}/")

    assert (answer.status_code, answer["Location"]) == (302, f"/bn/receipts/{receipt.token}/")


def test_a_receipt_says_everything_in_three_queries(client, receipt, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        page = text_of(client.get(f"/en/receipts/{receipt.token}/"))

    assert f'<strong class="number">{receipt.receipt_number}</strong>' in page
    assert '<p class="amount">₹1,924.00</p>' in page
    assert "23 November 2026, 11:34" in page
    assert "431198765432" in page


def test_money_that_found_no_bill_is_named_on_the_receipt(client, dues):
    attempt = AttemptFactory()
    dues.paid = {"PD-1", "PD-2"}
    apply_report(account=attempt.account, report=report(attempt), now=NOW + timedelta(minutes=5))

    page = text_of(client.get(f"/receipts/{Receipt.objects.get().token}/"))

    assert set(Allocation.objects.values_list("kind", flat=True)) == {"advance"}
    assert "₹1,924.00 of this money found no unpaid bill and is kept for you." in page


@pytest.mark.parametrize("language", ["bn", "hi", "en"])
def test_a_receipt_is_one_file_that_never_changes(client, receipt, language):
    first, again = (client.get(f"/{language}/receipts/{receipt.token}.pdf") for _time in range(2))

    assert first["Content-Type"] == "application/pdf"
    assert first["Content-Disposition"] == f'inline; filename="{receipt.receipt_number.replace("/", "-")}.pdf"'
    assert first.content == again.content


def test_a_link_out_of_a_chat_speaks_the_language_of_the_chat(client):
    order = OrderFactory(language="bn")

    assert '<html lang="bn">' in client.get(f"/pay/{order.token}/", HTTP_ACCEPT_LANGUAGE="en").content.decode()


def test_a_language_that_was_chosen_wins_over_the_chat(client):
    order = OrderFactory(language="bn")

    assert '<html lang="hi">' in client.get(f"/hi/pay/{order.token}/").content.decode()
    assert '<html lang="hi">' in client.get(f"/pay/{order.token}/").content.decode()


@pytest.mark.parametrize("spoken", [str, str.lower, lambda code: f" {code[:4]}-{code[4:8]} {code[8:]} "])
def test_a_code_may_be_typed_in_any_way(client, receipt, spoken):
    answer = client.get("/verify/", {"code": spoken(receipt.code)}, follow=True)

    assert answer.redirect_chain == [(f"/verify/{receipt.code}/", 302)]
    assert "<h1>This receipt is genuine</h1>" in text_of(answer)


def test_the_address_of_a_square_code_may_be_pasted(client, receipt, settings):
    answer = client.get("/bn/verify/", {"code": f"{settings.PUBLIC_BASE_URL}/verify/{receipt.code}/"})

    assert answer["Location"] == f"/bn/verify/{receipt.code}/"


def test_a_payment_link_of_ours_is_known(client, settings):
    order = OrderFactory()

    answer = client.get("/verify/", {"code": f"{settings.PUBLIC_BASE_URL}/bn/pay/{order.token}/"})

    assert answer["Location"] == f"/pay/{order.token}/"


@pytest.mark.parametrize(
    "link", ["https://kmc-pay.example/pay/x/", "http://127.0.0.1:8000@evil.example/pay/x/", "kmc.example/pay"]
)
def test_a_link_of_somebody_else_is_warned_of(client, link):
    page = text_of(client.get("/verify/", {"code": link}))

    assert page.count("This address is not ours. Our pages begin with http://127.0.0.1:8000/.") == 2


def test_an_address_of_ours_that_proves_nothing_is_sent_back(client, settings):
    page = text_of(client.get("/verify/", {"code": f"{settings.PUBLIC_BASE_URL}/chat/"}))

    assert "This is an address of ours, but not that of a receipt or a payment." in page


def test_a_code_that_is_no_code_is_refused_beside_its_field(client):
    page = text_of(client.get("/verify/", {"code": "12 34"}))

    assert '<p class="refusal" id="id_code_error">A verification code has 16 letters and digits' in page
    assert '<a href="#id_code">A verification code has 16 letters and digits' in page
    assert 'value="12 34"' in page


def test_a_code_that_nobody_issued_is_not_genuine(client):
    answer = client.get("/verify/0000000000000000/")

    assert answer.status_code == 404
    assert "the paper is not genuine." in text_of(answer)
