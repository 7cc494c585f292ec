"""Razorpay's SDK against the sandbox's Razorpay, and against answers and messages that are not Razorpay's."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
import razorpay

from payments.gateways.base import Credentials, Hint, MaybeSent, NotSent, Refused, ReportStatus, WireMessage
from payments.gateways.razorpay import PAYMENT_STATUS, SETTLEMENT_PAGE, Razorpay
from payments.sandbox.events import mac
from payments.tests.billdesk_bench import bench_at
from payments.tests.gateway_contract import (
    REFUND_DAY,
    START,
    GatewayContract,
    ListsSettlements,
    NamesRefunds,
    RegistersOrders,
    TellsEveryTry,
    an_order,
)

SECRET, NEXT_SECRET = "rzp_test_kmc:key-secret-2026:hook-secret-2026", "rzp_test_kmc2:key-secret-2027:hook-secret-2027"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
ORDER = {"id": "order_ABCDEFGHIJKLMN", "receipt": "KMCPT0001", "amount": 1_245_000, "currency": "INR"}
PAYMENT = {
    "id": "pay_ABCDEFGHIJKLMN",
    "order_id": "order_ABCDEFGHIJKLMN",
    "amount": 1_245_000,
    "currency": "INR",
    "status": "captured",
    "method": "upi",
    "acquirer_data": {"rrn": "431198765432"},
    "created_at": 1_795_435_200,
    "email": "somebody@example.org",
    "contact": "+919830012345",
    "vpa": "somebody@bank",
}
EVENT = {
    "event": "order.paid",
    "account_id": "KMCSIM",
    "payload": {"payment": {"entity": PAYMENT}, "order": {"entity": ORDER}},
}


@pytest.fixture
def bench():
    with bench_at(START, scheme="razorpay", secret=SECRET) as made:
        yield made


@pytest.fixture
def gateway(bench):
    return Razorpay(bench.credentials)


class TestRazorpay(GatewayContract, RegistersOrders, TellsEveryTry, NamesRefunds, ListsSettlements):
    """The contract without what Razorpay does not do: seal its answers, report through the browser, compare references."""

    def pay(self, gateway, bench, paise, **form):
        checkout = gateway.open(an_order(1_245_000 + paise))
        assert gateway.read(bench.press(checkout, **form)) == Hint("", checkout.gateway_order_ref)
        return gateway.ask("KMCPT0001")[-1]

    def test_cancelled_page_is_only_a_hint(self, gateway, bench):
        checkout = gateway.open(an_order(1_245_000))
        message = bench.press(checkout, action="cancel")
        assert gateway.read(message) == Hint("", checkout.gateway_order_ref)
        assert gateway.ask("KMCPT0001") == ()

    def test_webhook_of_a_paid_order_says_what_asking_says(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        bench.advance(seconds=1)
        assert [gateway.read(message) for message in bench.webhooks()] == [report]

    def test_webhook_of_a_failed_payment_is_only_a_hint(self, gateway, bench):
        report = self.pay(gateway, bench, 1)
        bench.advance(seconds=1)
        assert [gateway.read(message) for message in bench.webhooks()] == [Hint("", report.raw["order_id"])]

    def test_forged_messages_are_refused_and_asking_tells_the_truth(self, gateway, bench):
        with pytest.raises(Refused):
            self.pay(gateway, bench, 10)
        bench.advance(seconds=1)
        (webhook,) = bench.webhooks()
        with pytest.raises(Refused):
            gateway.read(webhook)
        assert self.statuses(gateway) == [ReportStatus.SUCCEEDED]

    def test_order_made_twice_is_asked_about_as_one(self, gateway, bench):
        checkouts = [gateway.open(an_order(1_245_000)) for _ in range(2)]
        for checkout in checkouts:
            bench.press(checkout)
        assert self.statuses(gateway) == [ReportStatus.SUCCEEDED, ReportStatus.SUCCEEDED]

    def test_order_made_without_answer_is_paid_on_another(self, gateway, bench):
        with pytest.raises(MaybeSent):
            gateway.open(an_order(1_245_011))
        bench.press(gateway.open(an_order(1_245_011)))
        assert self.statuses(gateway) == [ReportStatus.SUCCEEDED]

    def test_refund_without_answer_is_asked_about_and_not_repeated(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        bench.spoil("nothing")
        bench.spoil("silent")
        with pytest.raises(MaybeSent):
            gateway.refund(report, refund_ref="R1", amount_paise=1_245_000)
        assert gateway.ask_refund(report, refund_ref="R1").status == ReportStatus.SUCCEEDED

    def test_refund_that_could_not_be_looked_for_was_not_sent(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        bench.spoil("silent")
        with pytest.raises(NotSent):
            gateway.refund(report, refund_ref="R1", amount_paise=1_245_000)
        assert gateway.refund(report, refund_ref="R1", amount_paise=1_245_000).status == ReportStatus.SUCCEEDED

    def test_settlements_of_a_large_day_come_in_pages(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        with bench.sandbox.world() as world:
            paid = world.transactions[report.transaction_ref]
            others = (replace(paid, transaction_id=f"pay_{number:014d}") for number in range(SETTLEMENT_PAGE + 1))
            world.transactions.update((one.transaction_id, one) for one in others)
        bench.advance(days=1)
        lines = gateway.settlements(REFUND_DAY)
        assert len(lines) == len({line.transaction_ref for line in lines}) == SETTLEMENT_PAGE + 2

    def test_wrong_secret_is_refused(self, bench):
        stranger = Razorpay(Credentials("a", "KMCSIM", "", bench.url, (NEXT_SECRET,)))
        with pytest.raises(Refused, match="Authentication failed") as refusal:
            stranger.open(an_order(100))
        assert refusal.value.code == "BAD_REQUEST_ERROR"


def client(*secrets):
    return Razorpay(Credentials("razorpay", "KMCSIM", "", "https://gateway.example", secrets or (SECRET,)))


def webhook(event, *, secret="hook-secret-2026", signature=None):
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    signed = mac(body.decode("utf-8", "replace"), secret) if signature is None else signature
    return WireMessage("webhook", "application/json", body, signed)


def told(*, order=None, payment=None, **event):
    payload = {"payment": {"entity": {**PAYMENT, **(payment or {})}}, "order": {"entity": {**ORDER, **(order or {})}}}
    return {**EVENT, "payload": payload, **event}


def returned(**fields):
    return WireMessage("return", FORM, urlencode(fields).encode())


def signed_return(order_id="order_ABCDEFGHIJKLMN", secret="key-secret-2026"):
    return returned(
        razorpay_order_id=order_id, razorpay_payment_id="pay_1", razorpay_signature=mac(f"{order_id}|pay_1", secret)
    )


def test_published_signature_is_the_sdks():
    parameters = {
        "payment_link_id": "plink_IH3cNucfVEgV68",
        "payment_link_reference_id": "TSsd1989",
        "payment_link_status": "paid",
        "razorpay_payment_id": "pay_IH3d0ara9bSsjQ",
        "razorpay_signature": "07ae18789e35093e51d0a491eb9922646f3f82773547e5b0f67ee3f2d3bf7d5b",
        "secret": "EnLs21M47BllR3X8PSFtjtbd",
    }
    assert razorpay.Utility().verify_payment_link_signature(parameters)


def test_webhook_reports_paise_and_keeps_no_payer():
    report = client().read(webhook(EVENT))
    assert (report.order_ref, report.amount_paise, report.currency, report.bank_ref) == (
        "KMCPT0001",
        1_245_000,
        "356",
        "431198765432",
    )
    assert {"email", "contact", "vpa"} & set(report.raw) == set()


@pytest.mark.parametrize(("code", "status"), [*PAYMENT_STATUS.items(), ("0777", ReportStatus.UNKNOWN)])
def test_payment_status_by_table_and_unknown_otherwise(code, status):
    assert client().read(webhook(told(payment={"status": code}))).status == status


def test_two_keys_are_accepted_while_one_replaces_the_other():
    rotating = client(NEXT_SECRET, SECRET)
    assert rotating.read(webhook(EVENT)) == rotating.read(webhook(EVENT, secret="hook-secret-2027"))
    assert rotating.read(signed_return()) == rotating.read(signed_return(secret="key-secret-2027"))


@pytest.mark.parametrize(
    "message",
    [
        webhook(EVENT, secret="hook-secret-1999"),
        webhook(EVENT, secret="key-secret-2026"),
        webhook(EVENT, signature=""),
        webhook(EVENT, signature="ক"),
        webhook(b"\xff\xfe"),
        webhook(b"not json"),
        webhook(b"[]"),
        webhook(told(account_id="OTHERS")),
        webhook(told(payment={"order_id": "order_SOMEOTHER"})),
        webhook(told(payment={"amount": "1245000"})),
        webhook(told(payment={"amount": 1_245_000.5})),
        webhook(told(payment={"amount": -1})),
        webhook(told(payment={"amount": True})),
        webhook(told(payment={"created_at": None})),
        webhook({**EVENT, "payload": {}}),
        webhook({"event": "settlement.processed", "account_id": "KMCSIM", "payload": {"settlement": {}}}),
        signed_return(secret="key-secret-1999"),
        signed_return(order_id="order_1' OR 1=1"),
        returned(razorpay_order_id="order_1", razorpay_payment_id="pay_1"),
        returned(**{"error[metadata]": json.dumps({"order_id": "<script>"})}),
        returned(**{"error[metadata]": "rubbish"}),
        returned(**{"error[metadata]": "[" * 50_000}),
        returned(**{"error[metadata]": json.dumps({"order_id": 7})}),
        WireMessage("return", FORM, b"\xff"),
    ],
)
def test_message_that_is_not_razorpays_is_refused(message):
    with pytest.raises(Refused):
        client().read(message)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ((0, ""), MaybeSent),
        ((500, "{}"), MaybeSent),
        ((302, ""), MaybeSent),
        ((200, "<h1>Welcome</h1>"), MaybeSent),
        ((200, "[]"), MaybeSent),
        ((200, json.dumps({**ORDER, "amount": 1})), Refused),
        ((400, json.dumps({"error": {"code": "BAD_REQUEST_ERROR", "description": "no"}})), Refused),
        ((403, "<h1>Forbidden</h1>"), Refused),
    ],
)
def test_answer_that_cannot_be_used_says_what_may_follow_and_prints_nothing(gateway, bench, answer, failure, capsys):
    bench.answer(*answer, JSON)
    with pytest.raises(failure):
        gateway.open(an_order(1_245_000))
    assert (len(bench.heard()), capsys.readouterr().out) == (1, "")


def test_closed_port_is_not_sent_and_prints_nothing(bench, capsys):
    with pytest.raises(NotSent):
        Razorpay(replace(bench.credentials, base_url="http://127.0.0.1:1")).open(an_order(1_245_000))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("item", "kind", "net"),
    [
        ({"type": "adjustment", "dispute_id": "disp_1", "credit": 0, "debit": 500}, "chargeback", 500),
        ({"type": "adjustment", "dispute_id": None, "credit": 300, "debit": 0}, "adjustment", 300),
        ({"type": "transfer", "dispute_id": None, "credit": 0, "debit": 200}, "adjustment", 200),
    ],
)
def test_settlement_rows_that_are_no_payment(gateway, bench, item, kind, net):
    row = {
        "entity_id": "adj_1",
        "payment_id": None,
        "order_receipt": None,
        "amount": 500,
        "fee": 0,
        "tax": 0,
        "created_at": 1_795_348_800,
        "settled_at": 1_795_435_200,
        "settlement_utr": "UTR1",
        **item,
    }
    bench.answer(200, json.dumps({"items": [row]}), JSON)
    (line,) = gateway.settlements(START.date())
    assert (line.kind, line.net_paise, line.transaction_ref, line.order_ref) == (kind, net, "adj_1", "")


@pytest.mark.parametrize("secret", ["", "one", "two:parts", "::", "a:b:"])
def test_key_that_lacks_a_part_sends_nothing(secret):
    with pytest.raises(NotSent, match="cannot be used"):
        client(secret)


def test_account_without_key_sends_nothing():
    with pytest.raises(NotSent, match="no key"):
        Razorpay(Credentials("a", "KMCSIM", "", "https://gateway.example", ())).ask("KMCPT0001")
