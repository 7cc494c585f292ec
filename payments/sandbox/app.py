"""The sandbox as one WSGI application: addresses, one lock around the world, and its file on disk."""

from __future__ import annotations

import json
import os
import random
import re
import threading
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, HttpResponseNotFound, HttpResponseRedirect

from payments.sandbox import api, control, legacy, pages, razorpay, treasury
from payments.sandbox.clock import Clock
from payments.sandbox.courier import Courier
from payments.sandbox.records import Order, Refund, Silence, Transaction, Webhook, plain, revived
from payments.sandbox.twists import Twist
from payments.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from django.http import HttpRequest

    from payments.sandbox.records import Merchant

    View = Callable[..., HttpResponse]

# A client gives up before; until then the line is silent.
SILENT_SECONDS = 60.0
# What a tester steers by is never spoiled.
TESTERS = "/sim/"
KINDS: dict[str, type[Any]] = {
    "orders": Order,
    "transactions": Transaction,
    "refunds": Refund,
    "webhooks": Webhook,
    "twists": Twist,
}


class Sandbox:
    """The WSGI application. Every request and the courier take the world by turns.

    `file` keeps the state from one start to the next. Without a `Server` around it the application can be called in
    process; webhooks then travel when `courier.deliver_due()` is called, and `silent_seconds` had better be short.
    """

    def __init__(
        self,
        merchants: Iterable[Merchant],
        *,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        public_url: str = "",
        file: Path | None = None,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        self.clock = clock or Clock()
        self.public_url = public_url
        self._silent_seconds = silent_seconds
        self.stopping = threading.Event()
        self.courier = Courier(self)
        self._world = World(merchants, clock=self.clock, rng=rng or random.SystemRandom())
        self._lock = threading.Lock()
        self._file = file
        self._changed = False
        if file and file.exists():
            self._restore(file)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = WSGIRequest(environ)
        try:
            response = self._respond(request)
        except Silence:
            self.stopping.wait(self._silent_seconds)
            response = HttpResponse("<h1>Gateway Time-out</h1>", status=504)
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content]

    @contextmanager
    def world(self, *, changes: bool = True) -> Iterator[World]:
        """Give the world, brought up to date, to one caller at a time; `changes` False promises only to look."""
        with self._lock:
            turned = self._world.turn()
            yield self._world
            self._changed |= changes or turned

    def base_url(self, request: HttpRequest) -> str:
        """Return the address under which browsers reach the sandbox."""
        return self.public_url or f"{request.scheme}://{request.META['HTTP_HOST']}"

    def save(self) -> None:
        """Write the state to disk when it has changed; a reader sees the old file or the new one, never a half."""
        if not self._file or not self._changed:
            return
        with self._lock:
            text = json.dumps(self._written(), ensure_ascii=False)
            self._changed = False
        fresh = self._file.with_suffix(".new")
        fresh.write_text(text)
        os.replace(fresh, self._file)

    def _respond(self, request: HttpRequest) -> HttpResponse:
        told = None if request.path.startswith(TESTERS) else self._as_told(request)
        if told:
            return told
        for method, pattern, view in ROUTES:
            found = pattern.fullmatch(request.path)
            if found and request.method == method:
                return view(self, request, **found.groupdict())
        return HttpResponseNotFound("There is nothing at this address.", content_type="text/plain")

    def _as_told(self, request: HttpRequest) -> HttpResponse | None:
        """Return the answer that a tester has put in the place of ours, and remember what was asked."""
        with self.world() as world:
            if not world.answers:
                return None
            answer = world.answers.pop(0)
            body, headers = request.body.decode("utf-8", "replace"), dict(request.headers)
            world.heard.append({"path": request.path, "headers": headers, "body": body})
        if not answer.status:
            raise ConnectionAbortedError
        return HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)

    def _written(self) -> dict[str, Any]:
        world = self._world
        return {
            "skipped_seconds": self.clock.skipped.total_seconds(),
            "traces": {trace: at.isoformat() for trace, at in world.traces.items()},
            **{name: [plain(record) for record in getattr(world, name).values()] for name in KINDS},
        }

    def _restore(self, file: Path) -> None:
        """Take up what a file holds; one that another version wrote is put aside, for play money is not worth a refusal."""
        try:
            self._read(json.loads(file.read_text()))
        except (KeyError, TypeError, ValueError):
            os.replace(file, file.with_suffix(".unreadable"))

    def _read(self, written: dict[str, Any]) -> None:
        world = self._world
        written = {"twists": [], **written}
        records = {
            name: [revived(kind, row) for row in written[name] if row["merchant_id"] in world.merchants]
            for name, kind in KINDS.items()
        }
        traces = {trace: datetime.fromisoformat(at) for trace, at in written["traces"].items()}
        self.clock.advance(timedelta(seconds=written["skipped_seconds"]))
        world.traces = traces
        world.orders = {f"{one.merchant_id}/{one.order_id}": one for one in records["orders"]}
        world.transactions = {one.transaction_id: one for one in records["transactions"]}
        world.refunds = {f"{one.merchant_id}/{one.refund_ref}": one for one in records["refunds"]}
        world.webhooks = {one.webhook_id: one for one in records["webhooks"]}
        world.twists = {one.twist_id: one for one in records["twists"]}


def _home(sandbox: Sandbox, request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("/sim/")


ROUTES: list[tuple[str, re.Pattern[str], View]] = [
    (method, re.compile(pattern), view)
    for method, pattern, view in (
        ("POST", r"/payments/v(e?)1_2/orders/create", api.create_order),
        ("POST", r"/payments/v(e?)1_2/transactions/create", api.create_transaction),
        ("POST", r"/payments/v(e?)1_2/transactions/get", api.get_transaction),
        ("POST", r"/payments/v(e?)1_2/refunds/create", api.create_refund),
        ("POST", r"/payments/v(e?)1_2/refunds/get", api.get_refund),
        ("POST", r"/pasettlements/v1_2/settlements/get", api.get_settlements),
        ("POST", r"/pgidsk/PGIMerchantPayment", legacy.pay),
        ("POST", r"/pgidsk/PGIQueryController", legacy.query),
        ("POST", r"/pgidsk/PGIRefundController", legacy.refund),
        ("POST", r"/v1/orders", razorpay.create_order),
        ("GET", r"/v1/orders", razorpay.list_orders),
        ("GET", r"/v1/orders/(?P<order_id>\w+)/payments", razorpay.list_payments),
        ("POST", r"/v1/payments/(?P<payment_id>\w+)/refund", razorpay.create_refund),
        ("GET", r"/v1/payments/(?P<payment_id>\w+)/refunds", razorpay.list_refunds),
        ("GET", r"/v1/settlements/recon/combined", razorpay.settlement_report),
        ("POST", r"/v1/checkout/embedded", razorpay.checkout),
        ("POST", r"/web/v1_2/embeddedsdk", pages.show),
        ("POST", r"/web/v1_2/embeddedsdk/pay", pages.pay),
        ("GET", r"/fonts/(?P<name>noto-sans-(bengali|devanagari))\.woff2", pages.font),
        ("GET", r"/", _home),
        ("GET", r"/sim/", control.overview),
        ("GET", r"/sim/state", control.state),
        ("POST", r"/sim/orders/(?P<reference>\w+)/outcome", control.force_outcome),
        ("POST", r"/sim/orders/(?P<reference>\w+)/pay", control.pay),
        ("POST", r"/sim/transactions/(?P<reference>\w+)/status", control.set_status),
        ("POST", r"/sim/refunds/(?P<reference>\w+)/status", control.set_refund_status),
        ("POST", r"/sim/webhooks/(?P<number>\d+)/(?P<verb>send|hold|duplicate)", control.steer_webhook),
        ("POST", r"/sim/webhooks/(?P<verb>hold|release)", control.steer_all_webhooks),
        (
            "GET",
            r"/sim/(?P<kind>settlement|bank)/(?P<merchant_id>\w+)/(?P<day>\d{4}-\d\d-\d\d)\.(?P<form>csv|xlsx|sta)",
            treasury.treasury_file,
        ),
        ("POST", r"/sim/payouts/(?P<merchant_id>\w+)/(?P<day>\d{4}-\d\d-\d\d)/twists", treasury.add_twist),
        ("POST", r"/sim/twists/(?P<number>\d+)/remove", treasury.remove_twist),
        ("POST", r"/sim/transactions/(?P<reference>\w+)/forget", treasury.forget),
        ("POST", r"/sim/clock", control.advance_clock),
        ("POST", r"/sim/faults", control.add_faults),
        ("POST", r"/sim/answers", control.add_answer),
        ("GET", r"/sim/heard", control.heard),
    )
]
