"""The fault matrix, F65 to F75: receipts and their numbers, keys, links that are guessed, and what is typed by cheats."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import typst
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from kmc_portal.common.codes import new_code
from payments.models import GatewayAccount, GuessAllowance, Receipt, ReceiptSeries
from payments.posting import apply_report
from payments.services import OrderRequest, open_order
from payments.tests.factories import AccountFactory, AttemptFactory, report, snapshot
from payments.tests.portal_bench import OTHER_KEY, posted_once, said, signed, verdicts

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT, FORMULA = "<script>alert(1)</script>", "=cmd|' /C calc'!A0"
TRANSACTIONS = "/admin/payments/gatewaytransaction/"


def test_f65_receipt_numbers_of_fifty_at_once(db):
    AccountFactory()
    attempts = [
        AttemptFactory(order__snapshot=snapshot(first=f"PD-{number}-1", second=f"PD-{number}-2"))
        for number in range(50)
    ]

    def pay(attempt):
        try:
            return apply_report(account=attempt.account, report=report(attempt), now=attempt.created_at)
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as pool:
        assert all(outcome.startswith("posted") for outcome in pool.map(pay, attempts))
    assert sorted(Receipt.objects.values_list("number", flat=True)) == list(range(1, 51))
    assert ReceiptSeries.objects.get().last_number == 50


def test_f66_number_of_a_posting_that_was_rolled_back_is_given_again(db):
    first, second = AttemptFactory(), AttemptFactory()
    with transaction.atomic():
        apply_report(account=first.account, report=report(first), now=first.created_at)
        transaction.set_rollback(True)
    assert apply_report(account=second.account, report=report(second), now=second.created_at).endswith("/000001")


def test_f67_financial_year_changes_while_a_payment_is_on_its_way(db, client):
    """The number is of the day of issue, the day of payment stands beside it, and the old series is closed."""
    attempt = AttemptFactory()
    apply_report(
        account=attempt.account,
        report=report(attempt, happened_at=datetime(2027, 3, 31, 18, 20, tzinfo=UTC)),
        now=datetime(2027, 3, 31, 18, 31, tzinfo=UTC),
    )
    receipt = Receipt.objects.get()
    page = client.get(f"/receipts/{receipt.token}/").content.decode()
    assert (receipt.receipt_number, "31 March 2027" in page) == ("PT-026/2027-28/000001", True)
    assert list(ReceiptSeries.objects.values_list("financial_year", flat=True)) == [2027]


def test_f68_receipt_stands_while_its_pdf_cannot_be_made(portal, monkeypatch, client):
    order = portal.order()
    portal.come_back(portal.pay(order))
    token = Receipt.objects.get().token
    with monkeypatch.context() as broken:
        broken.setattr(typst, "Compiler", lambda *_, **__: (_ for _ in ()).throw(RuntimeError("no fonts")))
        client.raise_request_exception = False
        assert client.get(f"/receipts/{token}.pdf").status_code == 500
        assert client.get(f"/receipts/{token}/").status_code == 200
        assert posted_once(order)
    assert client.get(f"/receipts/{token}.pdf").content.startswith(b"%PDF")


def test_f69_code_of_another_receipt_shows_that_one_and_a_made_up_code_none(portal):
    orders = [portal.order(snapshot=snapshot(first=f"PD-{name}-1", second=f"PD-{name}-2")) for name in "ab"]
    for order in orders:
        portal.come_back(portal.pay(order))
    mine, theirs = Receipt.objects.order_by("pk")
    page = portal.browser.get(f"/verify/{theirs.code}/").text
    assert (theirs.receipt_number in page, mine.receipt_number in page) == (True, False)
    tampered = mine.code[:-1] + ("0" if mine.code[-1] != "0" else "1")
    answer = portal.browser.get(f"/verify/{tampered}/")
    assert (answer.status_code, "the paper is not genuine" in answer.text) == (404, True)


def test_f70_key_changes_while_a_payment_is_on_its_way(portal, monkeypatch):
    order, other = portal.order(), portal.order(snapshot=snapshot(first="PD-3", second="PD-4"))
    portal.pay(order)
    (body,) = portal.news()
    monkeypatch.setenv("BILLDESK_KEY_2", OTHER_KEY)
    GatewayAccount.objects.update(secret_names="BILLDESK_KEY_2,BILLDESK_KEY")
    assert portal.hook(body) == 200
    assert posted_once(order)
    GatewayAccount.objects.update(secret_names="BILLDESK_KEY_2")
    assert portal.hook(signed({**said(body), "itemcode": "OLD"})) == 400
    assert portal.hook(signed({**said(body), "itemcode": "NEW"}, secret=OTHER_KEY)) == 200
    assert (verdicts()[1:], portal.state(other)) == ([("rejected", 1), ("processed", 1)], ("open", 0))


# --- Links and codes that are guessed ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/pay/guess-{}/", "/pay/guess-{}/status/", "/receipts/guess-{}/", "/verify/{code}/", "/api/v1/receipts/{code}/"],
)
def test_f71_guessing_ends_after_so_many_and_a_right_link_still_opens(portal, settings, path):
    settings.WRONG_LINKS_PER_HOUR = 3
    order = portal.order()
    guesses = [portal.browser.get(path.format(number, code=new_code())) for number in range(5)]
    assert [answer.status_code for answer in guesses] == [404] * 3 + [429] * 2
    assert "look up your dues from the front page" in guesses[-1].text
    assert portal.browser.get(f"/pay/{order.token}/").status_code == 200
    kept = GuessAllowance.objects.get()
    assert (kept.guesses, "127.0.0.1" in kept.client) == (5, False)


def test_f71_allowance_is_that_of_one_connection_and_one_hour(client, settings):
    settings.WRONG_LINKS_PER_HOUR = 1
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    def guess(address):
        return client.get("/pay/guess/", headers={"X-Forwarded-For": address}).status_code

    assert [guess("203.0.113.7"), guess("203.0.113.7"), guess("203.0.113.8")] == [404, 429, 404]
    assert [guess("2001:db8::1"), guess("2001:db8::2"), guess("2001:db8:0:1::1")] == [404, 429, 404]
    GuessAllowance.objects.update(hour=timezone.now() - timedelta(days=2))
    assert guess("203.0.113.7") == 404
    assert GuessAllowance.objects.count() == 1


def test_f71_link_cannot_be_guessed_and_carries_nothing(db):
    order = AttemptFactory().order
    request = OrderRequest(
        kind=order.kind, reference="110630200127", scope="ALL", snapshot=snapshot(first="PD-8", second="PD-9"),
        series="PT-063", priced_on=order.priced_on, expires_at=order.expires_at,
    )  # fmt: skip
    made = open_order(request, source="web", now=order.created_at, language="en")
    assert re.fullmatch(r"[\w-]{22}", made.token)
    assert made.reference not in made.token


def test_f72_neighbour_pays_a_forwarded_link(portal):
    """Whoever holds the link may pay; the receipt is for the assessee and names no payer."""
    order = portal.order()
    portal.browser = httpx.Client(base_url=portal.url, headers={"User-Agent": "a neighbour's"}, timeout=20)
    portal.come_back(portal.pay(order))
    assert posted_once(order)
    page = portal.browser.get(f"/receipts/{Receipt.objects.get().token}/").text
    assert "11-026-01-0005-1" in page


# --- What is typed by cheats ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", [SCRIPT, FORMULA])
def test_f73_markup_in_the_banks_words_is_shown_and_not_run(portal, admin_client, word):
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    words = {"bank_ref_no": word, "transaction_error_code": word, "transaction_error_desc": word}
    assert portal.hook(signed({**said(body), **words})) == 200
    assert posted_once(order)
    pages = [
        admin_client.get(path).content.decode()
        for path in (TRANSACTIONS, f"/receipts/{Receipt.objects.get().token}/", "/admin/payments/paymentorder/")
    ]
    assert [SCRIPT in page for page in pages] == [False] * 3
    assert ("&lt;script&gt;" if word == SCRIPT else "=cmd|") in pages[0]


def test_f74_amount_in_form_query_and_cookie_changes_nothing(portal):
    order = portal.order()
    portal.browser.cookies.set("amount_paise", "100")
    page = portal.browser.get(f"/pay/{order.token}/?amount_paise=100")
    (csrf,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[:1]
    claims = {"csrfmiddlewaretoken": csrf, "amount": "1.00", "amount_paise": "100", "order_amount": "100"}
    assert portal.browser.post(f"/pay/{order.token}/?amount=1.00", data=claims).status_code == 200
    with portal.bench.sandbox.world(changes=False) as world:
        assert [made.amount_paise for made in world.orders.values()] == [order.amount_paise]


def test_f74_amount_altered_on_the_banks_page_is_no_payment(portal):
    order = portal.order()
    page = portal.gateway_page(order)
    with pytest.raises(AssertionError, match="The amount was changed on the way"):
        portal.press({**page, "fields": {**page["fields"], "amount": "1.00"}})
    portal.poll(minutes=2)
    assert portal.state(order) == ("open", 0)


# --- Play money -------------------------------------------------------------------------------------------------------


def test_f75_sandbox_does_not_start_in_production(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="only starts where DEBUG is on"):
        call_command("gateway_sandbox")


@pytest.mark.parametrize(
    ("debug", "address", "is_active", "faults"),
    [
        (False, "http://127.0.0.1:9100", True, ["payments.E001"]),
        (False, "http://127.0.0.1:9100", False, []),
        (False, "https://api.billdesk.com", True, []),
        (True, "http://127.0.0.1:9100", True, []),
    ],
)
def test_f75_account_of_the_sandbox_is_refused_in_production(settings, debug, address, is_active, faults):
    settings.DEBUG = debug
    AccountFactory(base_url=address, is_active=is_active)
    assert [fault.id for fault in run_checks(tags=["database"], databases=["default"])] == faults
