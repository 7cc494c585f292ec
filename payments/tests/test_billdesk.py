"""BillDesk's client against the sandbox, and against answers that the sandbox would never give."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from payments.gateways.base import Credentials, Hint, MaybeSent, NotSent, Refused, ReportStatus, WireMessage
from payments.gateways.billdesk import BillDesk
from payments.gateways.billdesk_rows import AUTH_STATUS
from payments.gateways.registry import gateway_for
from payments.sandbox import jose
from payments.sandbox.app import Sandbox
from payments.sandbox.clock import Clock
from payments.sandbox.records import Merchant
from payments.tests.billdesk_bench import KEY, bench_at
from payments.tests.gateway_contract import START, BillDeskContract, an_order

RECORDED = Path(__file__).parent / "recorded"
OTHER_KEY = "fedcba9876543210fedcba9876543210"
CREDENTIALS = Credentials("billdesk", "KMCSIM", "kmcsim", "https://gateway.example/u2", (KEY,))
CREDENTIALS_IN_PROCESS = Credentials("billdesk", "KMCSIM", "kmcsim", "http://sandbox.test", (KEY,))
TRANSACTION = {
    "objectid": "transaction",
    "mercid": "KMCSIM",
    "orderid": "KMCPT0001",
    "transactionid": "SIM0000000000001",
    "transaction_date": "2026-11-23T17:30:00+05:30",
    "amount": "12450.00",
    "currency": "356",
    "auth_status": "0300",
    "bank_ref_no": "431198765432",
    "payment_method_type": "upi",
    "customer": {"first_name": "Somebody"},
}


@pytest.fixture
def bench():
    with bench_at(START) as made:
        yield made


@pytest.fixture
def gateway(bench):
    return BillDesk(bench.credentials, clock=lambda: START)


class TestBillDesk(BillDeskContract):
    """The contract, spoken in BillDesk's JSON."""


def answered(bench, status, body="", **changed):
    """Return a client whose next request is answered so, by the sandbox over the wire."""
    bench.answer(status, body)
    return BillDesk(replace(bench.credentials, **changed), clock=lambda: START)


def sent(request):
    """Return what the token of a request says."""
    return jose.take_apart(request["body"].encode())


def token(content=None, *, client_id="kmcsim", secret=KEY, **changed):
    return jose.sign({**(content or TRANSACTION), **changed}, client_id=client_id, secret=secret)


def webhook(text):
    return WireMessage("webhook", "application/jose", text.encode())


def form(**fields):
    return WireMessage("return", "application/x-www-form-urlencoded; charset=utf-8", urlencode(fields).encode())


def reading(message, credentials=CREDENTIALS):
    return BillDesk(credentials, clock=lambda: START).read(message)


# --- what goes out ----------------------------------------------------------------------------------------------------


def test_request_carries_a_fresh_trace_id_and_indian_time(bench):
    for _ in range(2):
        answered(bench, 200, token()).ask("KMCPT0001")
    first, second = (request["headers"] for request in bench.heard())
    assert first["Bd-Timestamp"] == "20261123173000"
    assert first["Bd-Traceid"].isalnum()
    assert len(first["Bd-Traceid"]) == 32
    assert first["Bd-Traceid"] != second["Bd-Traceid"]
    assert first["Content-Type"] == first["Accept"] == "application/jose"


def test_request_path_is_added_to_the_base_address(bench):
    answered(bench, 200, token(), base_url=f"{bench.url}/u2").ask("KMCPT0001")
    assert [request["path"] for request in bench.heard()] == ["/u2/payments/ve1_2/transactions/get"]


def test_order_names_everything_that_billdesk_requires(bench):
    with pytest.raises(MaybeSent):
        answered(bench, 500).open(an_order(1_245_000))
    (asked,) = map(sent, bench.heard())
    assert asked.header == {"alg": "HS256", "clientid": "kmcsim"}
    assert asked.content == {
        "mercid": "KMCSIM",
        "orderid": "KMCPT0001",
        "order_date": "2026-11-23T17:30:00+05:30",
        "amount": "12450.00",
        "currency": "356",
        "ru": "http://portal.example/pay/return/billdesk/",
        "itemcode": "DIRECT",
        # The gateway takes no underscore.
        "additional_info": {
            "additional_info1": "KP261123ABCDEFG",
            "additional_info2": "property tax",
            **{f"additional_info{number}": "NA" for number in range(3, 8)},
        },
        "device": {
            "init_channel": "internet",
            "ip": "203.0.113.7",
            "user_agent": "Mozilla/5.0",
            "accept_header": "text/html",
        },
    }


def test_order_names_the_line_of_business_when_the_account_has_one(bench):
    with pytest.raises(MaybeSent):
        answered(bench, 500, settlement_lob="PTAX").open(an_order(100))
    assert [sent(request).content["settlement_lob"] for request in bench.heard()] == ["PTAX"]


def test_credentials_do_not_show_their_keys():
    assert KEY not in repr(CREDENTIALS)


def test_account_without_key_sends_nothing(bench):
    with pytest.raises(NotSent, match="no key"):
        answered(bench, 500, secrets=()).ask("KMCPT0001")
    assert bench.heard() == []


# --- what did not come back -------------------------------------------------------------------------------------------


def test_closed_port_is_not_sent(bench):
    nobody = Credentials("a", "KMCSIM", "kmcsim", "http://127.0.0.1:1", (KEY,))
    with pytest.raises(NotSent):
        BillDesk(nobody, clock=lambda: START).open(an_order(100))


def test_account_with_half_an_address_is_not_sent():
    nowhere = Credentials("a", "KMCSIM", "kmcsim", "gateway.example", (KEY,))
    with pytest.raises(NotSent):
        BillDesk(nowhere, clock=lambda: START).open(an_order(100))


def test_gateway_that_lets_nobody_in_is_not_sent():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as crowded:
        port = crowded.getsockname()[1]
        waiting = Credentials("a", "KMCSIM", "kmcsim", f"http://127.0.0.1:{port}", (KEY,), timeout_seconds=0.3)
        with socket.create_connection(("127.0.0.1", port)), pytest.raises(NotSent, match="ConnectTimeout"):
            BillDesk(waiting, clock=lambda: START).open(an_order(100))


def test_gateway_that_hangs_up_may_have_been_sent(bench):
    with pytest.raises(MaybeSent, match="RemoteProtocolError"):
        answered(bench, 0).open(an_order(100))
    assert len(bench.heard()) == 1


def test_gateway_that_is_silent_may_have_been_sent(bench):
    bench.spoil("silent")
    with pytest.raises(MaybeSent, match="ReadTimeout"):
        BillDesk(replace(bench.credentials, timeout_seconds=0.3), clock=lambda: START).open(an_order(100))


@pytest.mark.parametrize("status", [204, 302, 500, 502, 504])
def test_status_without_answer_may_have_been_sent(bench, status):
    with pytest.raises(MaybeSent):
        answered(bench, status, token()).open(an_order(100))


def test_order_without_payment_page_may_have_been_sent(bench):
    said = {"mercid": "KMCSIM", "orderid": "KMCPT0001", "amount": "1.00", "currency": "356", "links": []}
    with pytest.raises(MaybeSent):
        answered(bench, 200, token(said)).open(an_order(100))


ERROR = {"status": 401, "error_type": "authentication_error", "error_code": "GNAUE0006", "message": "Unauthorized ip"}


@pytest.mark.parametrize("body", [json.dumps(ERROR), token(ERROR, status=401)])
def test_error_object_is_a_refusal_with_its_code_plain_or_signed(bench, body):
    with pytest.raises(Refused, match="authentication_error: Unauthorized ip") as refusal:
        answered(bench, 401, body).open(an_order(100))
    assert refusal.value.code == "GNAUE0006"


def test_page_of_a_proxy_is_a_refusal_without_reason(bench):
    with pytest.raises(Refused) as refusal:
        answered(bench, 403, "<h1>Forbidden</h1>").ask("KMCPT0001")
    assert refusal.value.code == "HTTP403"


def test_not_found_page_does_not_mean_that_there_is_no_transaction(bench):
    with pytest.raises(Refused):
        answered(bench, 404, "<h1>Not Found</h1>").ask("KMCPT0001")


def test_day_that_billdesk_does_not_know_has_no_settlements(bench):
    unknown = {"status": 404, "error_type": "not_found_error", "error_code": "STNFE0001", "message": "no such day"}
    assert answered(bench, 404, token(unknown)).settlements(START.date()) == ()


def test_not_found_page_does_not_mean_that_there_are_no_settlements(bench):
    with pytest.raises(Refused):
        answered(bench, 404, "<h1>Not Found</h1>").settlements(START.date())


def test_refusals_of_the_sandbox_carry_billdesk_codes(bench):
    wrong_key = Credentials("a", "KMCSIM", "kmcsim", bench.url, (OTHER_KEY,))
    with pytest.raises(Refused) as refusal:
        BillDesk(wrong_key, clock=lambda: START).open(an_order(100))
    assert refusal.value.code == "GNAUE0002"


def test_trace_id_used_twice_is_refused(bench):
    gateway = BillDesk(bench.credentials, clock=lambda: START, new_trace_id=lambda: "ALWAYSTHESAME")
    gateway.open(an_order(100))
    with pytest.raises(Refused) as refusal:
        gateway.ask("KMCPT0001")
    assert refusal.value.code == "GNDRE0001"


# --- what comes in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        webhook(token()),
        webhook(token() + "\n"),
        form(transaction_response=token(), orderid="KMCPT0001"),
        form(encrypted_response=token()),
    ],
)
def test_signed_message_is_read_in_every_wrapping(message):
    report = reading(message)
    assert (report.status, report.amount_paise, report.bank_ref) == (ReportStatus.SUCCEEDED, 1_245_000, "431198765432")


def test_order_of_a_signed_message_comes_from_the_token_and_not_from_the_form():
    assert reading(form(transaction_response=token(), orderid="KMCPT0002")).order_ref == "KMCPT0001"


def test_report_keeps_no_customer():
    assert "customer" not in reading(webhook(token())).raw


@pytest.mark.parametrize(("code", "status"), [*AUTH_STATUS.items(), ("0777", ReportStatus.UNKNOWN)])
def test_auth_status_by_table_and_unknown_otherwise(code, status):
    assert reading(webhook(token(auth_status=code))).status == status


@pytest.mark.parametrize(
    "fields", [{"terminal_state": "111", "orderid": "KMCPT0001"}, {"isCancelledByUser": "true", "orderId": "KMCPT0001"}]
)
def test_unsigned_return_is_a_hint(fields):
    assert reading(form(**fields)) == Hint("KMCPT0001")


@pytest.mark.parametrize(
    "message",
    [
        form(terminal_state="111"),
        form(orderid="KMC' OR 1=1"),
        form(transaction_response="rubbish", orderid="KMCPT0001"),
        form(transaction_response=token(secret=OTHER_KEY), orderid="KMCPT0001"),
        WireMessage("return", "application/x-www-form-urlencoded", "orderid=\xff".encode("latin-1")),
        webhook(""),
        webhook(json.dumps(TRANSACTION)),
        webhook(token(secret=OTHER_KEY)),
        webhook(token(client_id="somebody")),
        webhook(token(mercid="OTHERS")),
        webhook(token(amount="12450.001")),
        webhook(token(amount="1.245e4")),
        webhook(token(amount="12,450.00")),
        webhook(token(amount="১২৪৫০.০০")),
        webhook(token(amount="-1.00")),
        webhook(token(transaction_date="yesterday")),
        webhook(jose.sign(["no", "object"], client_id="kmcsim", secret=KEY)),
        webhook(jose.sign({"mercid": "KMCSIM"}, client_id="kmcsim", secret=KEY)),
    ],
)
def test_message_that_is_not_billdesks_is_refused(message):
    with pytest.raises(Refused):
        reading(message)


def test_altered_amount_is_refused():
    header, _, signature = token().split(".")
    _, altered, _ = token(amount="1.00").split(".")
    with pytest.raises(Refused):
        reading(webhook(f"{header}.{altered}.{signature}"))


def test_two_keys_are_accepted_while_one_replaces_the_other():
    rotating = Credentials("a", "KMCSIM", "kmcsim", "https://gateway.example", (OTHER_KEY, KEY))
    assert reading(webhook(token(secret=KEY)), rotating) == reading(webhook(token(secret=OTHER_KEY)), rotating)


def test_first_of_two_keys_signs(bench):
    answered(bench, 200, token(), secrets=(OTHER_KEY, KEY)).ask("KMCPT0001")
    (asked,) = bench.heard()
    assert asked["body"] == jose.sign(sent(asked).content, client_id="kmcsim", secret=OTHER_KEY)


@pytest.mark.parametrize(
    ("said", "count"),
    [
        (TRANSACTION, 1),
        ([TRANSACTION, TRANSACTION], 2),
        ({"objectid": "order", "mercid": "KMCSIM", "transactions": [TRANSACTION]}, 1),
        ({"objectid": "order", "mercid": "KMCSIM", "orderid": "KMCPT0001"}, 0),
    ],
)
def test_ask_reads_one_transaction_a_list_and_an_order_with_its_transactions(bench, said, count):
    text = jose.sign(said, client_id="kmcsim", secret=KEY)
    assert len(answered(bench, 200, text).ask("KMCPT0001")) == count


def test_recorded_answer_of_two_tries_is_read(bench):
    recorded = (RECORDED / "billdesk_two_tries.jose").read_text()
    failed, paid = answered(bench, 200, recorded).ask("KMCPT2026110000001")
    assert (failed.status, failed.error_code) == (ReportStatus.FAILED, "TRPPE0001")
    assert (paid.status, paid.amount_paise) == (ReportStatus.SUCCEEDED, 1_245_000)
    assert paid.happened_at - failed.happened_at == timedelta(minutes=2)


def test_sandbox_can_be_called_in_process():
    merchant = Merchant("KMCSIM", "kmcsim", (KEY,), "http://127.0.0.1:1/")
    sandbox = Sandbox([merchant], clock=Clock(lambda: START), silent_seconds=0)
    gateway = BillDesk(CREDENTIALS_IN_PROCESS, clock=lambda: START, transport=httpx.WSGITransport(app=sandbox))
    assert gateway.open(an_order(100)).url == "http://sandbox.test/web/v1_2/embeddedsdk"
    with pytest.raises(MaybeSent, match="BillDesk answered 504"):
        gateway.open(an_order(111, "KMCPT0002"))


# --- the registry -----------------------------------------------------------------------------------------------------


def test_registry_builds_once_for_the_same_credentials():
    assert gateway_for("billdesk", CREDENTIALS) is gateway_for("billdesk", CREDENTIALS)


def test_registry_does_not_know_other_codes():
    with pytest.raises(KeyError):
        gateway_for("elsewhere", CREDENTIALS)
