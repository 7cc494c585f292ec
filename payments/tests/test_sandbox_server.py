"""The sandbox as a process on a port: the page without scripts, webhooks, the control side, restart and stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from payments.gateways.base import CheckoutRequest
from payments.gateways.billdesk import BillDesk
from payments.sandbox import jose
from payments.sandbox.merchants import DEVELOPMENT_KEY, merchants_from
from payments.tests.billdesk_bench import KEY, Page, bench_at

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def bench():
    with bench_at(START) as made:
        yield made


@pytest.fixture
def checkout(bench):
    return opened(bench)


def opened(bench, amount_paise=1_234_567_00, order_ref="KMCPT0001"):
    gateway = BillDesk(bench.credentials, clock=lambda: START)
    return gateway.open(
        CheckoutRequest(order_ref, amount_paise, START, "http://portal.example/back/", "203.0.113.7", "test")
    )


def state(bench):
    return httpx.get(f"{bench.url}/sim/state").json()


def submitted(bench, form, **changed):
    return httpx.post(f"{bench.url}{form['action']}", data={**form["fields"], **changed})


# --- the page -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("script", ["bengali", "devanagari"])
def test_page_brings_the_font_of_its_words(bench, checkout, script):
    address = f"/fonts/noto-sans-{script}.woff2"
    font = httpx.get(f"{bench.url}{address}")

    assert address in bench.page(checkout).text
    assert (font.status_code, font.headers["content-type"], font.content[:4]) == (200, "font/woff2", b"wOF2")
    assert httpx.get(f"{bench.url}/fonts/another.woff2").status_code == 404


def test_page_shows_merchant_order_and_grouped_amount(bench, checkout):
    page = bench.page(checkout)
    for text in ("Kolkata Municipal Corporation", "KMCPT0001", "₹12,34,567.00", "No real money moves here"):
        assert page.text.count(text) > 0, text


def test_page_has_no_script(bench, checkout):
    assert "<script" not in bench.page(checkout).text


def test_page_speaks_the_language_asked_for(bench, checkout):
    assert '<html lang="bn">' in bench.page(checkout, "bn").text
    assert "₹১২,৩৪,৫৬৭.০০" in bench.page(checkout, "bn").text


def test_page_speaks_the_browsers_language(checkout):
    page = httpx.post(checkout.url, data=dict(checkout.fields), headers={"Accept-Language": "hi-IN,hi;q=0.9,en;q=0.5"})
    assert '<html lang="hi">' in page.text


def test_code_on_the_page_pays_the_order_in_full_to_the_test_bank(bench, checkout):
    page = bench.page(checkout)
    link = next(part for part in page.text.split('"') if part.startswith("upi://")).replace("&amp;", "&")
    assert "+" not in link
    assert dict(parse_qsl(urlsplit(link).query)) == {
        "pa": "kmc.test@simbank",
        "pn": "Kolkata Municipal Corporation",
        "mc": "9311",
        "tr": "KMCPT0001",
        "tn": "Test KMCPT0001",
        "am": "1234567.00",
        "cu": "INR",
    }


def test_page_of_a_guessed_order_is_not_shown(bench, checkout):
    answer = httpx.post(checkout.url, data={**checkout.fields, "rdata": "0" * 128})
    assert (answer.status_code, "KMCPT0001" in answer.text) == (400, False)


def test_changed_amount_is_refused_and_nothing_is_paid(bench, checkout):
    answer = submitted(bench, bench.page(checkout).main_form, action="pay", amount="1.00")
    assert answer.status_code == 400
    assert state(bench)["orders"][0]["transactions"] == []


def test_paying_leads_back_by_a_form_that_works_without_script(bench, checkout):
    answer = submitted(bench, bench.page(checkout).main_form, action="pay", method="card")
    form = Page(answer.text).main_form
    assert form["action"] == "http://portal.example/back/"
    assert len(form["buttons"]) == 1
    said = jose.take_apart(form["fields"]["transaction_response"].encode()).content
    assert (said["auth_status"], said["amount"], said["payment_method_type"]) == ("0300", "1234567.00", "card")


def test_cancelling_leads_back_unsigned(bench, checkout):
    answer = submitted(bench, bench.page(checkout).main_form, action="cancel")
    assert Page(answer.text).main_form["fields"] == {
        "terminal_state": "111",
        "orderid": "KMCPT0001",
        "txnResponse": "",
    }


def test_closed_tab_pays_and_does_not_lead_back(bench, checkout):
    answer = submitted(bench, bench.page(checkout).main_form, action="closed_tab")
    assert Page(answer.text).forms == []
    bench.advance(seconds=1)
    assert len(bench.webhooks()) == 1


def test_paid_page_opened_again_leads_back_with_the_result(bench, checkout):
    submitted(bench, bench.page(checkout).main_form, action="pay")
    page = bench.page(checkout)
    assert list(page.main_form["fields"]) == ["transaction_response", "orderid"]


def test_expired_page_leads_back_unsigned(bench, checkout):
    bench.advance(minutes=30)
    assert list(bench.page(checkout).main_form["fields"]) == ["terminal_state", "orderid", "txnResponse"]


# --- webhooks -----------------------------------------------------------------------------------------------------------


def test_webhook_is_repeated_until_it_is_accepted(bench, checkout):
    bench.shop.answer = 503
    bench.press(checkout)
    bench.advance(seconds=1)
    bench.webhooks()
    bench.shop.answer = 200
    bench.advance(seconds=5)
    assert len(bench.webhooks()) == 2
    bench.advance(days=1)
    assert len(bench.webhooks()) == 2


def test_held_webhooks_go_when_they_are_let_go(bench, checkout):
    bench.post("/sim/webhooks/hold")
    bench.press(checkout)
    bench.advance(minutes=5)
    assert bench.webhooks() == []
    bench.post("/sim/webhooks/release")
    assert len(bench.webhooks()) == 1


@pytest.mark.parametrize("verb", ["send", "duplicate"])
def test_webhook_is_sent_again_on_demand(bench, checkout, verb):
    bench.press(checkout)
    bench.advance(seconds=1)
    (first,) = list(bench.webhooks())
    bench.post(f"/sim/webhooks/1/{verb}")
    assert bench.webhooks() == [first, first]


# --- the control side ---------------------------------------------------------------------------------------------------


def test_order_can_be_paid_without_a_browser(bench, checkout):
    paid = bench.post("/sim/orders/KMCPT0001/pay", method="netbanking", outcome="failure").json()
    assert (paid["ru"], paid["transaction"]["status"]) == ("http://portal.example/back/", "0399")
    assert paid["fields"]["orderid"] == "KMCPT0001"


def test_status_can_be_changed_even_where_it_should_not(bench, checkout):
    reference = bench.post("/sim/orders/KMCPT0001/pay").json()["transaction"]["transaction_id"]
    bench.post(f"/sim/transactions/{reference}/status", status="0399")
    assert state(bench)["orders"][0]["transactions"][0]["status"] == "0399"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/sim/orders/NOBODY/pay", {}),
        ("/sim/orders/KMCPT0001/pay", {"outcome": "miracle"}),
        ("/sim/orders/KMCPT0001/outcome", {"outcome": "miracle"}),
        ("/sim/transactions/NOBODY/status", {"status": "0300"}),
        ("/sim/webhooks/99/send", {}),
        ("/sim/faults", {"fault": "earthquake"}),
        ("/sim/answers", {"body": "of no status"}),
        ("/sim/answers", {"status": 200, "colour": "red"}),
    ],
)
def test_impossible_wish_is_told_so(bench, checkout, path, content):
    answer = bench.post(path, **content)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_possible")


def test_call_is_answered_word_for_word_as_a_tester_wants_it_and_the_next_one_truly(bench):
    bench.answer(418, "tea", "text/plain")

    answer = httpx.post(f"{bench.url}/payments/ve1_2/orders/create", content=b"an order", headers={"Accept": "tea"})
    after = httpx.post(f"{bench.url}/payments/ve1_2/orders/create", content=b"an order")

    assert (answer.status_code, answer.text, answer.headers["Content-Type"]) == (418, "tea", "text/plain")
    assert [(one["path"], one["body"], one["headers"]["Accept"]) for one in bench.heard()] == [
        ("/payments/ve1_2/orders/create", "an order", "tea")
    ]
    assert after.json()["error_code"] == "GNAUE0001"


def test_overview_lists_orders_and_its_buttons_lead_back_to_it(bench, checkout):
    assert "KMCPT0001" in httpx.get(f"{bench.url}/sim/").text
    answer = httpx.post(f"{bench.url}/sim/orders/KMCPT0001/outcome", data={"outcome": "failure"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sim/")


def test_treasury_files_are_downloaded_as_csv(bench, checkout):
    bench.press(checkout)
    bench.advance(days=1)
    answer = httpx.get(f"{bench.url}/sim/settlement/KMCSIM/2026-11-24.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="settlement-KMCSIM-2026-11-24.csv"'
    assert answer.text.count("KMCPT0001") == 1


def test_treasury_file_of_no_day_is_told_so(bench):
    assert httpx.get(f"{bench.url}/sim/bank/KMCSIM/2026-13-45.csv").status_code == 400


def test_unknown_address_is_not_found(bench):
    assert httpx.get(f"{bench.url}/payments/ve1_2/orders/create").status_code == 404


# --- the API, where the client cannot go ----------------------------------------------------------------------------------

HEADERS = {"Content-Type": "application/jose", "BD-Traceid": "T1", "BD-Timestamp": "20261123173000"}
ORDER = {
    "mercid": "KMCSIM",
    "orderid": "A1",
    "amount": "1.00",
    "currency": "356",
    "ru": "http://portal.example/back/",
    "itemcode": "DIRECT",
    "order_date": "2026-11-23T17:30:00+05:30",
    "device": {"init_channel": "internet", "ip": "203.0.113.7", "user_agent": "x", "accept_header": "text/html"},
}


def created(bench, content, headers=HEADERS, secret=KEY, client_id="kmcsim", version="ve1_2"):
    token = jose.sign(content, client_id=client_id, secret=secret)
    return httpx.post(f"{bench.url}/payments/{version}/orders/create", content=token, headers=headers)


@pytest.mark.parametrize("version", ["ve1_2", "v1_2"])
def test_answer_is_signed_and_echoes_the_headers(bench, version):
    answer = created(bench, ORDER, version=version)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/jose")
    assert (answer.headers["BD-Traceid"], answer.headers["BD-Timestamp"]) == ("T1", "20261123173000")
    said = jose.take_apart(answer.content).content
    assert [link["rel"] for link in said["links"]] == ["self", "redirect"]
    assert said["links"][1]["headers"]["authorization"][:7] == "OToken "


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": "1"},
        {"amount": "0.00"},
        {"amount": 1},
        {"currency": "840"},
        {"ru": "http://portal.example/back/?order=1"},
        {"orderid": "A-1"},
        {"order_date": "20261123"},
        {"device": {}},
        {"itemcode": ["DIRECT"]},
    ],
)
def test_invalid_order_is_refused_with_its_field(bench, changed):
    answer = created(bench, {**ORDER, **changed})
    error = jose.take_apart(answer.content).content
    assert (answer.status_code, error["error_type"], error["error_code"]) == (422, "invalid_data_error", "ORIDE0021")
    assert error["message"].split()[0] in changed


@pytest.mark.parametrize("additional_info", [{"additional_info1": "<b>"}, {"additional_info1": 1}, "none", []])
def test_additional_info_takes_few_letters(bench, additional_info):
    assert created(bench, {**ORDER, "additional_info": additional_info}).status_code == 422


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 415),
        ({"BD-Traceid": "with-hyphens"}, 422),
        ({"BD-Traceid": "T" * 36}, 422),
        ({"BD-Timestamp": "today"}, 422),
    ],
)
def test_wrong_headers_are_refused(bench, headers, status):
    assert created(bench, ORDER, headers={**HEADERS, **headers}).status_code == status


@pytest.mark.parametrize(
    "wrong", [{"secret": "x" * 32}, {"client_id": "nobody"}, {"content": {**ORDER, "mercid": "X"}}]
)
def test_stranger_gets_a_plain_error_object(bench, wrong):
    answer = created(bench, **{"content": ORDER, **wrong})
    assert (answer.status_code, answer.json()["error_type"]) == (401, "authentication_error")


# --- the process ----------------------------------------------------------------------------------------------------------


def test_state_survives_a_restart(tmp_path):
    file = tmp_path / "sandbox.json"
    with bench_at(START, file=file) as bench:
        checkout = opened(bench)
        bench.advance(minutes=1)
        bench.press(checkout)
        before = state(bench)
    with bench_at(START, file=file) as bench:
        after = state(bench)
    assert (after["now"], after["orders"]) == (before["now"], before["orders"])
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("text", ["{}", "rubbish", '{"orders": [{"merchant_id": "KMCSIM"}]}'])
def test_file_of_another_version_is_put_aside(tmp_path, text):
    (tmp_path / "sandbox.json").write_text(text)
    with bench_at(START, file=tmp_path / "sandbox.json") as bench:
        assert state(bench)["orders"] == []
    assert (tmp_path / "sandbox.unreadable").read_text() == text


def test_trace_ids_survive_a_restart(tmp_path):
    for status in (200, 409):
        with bench_at(START, file=tmp_path / "sandbox.json") as bench:
            assert created(bench, ORDER).status_code == status


def test_merchants_can_be_listed():
    listed = json.dumps([{"merchant_id": "M", "client_id": "c", "secrets": ["one", "two"], "name": "Shop"}])
    (merchant,) = merchants_from(listed, key=KEY, webhook_base="http://portal.example/")
    assert merchant.secrets == ("one", "two")
    assert merchant.webhook_url == "http://portal.example/hooks/billdesk/billdesk/"


def test_usual_merchants_are_the_corporations_accounts_in_every_scheme():
    merchants = merchants_from("", key=DEVELOPMENT_KEY, webhook_base="http://portal.example")
    assert [
        (one.merchant_id, one.scheme, one.webhook_url.removeprefix("http://portal.example")) for one in merchants
    ] == [
        ("KMCSIM", "hmac", "/hooks/billdesk/billdesk/"),
        ("KMCTAX2", "jose", "/hooks/billdesk/billdesk-tax-2/"),
        ("KMCTAX3", "checksum", "/hooks/billdesk/billdesk-tax-3/"),
        ("KMCLIC1", "jose", "/hooks/billdesk/billdesk-licence/"),
        ("KMCLIC2", "checksum", "/hooks/billdesk/billdesk-licence-2/"),
        ("KMCSPARE", "hmac", "/hooks/billdesk/billdesk-spare/"),
        ("acc_KMCSIM", "razorpay", "/hooks/razorpay/razorpay/"),
    ]


@pytest.mark.parametrize("listed", ['[{"merchant_id": "M"}]', "rubbish"])
def test_wrong_list_of_merchants_is_refused(listed):
    with pytest.raises(ValueError):  # noqa: PT011 - the sentence is json's or ours
        merchants_from(listed, key=KEY, webhook_base="")


def test_command_refuses_to_start_without_debug(settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="only starts where DEBUG is on"):
        call_command("gateway_sandbox")


def test_command_says_where_it_is_and_stops_within_a_second_of_being_asked(tmp_path):
    env = {**os.environ, "DEBUG": "on", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "VAR_DIR": str(tmp_path)}
    started = subprocess.Popen(
        [sys.executable, "manage.py", "gateway_sandbox", "--port", "0"],
        cwd=settings.BASE_DIR,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    with started:
        line = started.stdout.readline()
        address = next(word for word in line.split() if word.startswith("http://"))
        assert httpx.get(address).status_code == 200
        asked_at = time.monotonic()
        started.send_signal(signal.SIGTERM)
        assert started.wait(timeout=5) == 0
        assert time.monotonic() - asked_at < 1
