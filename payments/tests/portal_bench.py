"""The portal and the sandbox, each on a loopback port, and a payer between them who has a browser's manners and no script."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from payments import polling
from payments.models import GatewayMessage, OutboxMessage, Payment, PaymentAttempt, Receipt
from payments.sandbox import jose
from payments.sandbox.records import Merchant
from payments.tests.billdesk_bench import KEY, Page, bench_at
from payments.tests.factories import AccountFactory, OrderFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from django.conf import LazySettings

    from payments.models import PaymentOrder
    from payments.tests.billdesk_bench import Bench

FORM = "application/x-www-form-urlencoded"
OTHER_KEY = "fedcba9876543210fedcba9876543210"
KEY_SET = f"kmc-2026:{KEY}:{OTHER_KEY}"
LICENCES = Merchant("KMCLIC", "kmcsim", (KEY,), "http://127.0.0.1:9/")


class Portal:
    """Everything goes over HTTP but the look into the books and the poller's round."""

    def __init__(self, url: str, bench: Bench, now: datetime) -> None:
        self.url, self.bench, self.now = url, bench, now
        self.browser = httpx.Client(base_url=url, follow_redirects=False, timeout=20)

    def order(self, **values: object) -> PaymentOrder:
        return OrderFactory(created_at=self.now, expires_at=self.now + timedelta(days=1), **values)

    def leave(self, order: PaymentOrder) -> httpx.Response:
        """Press Pay on the payment page."""
        page = Page(self.browser.get(f"/pay/{order.token}/").text)
        (form,) = [form for form in page.forms if form["action"].endswith(f"/pay/{order.token}/")]
        return self.browser.post(form["action"], data=form["fields"])

    def gateway_page(self, order: PaymentOrder) -> dict:
        """Press Pay, and return the form of the gateway's page that the portal leads to."""
        answer = self.leave(order)
        assert answer.status_code == 200, answer.text
        form = Page(answer.text).main_form
        assert urlsplit(form["action"]).netloc == urlsplit(self.bench.url).netloc
        return Page(httpx.post(form["action"], data=form["fields"]).text).main_form

    def press(self, page: dict, action: str = "pay") -> dict[str, str]:
        """Press a button of the gateway's page, and return the form that it sends the browser back with."""
        answer = httpx.post(f"{self.bench.url}{page['action']}", data={**page["fields"], "action": action})
        assert answer.status_code == 200, answer.text
        forms = Page(answer.text).forms
        return forms[-1]["fields"] if forms else {}

    def pay(self, order: PaymentOrder, action: str = "pay") -> dict[str, str]:
        return self.press(self.gateway_page(order), action)

    def come_back(self, fields: dict[str, str], account: str = "billdesk") -> httpx.Response:
        return self.browser.post(f"/pay/return/{account}/", data=fields)

    def hook(self, body: bytes, content_type: str = "application/jose", account: str = "billdesk") -> int:
        headers = {"Content-Type": content_type}
        return httpx.post(f"{self.url}/hooks/billdesk/{account}/", content=body, headers=headers).status_code

    def news(self) -> list[bytes]:
        """Return the webhooks that the gateway has sent so far, kept by the shop and not yet brought to the portal."""
        self.bench.advance(seconds=1)
        return [message.body for message in self.bench.webhooks()]

    def poll(self, **later: float) -> None:
        """Let time pass on both sides and the poller ask."""
        self.bench.advance(**later)
        polling.poll(now=self.now + timedelta(**later))

    def state(self, order: PaymentOrder) -> tuple[str, int]:
        """Return how an order stands, and how many payments it has."""
        order.refresh_from_db()
        return order.state, Payment.objects.filter(order=order).count()


def attempts(order: PaymentOrder) -> list[tuple[str, str]]:
    """Return each attempt's reference without the order's number, and its state."""
    found = PaymentAttempt.objects.filter(order=order).order_by("pk").values_list("order_ref", "state")
    return [(order_ref.removeprefix(order.order_number), state) for order_ref, state in found]


def verdicts() -> list[tuple[str, int]]:
    """Return what was made of each message that came in, and how often it came."""
    return list(GatewayMessage.objects.order_by("pk").values_list("state", "hits"))


def real_now() -> datetime:
    """Return the clock's time: pages and hooks of the portal read it themselves."""
    return datetime.now(UTC)


@contextmanager
def portal_at(url: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    """Stand a sandbox beside the portal that is served at `url`, and an account of the one with the other."""
    settings.PUBLIC_BASE_URL = url
    settings.GATEWAY_TIMEOUT_SECONDS = 1.5
    monkeypatch.setenv("BILLDESK_KEY", KEY)
    monkeypatch.setenv("BILLDESK_KEY_SET", KEY_SET)
    now = real_now()
    with bench_at(now, others=(LICENCES,)) as bench:
        AccountFactory(base_url=bench.url)
        made = Portal(url, bench, now)
        yield made
        made.browser.close()


def posted_once(order: PaymentOrder) -> bool:
    """One payment with its receipt, and one message to tell."""
    order.refresh_from_db()
    counts = (
        Payment.objects.count(),
        Receipt.objects.count(),
        OutboxMessage.objects.filter(topic="receipt_issued").count(),
    )
    return (order.state, *counts) == ("paid", 1, 1, 1)


def signed(content: dict, *, secret: str = KEY, client_id: str = "kmcsim") -> bytes:
    return jose.sign(content, client_id=client_id, secret=secret).encode()


def said(token: bytes) -> dict:
    return jose.take_apart(token).content
