"""A test bench: the sandbox on a loopback port, a shop that collects its webhooks, and a payer with a browser's manners."""

from __future__ import annotations

import random
import threading
from contextlib import contextmanager
from datetime import timedelta
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import httpx

from payments.gateways.base import Credentials, WireMessage
from payments.sandbox import app
from payments.sandbox.clock import Clock
from payments.sandbox.records import Merchant
from payments.sandbox.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from payments.gateways.base import Checkout

KEY = "0123456789abcdef0123456789abcdef"


class Page(HTMLParser):
    """The forms of a page: where each goes, its hidden fields and its buttons."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.forms: list[dict] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self.forms.append({"action": found.get("action", ""), "fields": {}, "buttons": []})
        elif tag == "input" and (found["type"] == "hidden" or "checked" in found):
            self.forms[-1]["fields"][found["name"]] = found["value"]
        elif tag == "button":
            self.forms[-1]["buttons"].append(found.get("value"))

    @property
    def main_form(self) -> dict:
        return self.forms[-1]


class Shop:
    """The merchant's server: keeps what it is sent, and answers with `answer`."""

    def __init__(self) -> None:
        self.received: list[WireMessage] = []
        self.answer = 200
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802 - the name is the base class's
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signature = self.headers.get("X-Razorpay-Signature", "")
                shop.received.append(WireMessage("webhook", self.headers["Content-Type"], body, signature))
                self.send_response(shop.answer)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/billdesk/billdesk/"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


class Bench:
    """One sandbox and one shop. Time stands still until `advance`; webhooks travel when they are asked for."""

    def __init__(self, sandbox: app.Sandbox, server: Server, shop: Shop, merchant: Merchant) -> None:
        self.sandbox, self.shop, self.url = sandbox, shop, server.url
        self.credentials = Credentials(
            account="billdesk",
            merchant_id=merchant.merchant_id,
            client_id=merchant.client_id,
            base_url=server.url,
            secrets=merchant.secrets,
            scheme=merchant.scheme,
            timeout_seconds=1.5,
        )

    def post(self, path: str, **content: object) -> httpx.Response:
        return httpx.post(f"{self.url}{path}", json=content)

    def advance(self, **by: float) -> None:
        self.post("/sim/clock", seconds=timedelta(**by).total_seconds())

    def spoil(self, fault: str) -> None:
        assert self.post("/sim/faults", fault=fault).status_code == 200

    def answer(self, status: int, body: str = "", content_type: str = "application/jose") -> None:
        """Have the next call answered so, word for word; status 0 hangs up."""
        told = self.post("/sim/answers", status=status, body=body, content_type=content_type)
        assert told.status_code == 200

    def heard(self) -> list[dict]:
        """Return what the calls had asked that were answered so."""
        return httpx.get(f"{self.url}/sim/heard").json()["heard"]

    def page(self, checkout: Checkout, language: str = "en") -> Page:
        """Return the hosted page as the portal's form opens it."""
        return Page(httpx.post(f"{checkout.url}?lang={language}", data=dict(checkout.fields)).text)

    def press(self, checkout: Checkout, action: str = "pay", **changed: str) -> WireMessage:
        """Press a button of the hosted page, follow the form that comes back, and return what reaches the shop."""
        form = self.page(checkout).main_form
        assert action in form["buttons"]
        answer = httpx.post(f"{self.url}{form['action']}", data={**form["fields"], **changed, "action": action})
        assert answer.status_code == 200, answer.text
        back = Page(answer.text).main_form
        return WireMessage("return", "application/x-www-form-urlencoded", urlencode(back["fields"]).encode())

    def webhooks(self, *, wait: bool = True) -> list[WireMessage]:
        """Return what the shop received; `wait` lets what is due arrive first."""
        if wait:
            self.sandbox.courier.deliver_due()
        return self.shop.received


@contextmanager
def bench_at(
    start: datetime, *, scheme: str = "hmac", secret: str = KEY, others: tuple[Merchant, ...] = (), **settings: object
) -> Iterator[Bench]:
    """Serve a sandbox whose clock stands at `start`, with one merchant who speaks in `scheme`, and others."""
    shop = Shop()
    merchant = Merchant("KMCSIM", "kmcsim", (secret,), shop.url, scheme=scheme)
    sandbox = app.Sandbox([merchant, *others], clock=Clock(lambda: start), rng=random.Random(1), **settings)
    with Server(sandbox) as server:
        yield Bench(sandbox, server, shop, merchant)
    shop.server.shutdown()
    shop.server.server_close()
