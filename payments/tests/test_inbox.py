"""What comes in is kept byte for byte; what is not signed by the gateway never moves money."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from urllib.parse import urlencode

import pytest
from django.db import OperationalError, connection
from django.test import Client

from payments import inbox, services
from payments.gateways import wire
from payments.models import GatewayMessage, GatewayTransaction, Payment, PaymentAttempt, PaymentOrder
from payments.tests.billdesk_bench import KEY
from payments.tests.factories import NOW, AccountFactory, AttemptFactory, OrderFactory

pytestmark = pytest.mark.django_db
HOOK = "/hooks/billdesk/billdesk/"


@pytest.fixture
def paid_at_the_bank(bench):
    """Return the webhook that the gateway sends after a payment, as bytes."""
    order = OrderFactory()
    checkout = services.start_attempt(
        token=order.token, now=NOW, return_url="https://portal.example/r/", payer_ip="", user_agent=""
    )
    bench.press(checkout)
    bench.advance(minutes=1)
    return bench.webhooks()[0].body


def post(client: Client, body: bytes, content_type: str = "application/jose") -> int:
    return client.post(HOOK, body, content_type=content_type).status_code


def verdicts() -> list[tuple[str, int]]:
    return list(GatewayMessage.objects.order_by("pk").values_list("state", "hits"))


def altered(token: bytes, **changes: object) -> bytes:
    header, body, signature = token.split(b".")
    content = {**wire.parsed(wire.verified(token, keys=[KEY.encode()])[1]), **changes}
    return b".".join([header, urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"="), signature])


def test_signed_webhook_is_posted(client, paid_at_the_bank):
    assert post(client, paid_at_the_bank) == 200

    assert Payment.objects.get().amount_paise == 192_400
    assert verdicts() == [("processed", 1)]


def test_webhook_ten_times_is_posted_once(client, paid_at_the_bank):
    assert [post(client, paid_at_the_bank) for _ in range(10)] == [200] * 10

    assert Payment.objects.count() == 1
    assert verdicts() == [("processed", 10)]


def test_same_news_signed_again_is_posted_once(client, paid_at_the_bank):
    said = wire.parsed(wire.verified(paid_at_the_bank, keys=[KEY.encode()])[1])
    again = wire.signed({**said, "itemcode": "DIRECT "}, header={"clientid": "kmcsim"}, key=KEY).encode()

    assert [post(client, paid_at_the_bank), post(client, again)] == [200, 200]

    assert Payment.objects.count() == 1
    assert verdicts() == [("processed", 1), ("processed", 1)]


def test_forged_webhooks_are_kept_and_rejected(client, paid_at_the_bank):
    said = wire.parsed(wire.verified(paid_at_the_bank, keys=[KEY.encode()])[1])
    none_header = urlsafe_b64encode(b'{"alg":"none","clientid":"kmcsim"}').rstrip(b"=")
    forged = [
        altered(paid_at_the_bank, amount="1.00"),
        wire.signed(said, header={"clientid": "kmcsim"}, key="another key of thirty-two letters").encode(),
        none_header + b"." + paid_at_the_bank.split(b".")[1] + b".",
        wire.signed(said, header={"clientid": "somebody"}, key=KEY).encode(),
        wire.signed({**said, "mercid": "OTHER"}, header={"clientid": "kmcsim"}, key=KEY).encode(),
        wire.signed({**said, "orderid": "KP000000"}, header={"clientid": "kmcsim"}, key=KEY).encode(),
        b"",
        b"\xff\xfe not a token",
    ]

    assert [post(client, body) for body in forged] == [400] * len(forged)

    assert verdicts() == [("rejected", 1)] * len(forged)
    assert [bytes(body) for body in GatewayMessage.objects.order_by("pk").values_list("body", flat=True)] == forged
    assert not GatewayTransaction.objects.exists()


def test_unsigned_return_is_only_asked_about(client, paid_at_the_bank):
    order_ref = PaymentAttempt.objects.get().order_ref
    body = f"terminal_state=111&orderid={order_ref}&txnResponse=failure".encode()

    assert post(client, body, "application/x-www-form-urlencoded") == 200

    assert PaymentOrder.objects.get().state == "open"
    assert PaymentAttempt.objects.get().state == "registered"
    assert not GatewayTransaction.objects.exists()


def test_unsigned_return_brings_the_next_question_forward(paid_at_the_bank):
    found = PaymentAttempt.objects.get()
    body = f"terminal_state=111&orderid={found.order_ref}".encode()
    message = inbox.WireMessage("return", "application/x-www-form-urlencoded", body)

    inbox.read(inbox.keep(found.account, message, peer=None, now=NOW), now=NOW)

    found.refresh_from_db()
    assert found.next_poll_at == NOW


def test_webhook_of_an_unknown_account_is_not_found(client, db):
    assert client.post("/hooks/billdesk/nobody/", b"x", content_type="application/jose").status_code == 404


@pytest.mark.parametrize("size", [70_000, 10_000_000])
def test_webhook_that_is_too_large_is_refused_and_its_beginning_kept(client, bench, size):
    assert [post(client, b"x" * size) for _ in range(2)] == [413, 413]

    kept = GatewayMessage.objects.get()
    assert (kept.state, kept.hits, kept.result) == ("rejected", 2, f"too large: {size} bytes")
    assert bytes(kept.body) == b"x" * 2048


def test_webhook_that_the_database_does_not_take_is_to_be_sent_again(client, paid_at_the_bank):
    def away(execute, sql, params, many, context):
        if "payments_gatewaymessage" in sql:
            raise OperationalError("the database does not answer")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(away):
        assert post(client, paid_at_the_bank) == 503
    assert (post(client, paid_at_the_bank), Payment.objects.count()) == (200, 1)


def test_wrong_signature_that_comes_first_does_not_shut_out_the_right_one(bench):
    account = AccountFactory(code="razorpay", gateway="razorpay", scheme="razorpay", merchant_id="acc_KMC")
    kept = [
        inbox.keep(account, inbox.WireMessage("webhook", "application/json", b"{}", signature), peer=None, now=NOW)
        for signature in ("wrong", "right", "right")
    ]
    assert kept[0] != kept[1] == kept[2]


def test_hint_that_names_the_gateways_order_is_about_ours(bench, monkeypatch):
    monkeypatch.setenv("RAZORPAY_KEY", "rzp_test_kmc:key-secret-2026:hook-secret-2026")
    account = AccountFactory(
        code="razorpay", gateway="razorpay", scheme="razorpay", merchant_id="acc_KMC", secret_names="RAZORPAY_KEY"
    )
    ours = AttemptFactory(account=account, gateway_order_ref="order_1")
    body = urlencode({"error[metadata]": json.dumps({"order_id": "order_1"})}).encode()
    message = inbox.WireMessage("return", "application/x-www-form-urlencoded", body)

    found = inbox.read(inbox.keep(account, message, peer=None, now=NOW), now=NOW)

    ours.refresh_from_db()
    assert (found.order_ref, ours.next_poll_at) == (ours.order_ref, NOW)


def test_message_nobody_could_read_is_parked_and_stops_no_other(paid_at_the_bank, monkeypatch):
    account = PaymentAttempt.objects.get().account
    for body in (b"x", paid_at_the_bank):
        inbox.keep(account, inbox.WireMessage("webhook", "application/jose", body), peer=None, now=NOW)
    GatewayMessage.objects.filter(body=b"x").update(state="received")
    broken = GatewayMessage.objects.order_by("pk").first()
    real = inbox.read

    def stumble(message_id, *, now):
        if message_id == broken.pk:
            raise ZeroDivisionError
        return real(message_id, now=now)

    monkeypatch.setattr(inbox, "read", stumble)
    assert inbox.drain(now=NOW) == 2

    assert verdicts() == [("parked", 1), ("processed", 1)]
    assert Payment.objects.count() == 1
