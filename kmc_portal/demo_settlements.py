"""What the demo's accounts desk finds: a yesterday that is reconciled, and a day before it with three open breaks.

Owners of the demo city pay at a sandbox whose clock stands on those days, over HTTP as at any other time; then the portal pulls
what the gateway has settled, takes in the bank's statements and reconciles. The demo's sandbox goes on with the same state.
"""

from __future__ import annotations

import logging
import os
from datetime import datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import httpx
from django.conf import settings
from django.db import connection

from kmc_portal.common.clock import IST
from payments import polling
from payments.arrivals.pulling import pull_settlements
from payments.models import GatewayAccount
from payments.reconciliation.running import reconcile
from payments.reconciliation.taking_in import take_in_statement
from payments.sandbox.app import Sandbox
from payments.sandbox.clock import Clock
from payments.sandbox.merchants import DEVELOPMENT_KEY, merchants_from
from payments.sandbox.server import Server
from payments.services import start_attempt
from payments.states import Source
from property_tax.services import open_payment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

ACCOUNT = "billdesk"
FILE_NAME = "gateway_sandbox.json"
METHODS = ("upi", "card", "netbanking", "upi", "upi", "card")
# What goes wrong with the pay-out of the first day, by how many paise.
TWISTS = {"stranger": 154_000, "other_gst": 500, "short_credit": 25_000}
OPENS_AT, PAID_OUT_BY = time(10, 15, tzinfo=IST), time(6, 30, tzinfo=IST)
BETWEEN_PAYMENTS = timedelta(minutes=47)
DEBTORS = """
SELECT a.assessee_number FROM property_tax_assessee a
 WHERE a.status = 'active' AND a.assessee_number <> ALL(%(but)s)
   AND EXISTS (SELECT FROM property_tax_demand d WHERE d.assessee_id = a.id AND d.paid_on IS NULL
                  AND d.property_tax_paise > 0)
 ORDER BY a.id LIMIT %(count)s
"""


def seed_settlements(*, now: datetime, but: Sequence[str]) -> None:
    """Let some owners pay on the two days before the newest pay-out, and reconcile. Those in `but` owe what they owed."""
    # Nobody wants to read of each payment while the demo starts.
    logging.disable(logging.WARNING)
    newest = (now.astimezone(IST) - timedelta(hours=PAID_OUT_BY.hour, minutes=PAID_OUT_BY.minute)).date()
    first, second = newest - timedelta(days=2), newest - timedelta(days=1)
    debtors = _debtors(2 * len(METHODS), but)
    stage = _Stage(now)
    with Server(stage.sandbox, port=settings.SANDBOX_PORT) as server:
        stage.url = server.url
        for day, owners in ((first, debtors[::2]), (second, debtors[1::2])):
            stage.pay(day, owners)
        for twist, paise in TWISTS.items():
            stage.ask(f"payouts/{stage.merchant_id}/{second}/twists", twist=twist, paise=paise)
        stage.moment = datetime.combine(newest, PAID_OUT_BY)
        stage.settle((second, newest), now=now)
        stage.forget_news()
    logging.disable(logging.NOTSET)


class _Stage:
    """The demo's sandbox before the demo begins, with a clock that stands where it is put."""

    def __init__(self, moment: datetime) -> None:
        self.account = GatewayAccount.objects.get(code=ACCOUNT)
        self.merchant_id = self.account.merchant_id
        self.moment = moment
        self.url = ""
        key = os.environ.get("BILLDESK_SANDBOX_KEY") or DEVELOPMENT_KEY
        merchants = merchants_from("", key=key, webhook_base=settings.PUBLIC_BASE_URL)
        clock = Clock(source=lambda: self.moment)
        self.sandbox = Sandbox(merchants, clock=clock, file=settings.VAR_DIR / FILE_NAME)
        with self.sandbox.world() as world:
            world.holding_webhooks = True

    def ask(self, path: str, **content: object) -> None:
        httpx.post(f"{self.url}/sim/{path}", json=content, timeout=20).raise_for_status()

    def pay(self, day: date, owners: Sequence[str]) -> None:
        """Let owners pay all their bills one after the other."""
        for place, (owner, method) in enumerate(zip(owners, METHODS, strict=False)):
            self.moment = datetime.combine(day, OPENS_AT) + place * BETWEEN_PAYMENTS
            order = open_payment(assessee_number=owner, heading="ALL", source=Source.WEB, now=self.moment)
            start_attempt(
                token=order.token,
                now=self.moment,
                return_url=f"{settings.PUBLIC_BASE_URL}/pay/return/{{account}}/",
                payer_ip="203.0.113.7",
                user_agent="demo",
            )
            attempt = order.attempts.select_related("account").get()
            self.ask(f"orders/{attempt.order_ref}/pay", method=method, outcome="success")
            polling.ask(attempt, now=self.moment)

    def settle(self, days: Sequence[date], *, now: datetime) -> None:
        """Take in what gateway and bank say of some days, and lay it side by side."""
        pull_settlements(self.account, now=max(now, self.moment))
        with TemporaryDirectory() as folder:
            for day in days:
                path = Path(folder) / f"statement-{day}.csv"
                path.write_bytes(httpx.get(f"{self.url}/sim/bank/{self.merchant_id}/{day}.csv", timeout=20).content)
                take_in_statement(path, account=ACCOUNT, maker="bank", now=now)
        reconcile(self.account, now=now)

    def forget_news(self) -> None:
        """Send no webhook later about what the portal knows."""
        with self.sandbox.world() as world:
            world.webhooks.clear()
            world.holding_webhooks = False


def _debtors(count: int, but: Sequence[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(DEBTORS, {"count": count, "but": list(but)})
        return [number for (number,) in cursor.fetchall()]
