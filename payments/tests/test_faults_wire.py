"""The fault matrix, F01 to F20: what goes wrong between payer, portal and gateway on the wire, and what must come of it.

Portal and sandbox each serve on a port of their own. *Posted once* means one payment with its receipt and one message to tell.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from payments import services
from payments.accounts.services import gateway_of
from payments.gateways.base import CheckoutRequest
from payments.models import (
    GatewayAccount,
    GatewayMessage,
    GatewayTransaction,
    PaymentAttempt,
    PaymentOrder,
)
from payments.sandbox import jose
from payments.sandbox.records import Merchant
from payments.tests.billdesk_bench import KEY
from payments.tests.factories import AccountFactory
from payments.tests.portal_bench import FORM, KEY_SET, OTHER_KEY, attempts, posted_once, said, signed, verdicts

pytestmark = pytest.mark.django_db(transaction=True)


def asked_of_gateway(portal):
    """Return the orders that the gateway has, by our reference without the order's number."""
    with portal.bench.sandbox.world(changes=False) as world:
        return [order.order_id[-2:] for order in world.orders.values()]


# --- Opening the order at the gateway ----------------------------------------------------------------------------------


def test_f01_create_order_times_out_and_the_order_was_made(portal, dues_of):
    """The same reference is tried again; as its page's address is lost, the payer goes on with a second one."""
    order = portal.order(**dues_of(11))
    assert portal.leave(order).status_code == 503
    assert (asked_of_gateway(portal), attempts(order)) == (["01"], [("01", "created")])

    portal.come_back(portal.pay(order))

    assert attempts(order) == [("01", "expired"), ("02", "succeeded")]
    assert posted_once(order)


def test_f02_trace_id_was_used_before(portal):
    order = portal.order()
    portal.bench.spoil("used_trace")
    portal.come_back(portal.pay(order))
    assert asked_of_gateway(portal) == ["02"]
    assert posted_once(order)


@pytest.mark.parametrize("fault", ["foreign_address", "unavailable", "garbage"])
def test_f03_create_order_is_refused_or_answered_with_rubbish(portal, fault):
    order = portal.order()
    portal.bench.spoil(fault)
    answer = portal.leave(order)
    assert (answer.status_code, "No money has been taken" in answer.text) == (503, True)
    assert (attempts(order), portal.state(order)) == ([("01", "created")], ("open", 0))
    assert PaymentAttempt.objects.get().last_error != ""


def test_f04_answer_to_create_order_is_signed_by_somebody_else(portal):
    order = portal.order()
    portal.bench.spoil("forged")
    assert portal.leave(order).status_code == 503
    assert PaymentAttempt.objects.get().gateway_order_ref == ""


@pytest.mark.parametrize("fault", ["other_order", "other_amount", "other_merchant"])
def test_f05_answer_to_create_order_is_about_something_else(portal, fault):
    order = portal.order()
    portal.bench.spoil(fault)
    assert portal.leave(order).status_code == 503
    assert (attempts(order), portal.state(order)) == ([("01", "created")], ("open", 0))
    assert "than the question" in PaymentAttempt.objects.get().last_error


def test_f06_two_clicks_on_pay_lead_to_one_page(portal):
    order = portal.order()
    assert portal.gateway_page(order)["fields"] == portal.gateway_page(order)["fields"]
    assert (asked_of_gateway(portal), attempts(order)) == (["01"], [("01", "registered")])


def test_f07_idempotency_key_for_another_request_creates_nothing(portal):
    order = portal.order(idempotency_key="key-1")
    request = services.OrderRequest(
        kind=order.kind,
        reference="110630200127",
        scope=order.scope,
        snapshot=order.snapshot,
        series=order.series,
        priced_on=order.priced_on,
        expires_at=order.expires_at,
    )
    with pytest.raises(services.IdempotencyKeyReused):
        services.open_order(request, source="api", now=portal.now, language="en", idempotency_key="key-1")
    assert PaymentOrder.objects.count() == 1


def test_f08_process_dies_after_the_gateway_has_made_the_order(portal):
    order = portal.order()
    account = GatewayAccount.objects.get()
    lost = CheckoutRequest(
        f"{order.order_number}01", order.amount_paise, portal.now, f"{portal.url}/r/", "127.0.0.1", "t"
    )
    gateway_of(account).open(lost)

    portal.come_back(portal.pay(order))

    assert attempts(order) == [("01", "expired"), ("02", "succeeded")]
    assert posted_once(order)


# --- News on several ways ----------------------------------------------------------------------------------------------


def test_f09_payer_closes_the_tab_after_paying(portal):
    order = portal.order()
    portal.pay(order, "closed_tab")
    assert [portal.hook(body) for body in portal.news()] == [200]
    assert posted_once(order)


def test_f10_return_comes_before_the_webhook(portal):
    order = portal.order()
    answer = portal.come_back(portal.pay(order))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/pay/{order.token}/?returned")
    assert portal.browser.get(answer.headers["Location"]).headers["Location"].startswith("/receipts/")
    assert [portal.hook(body) for body in portal.news()] == [200]
    assert posted_once(order)


def test_f11_webhook_comes_before_the_return(portal):
    order = portal.order()
    fields = portal.pay(order)
    assert [portal.hook(body) for body in portal.news()] == [200]
    assert portal.come_back(fields).status_code == 303
    assert posted_once(order)


def test_f12_return_and_webhook_come_at_the_same_instant(portal):
    order = portal.order()
    fields, (body,) = portal.pay(order), portal.news()
    with ThreadPoolExecutor(6) as pool:
        hooks = [pool.submit(portal.hook, body) for _ in range(3)]
        returns = [pool.submit(portal.come_back, fields) for _ in range(3)]
        assert {one.result() for one in hooks} == {200}
        assert {one.result().status_code for one in returns} == {303}
    assert posted_once(order)


def test_f13_webhook_comes_ten_times(portal):
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    assert [portal.hook(body) for _ in range(10)] == [200] * 10
    assert posted_once(order)
    assert verdicts() == [("processed", 10)]


def test_f14_same_transaction_in_new_bytes(portal):
    """An encrypted token is never the same twice; the sandbox seals the second one anew."""
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    GatewayAccount.objects.update(scheme="jose", secret_names="BILLDESK_KEY_SET")
    merchant = Merchant("KMCSIM", "kmcsim", (KEY_SET,), "", scheme="jose")
    sealed = [jose.seal(said(body), merchant).encode() for _ in range(2)]
    assert [portal.hook(token) for token in sealed] == [200, 200]
    assert posted_once(order)
    assert verdicts() == [("processed", 1), ("processed", 1)]


def test_f15_webhook_is_replayed_a_month_later(portal):
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    portal.hook(body)
    PaymentOrder.objects.update(expires_at=portal.now + timedelta(seconds=1))
    portal.bench.advance(days=30)
    assert portal.hook(body) == 200
    assert posted_once(order)
    assert verdicts() == [("processed", 2)]


# --- What is not the gateway's -----------------------------------------------------------------------------------------


def test_f16_webhook_is_forged_with_another_key(portal):
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    assert portal.hook(signed(said(body), secret=OTHER_KEY)) == 400
    assert (portal.state(order), verdicts()) == (("open", 0), [("rejected", 1)])
    assert not GatewayTransaction.objects.exists()


def unsigned(header, body):
    return b".".join([urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"="), body.split(b".")[1], b""])


@pytest.mark.parametrize(
    "forge",
    [
        lambda body: unsigned({"alg": "none", "clientid": "kmcsim"}, body),
        lambda body: jose.signed(
            jose.take_apart(body).payload, header={"alg": "RS256", "clientid": "kmcsim"}, secret=KEY
        ),
        lambda body: jose.signed(jose.take_apart(body).payload, header={"alg": "HS256"}, secret=KEY),
        lambda body: signed(said(body), client_id="somebody"),
        lambda body: body[:-5],
        lambda body: jose.seal(said(body), Merchant("KMCSIM", "kmcsim", (KEY_SET,), "", scheme="jose")),
    ],
    ids=[
        "alg none",
        "RS256 with our key",
        "no client",
        "another client",
        "cut off",
        "encrypted where signed is agreed",
    ],
)
def test_f17_token_is_not_as_agreed(portal, forge):
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    forged = forge(body)
    assert portal.hook(forged if isinstance(forged, bytes) else forged.encode()) == 400
    assert (portal.state(order), verdicts()) == (("open", 0), [("rejected", 1)])


def sealed(content, *, inner=None, outer=None):
    """Return an encrypted token whose headers say something else than was agreed."""
    keys = jose.KeySet(*KEY_SET.split(":"))
    named = {"kid": keys.key_id, "clientid": "kmcsim"}
    hidden = jose.encrypted(
        json.dumps(content).encode(),
        header={"alg": "dir", "enc": "A256GCM", **named, **(inner or {})},
        secret=keys.encryption,
    )
    return jose.signed(hidden, header={"alg": "HS256", **named, **(outer or {})}, secret=keys.signing).encode()


@pytest.mark.parametrize(
    "forge",
    [
        lambda content: sealed(content, outer={"kid": "kmc-1999"}),
        lambda content: sealed(content, outer={"clientid": "somebody"}),
        lambda content: sealed(content, inner={"clientid": "somebody"}),
        lambda content: sealed(content, inner={"enc": "A128GCM"}),
        lambda content: sealed(content, outer={"alg": "none"}),
        lambda content: sealed(content)[:-40],
        lambda content: signed(content, secret=OTHER_KEY),
        lambda content: signed(content),
    ],
    ids=[
        "kid",
        "client outside",
        "client inside",
        "cipher",
        "alg none",
        "cut off",
        "no JWE inside",
        "the other scheme",
    ],
)
def test_f17_encrypted_token_is_not_as_agreed(portal, forge):
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    GatewayAccount.objects.update(scheme="jose", secret_names="BILLDESK_KEY_SET")
    assert portal.hook(forge(said(body))) == 400
    assert (portal.state(order), verdicts()) == (("open", 0), [("rejected", 1)])
    assert portal.hook(sealed(said(body))) == 200
    assert posted_once(order)


def test_f18_token_of_another_merchant_of_ours(portal):
    """Both accounts have the same client and the same key, as one customer of BillDesk may have."""
    AccountFactory(code="licences", merchant_id="KMCLIC", base_url=portal.bench.url)
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    assert portal.hook(signed({**said(body), "mercid": "KMCLIC"})) == 400
    assert portal.hook(body, account="licences") == 400
    assert (portal.state(order), verdicts()) == (("open", 0), [("rejected", 1), ("rejected", 1)])


def test_f19_success_of_one_order_is_brought_back_for_another(portal, dues_of):
    paid, theirs = portal.order(), portal.order()
    fields = portal.pay(paid)
    portal.gateway_page(theirs)
    order_ref = PaymentAttempt.objects.get(order=theirs).order_ref

    answer = portal.come_back({**fields, "orderid": order_ref})

    assert answer.headers["Location"] == f"/pay/{paid.token}/?returned"
    assert (portal.state(paid), portal.state(theirs)) == (("paid", 1), ("open", 0))


def test_f20_unsigned_cancellation_of_a_paid_order(portal):
    order = portal.order()
    page = portal.gateway_page(order)
    cancelled = portal.press(page, "cancel")
    portal.press(page)

    assert portal.come_back(cancelled).status_code == 303
    assert portal.state(order) == ("open", 0)
    portal.poll(minutes=2)
    assert posted_once(order)


# --- Bad input on the hooks --------------------------------------------------------------------------------------------


def listed_for_a_clerk(admin_client):
    return admin_client.get("/admin/payments/gatewaymessage/").content.decode()


def test_body_of_ten_megabytes_is_turned_away_and_its_beginning_kept(portal, admin_client):
    assert portal.hook(b"x" * 10 * 1024 * 1024) == 413
    assert portal.come_back({"transaction_response": "x" * 100_000}).status_code == 413
    assert verdicts() == [("rejected", 1), ("rejected", 1)]
    assert [len(body) for body in GatewayMessage.objects.values_list("body", flat=True)] == [2048, 2048]
    assert "too large: 10485760 bytes" in listed_for_a_clerk(admin_client)


@pytest.mark.parametrize(
    "content_type", ["application/jose", "application/json", FORM, "", "text/html; charset=ক".encode()]
)
def test_body_that_is_not_text_is_kept_and_rejected(portal, content_type):
    assert [portal.hook(b"\xff\xfe\x00", content_type) for _ in range(2)] == [400, 400]
    assert verdicts() == [("rejected", 2)]


WORDS = [
    "<script>alert(1)</script>",
    "KP' OR 1=1; DROP TABLE payments_payment; --",
    "%00",
    "../../etc/passwd",
    "ক" * 50,
]


@pytest.mark.parametrize("word", WORDS)
def test_reference_with_markup_or_sql_in_it_is_kept_and_harmless(portal, admin_client, word):
    """Even a token with the right signature: a gateway may pass on what somebody has typed."""
    order = portal.order()
    portal.pay(order)
    (body,) = portal.news()
    hints = {"terminal_state": "111", "orderid": word}

    assert portal.hook(urlencode(hints).encode(), FORM) == 400
    assert portal.hook(signed({**said(body), "orderid": word})) == 400
    assert portal.come_back(hints).status_code == 200

    assert (portal.state(order), verdicts()) == (("open", 0), [("rejected", 1)] * 3)
    page = listed_for_a_clerk(admin_client)
    assert (page.count("field-result"), "<script>alert" in page) == (3, False)


def test_hook_of_an_account_that_is_not_ours_keeps_nothing(portal):
    assert portal.hook(b"x", account="nobody") == 404
    assert verdicts() == []
