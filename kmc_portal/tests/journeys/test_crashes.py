"""The fault matrix, F38 to F40, F42, F43 and F52: web server and worker are killed, the database goes, with real processes.

A process is stopped at a known statement by a lock that the test holds, and killed there.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import psycopg2
import pytest

from kmc_portal import embedded_postgres
from kmc_portal.tests.journeys.citizen import ACCOUNT_SID, AUTH_TOKEN, Citizen, link_in, press
from kmc_portal.tests.journeys.conftest import ROOT, bare_environment, free_port, open_folder

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
WITHIN_SECONDS = 60
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s"
IN_DEBT = """
SELECT a.assessee_number FROM property_tax_assessee a JOIN property_tax_demand d ON d.assessee_id = a.id
 WHERE d.paid_on IS NULL AND a.status = 'active' AND a.assessee_number NOT IN (
       SELECT reference FROM payments_paymentorder) GROUP BY 1 HAVING sum(d.property_tax_paise) > 0 ORDER BY 1 DESC LIMIT 1
"""
PAYMENTS = """
SELECT count(*) FROM payments_payment p JOIN payments_paymentorder o ON o.id = p.order_id
  JOIN payments_receipt r ON r.payment_id = p.id WHERE o.token = %s
"""
TRANSACTIONS = """
SELECT count(*) FROM payments_gatewaytransaction t JOIN payments_paymentattempt a ON a.id = t.attempt_id
  JOIN payments_paymentorder o ON o.id = a.order_id WHERE o.token = %s
"""
UNREAD = "SELECT count(*) FROM payments_gatewaymessage WHERE state = 'received'"
UNSENT = "SELECT count(*) FROM payments_outboxmessage WHERE sent_at IS NULL"
HOLD_SERIES = "LOCK TABLE payments_receiptseries IN SHARE ROW EXCLUSIVE MODE"
ORDER_REF = """
SELECT a.order_ref FROM payments_paymentattempt a JOIN payments_paymentorder o ON o.id = a.order_id WHERE o.token = %s
"""
TWICE_PAID = """
SELECT min(r.receipt_number) FROM payments_allocation a JOIN payments_receipt r ON r.payment_id = a.payment_id
  JOIN payments_payment p ON p.id = a.payment_id JOIN payments_paymentorder o ON o.id = p.order_id AND o.token = %s
 WHERE a.kind = 'advance'
"""
REFUND = "SELECT state || ', sent ' || tries FROM payments_refund"
DJANGO = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "kmc_portal.settings"
django.setup()
from django.utils import timezone
from payments import tasks
from payments.refunds import services as refunds
"""
GIVE_BACK = """
{django}
from payments.refunds.moves import left_of
payment = refunds.payment_to_refund(receipt_number="{number}", today=timezone.localdate())
left, asked = left_of(payment), {{"maker": "keeper", "now": timezone.now()}}
refund = refunds.ask_for_refund(receipt_number="{number}", amount_paise=100, left_paise=left, reason="Letter", **asked)
refunds.approve_refund(refund.pk, approver="approver", now=timezone.now())
"""
HOLD_ORDER = "SELECT 1 FROM payments_paymentorder WHERE token = %s FOR UPDATE"


class Town:
    """The demo's processes, each of which can be killed and started again, and a look into the database."""

    def __init__(self, folder, **settings):
        self.var, port = folder / "var", free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.environment = bare_environment(
            VAR_DIR=str(self.var),
            PORT=str(port),
            SANDBOX_PORT=str(free_port()),
            GATEWAY_TIMEOUT_SECONDS="30",
            **settings,
        )
        self.pages = {
            "web": f"{self.url}/healthz",
            "sandbox": f"http://127.0.0.1:{self.environment['SANDBOX_PORT']}/sim/state",
        }
        self.children = {}
        self.said_by("from kmc_portal import demo; demo.prepare()")
        self.commands = json.loads(
            self.said_by("import json; from kmc_portal import demo; print(json.dumps(demo.processes()))")
        )
        self.start_database()

    def start_database(self):
        """Start it from a process of its own: the one that has started it once believes it runs for ever."""
        self.said_by("from kmc_portal import embedded_postgres, demo; embedded_postgres.start(demo.VAR)")
        self.cluster = embedded_postgres.running(self.var)
        self.books = self.connection()
        self.books.autocommit = True

    def said_by(self, program):
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def connection(self):
        return psycopg2.connect(
            dbname=embedded_postgres.DATABASE, user="postgres", host=self.cluster.host, port=self.cluster.port
        )

    def start(self, *names):
        for name in names:
            with (self.var / "log" / f"{name}.log").open("ab") as log:
                self.children[name] = subprocess.Popen(
                    self.commands[name], cwd=ROOT, env=self.environment, start_new_session=True, stdout=log, stderr=log
                )
        for name in names:
            if name in self.pages:
                self.wait_until(self.answers, self.pages[name])

    def kill(self, *names):
        """SIGKILL, to the process and all its own."""
        for name in names:
            child = self.children.pop(name, None)
            if child:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()

    def answers(self, page):
        try:
            return httpx.get(page, timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def ask(self, sql, *values):
        with self.books.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()[0]

    def wait_until(self, holds, *values):
        """Wait until something holds: a function, or a question that the database answers with more than nothing."""
        deadline = time.monotonic() + WITHIN_SECONDS
        while time.monotonic() < deadline:
            if holds(*values) if callable(holds) else self.ask(holds, *values):
                return
            time.sleep(0.05)
        raise AssertionError(f"never came true: {holds} {values}")

    @contextmanager
    def holding(self, sql, *values):
        """Hold what a statement locks; the value lets go."""
        holder = self.connection()
        with holder.cursor() as cursor:
            cursor.execute(sql, values)
        try:
            yield holder.rollback
        finally:
            holder.close()

    def order(self):
        """Open an order over REST for somebody in debt, and return its token."""
        asked = {"assessee_number": self.ask(IN_DEBT), "heading": "ALL"}
        answer = httpx.post(f"{self.url}/api/v1/property-tax/payment-orders/", json=asked, timeout=20)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["token"]

    def bank_page(self, token):
        with httpx.Client(base_url=self.url, follow_redirects=True, timeout=20) as web:
            return press(web, press(web, web.get(f"/pay/{token}/"), "/pay/"), "/embeddedsdk")

    def pay(self, token, page=None):
        """Pay at the bank and close the tab: the news comes by webhook."""
        page = page or self.bank_page(token)
        with httpx.Client(timeout=20) as web:
            assert press(web, page, "", "pay").status_code == 200

    def forget_health(self):
        with self.books.cursor() as cursor:
            cursor.execute("DELETE FROM payments_accounthealth")

    def told_all(self):
        return self.ask(UNSENT) == 0

    def stop(self):
        self.kill(*list(self.children))
        self.books.close()
        embedded_postgres.stop(self.var)


@pytest.fixture(scope="module")
def town(twilio):
    with open_folder() as folder:
        found = Town(
            folder,
            TWILIO_ACCOUNT_SID=ACCOUNT_SID,
            TWILIO_AUTH_TOKEN=AUTH_TOKEN,
            TWILIO_API_BASE_URL=twilio.url,
        )
        try:
            yield found
        finally:
            found.stop()


@pytest.fixture(autouse=True)
def web_only(town):
    """Web server and bank run; worker and scheduler are started by whoever needs them.

    No test inherits that a gateway was slow in the one before: on a busy machine its account may have been set aside.
    """
    town.forget_health()
    town.start("sandbox", "web")
    yield
    town.kill(*list(town.children))
    books = subprocess.run(
        [sys.executable, "manage.py", "verify_books", "--json"],
        cwd=ROOT, env=bare_environment(VAR_DIR=str(town.var)), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(books.stdout)["holds"] is True, books.stdout


def test_f38_web_server_killed_between_payment_and_receipt(town):
    token, before = town.order(), town.ask(UNREAD)
    with town.holding(HOLD_SERIES) as let_go:
        town.pay(token)
        town.wait_until(BLOCKED, "%INSERT INTO payments_payment %")
        town.kill("web")
        let_go()
    town.wait_until(lambda: not town.ask(BLOCKED, "%"))
    assert town.ask(PAYMENTS, token) == 0
    assert (town.ask(TRANSACTIONS, token), town.ask(UNREAD)) == (0, before + 1)

    town.start("web", "worker", "beat")

    town.wait_until(PAYMENTS, token)
    town.wait_until(town.told_all)
    assert town.ask(PAYMENTS, token) == 1


def test_f39_web_server_killed_between_commit_and_answer(town):
    """The payment stands, nobody was told, and the gateway heard nothing and will say it again."""
    token, before = town.order(), town.ask(UNSENT)
    page = town.bank_page(token)
    with town.holding(HOLD_ORDER, token) as let_order_go:
        town.pay(token, page)
        town.wait_until(BLOCKED, "%payments_paymentattempt a%FOR UPDATE%")
        with town.holding("SELECT 1 FROM payments_gatewaymessage FOR UPDATE") as let_message_go:
            let_order_go()
            town.wait_until(BLOCKED, 'UPDATE "payments_gatewaymessage"%')
            assert (town.ask(PAYMENTS, token), town.ask(UNSENT)) == (1, before + 1)
            town.kill("web")
            let_message_go()

    town.start("web", "worker", "beat")

    town.wait_until(town.told_all)
    town.wait_until(lambda: not town.ask(UNREAD))
    assert town.ask(PAYMENTS, token) == 1


def test_f40_worker_killed_after_the_message_has_gone(town, twilio):
    rina = Citizen(town.url, "whatsapp:+919830077777")
    for words in ("Hi", "১", "১", "১১-০২৬-০১-০০০৫-১"):
        rina.says(words)
    token = link_in(rina.says("১")).rstrip("/").rsplit("/", 1)[1]
    town.pay(token)
    town.wait_until(PAYMENTS, token)
    with town.holding("SELECT 1 FROM chatbot_conversation FOR UPDATE") as let_conversation_go:
        town.start("worker", "beat")
        town.wait_until(BLOCKED, "%INSERT INTO chatbot_outboundmessage%")
        with town.holding("SELECT 1 FROM payments_outboxmessage FOR UPDATE") as let_outbox_go:
            let_conversation_go()
            town.wait_until(BLOCKED, "%UPDATE payments_outboxmessage%SET sent_at%")
            assert len(twilio.messages_to(rina.address)) == 1
            town.kill("worker", "beat")
            let_outbox_go()
    town.wait_until(lambda: not town.ask(BLOCKED, "%"))

    town.start("worker", "beat")

    town.wait_until(town.told_all)
    assert len(twilio.messages_to(rina.address)) == 1


def test_f42_database_away_makes_the_gateway_try_again(town):
    hook = f"{town.url}/hooks/billdesk/{town.ask('SELECT min(code) FROM payments_gatewayaccount')}/"
    token = town.order()
    town.books.close()
    embedded_postgres.stop(town.var)
    try:
        assert httpx.post(hook, content=b"x", timeout=20).status_code == 503
    finally:
        town.start_database()
    assert httpx.post(hook, content=b"x", timeout=20).status_code == 400
    town.pay(token)
    town.wait_until(PAYMENTS, token)


def test_f43_no_worker_runs(town):
    """The web server answers and posts; what has to be told waits, and is told once when a worker is back."""
    first, second, before = town.order(), town.order(), town.ask(UNSENT)
    written_before = town.ask("SELECT coalesce(max(id), 0) FROM payments_outboxmessage")
    for token in (first, second):
        town.pay(token)
        town.wait_until(PAYMENTS, token)
    assert town.ask(UNSENT) == before + 2
    assert httpx.get(f"{town.url}/pay/{first}/", timeout=20).status_code == 302

    town.start("worker", "beat")

    town.wait_until(town.told_all)
    assert [town.ask(PAYMENTS, token) for token in (first, second)] == [1, 1]
    assert town.ask("SELECT max(attempts) FROM payments_outboxmessage WHERE id > %s", written_before) <= 2


def test_f52_worker_killed_after_the_refund_has_gone(town):
    """It was written down as sent before it went, so nobody sends it again: the bank is asked."""
    token, bank = town.order(), f"http://127.0.0.1:{town.environment['SANDBOX_PORT']}/sim"
    page = town.bank_page(token)
    ending = {"outcome": "two_successes"}
    assert httpx.post(f"{bank}/orders/{town.ask(ORDER_REF, token)}/outcome", json=ending).status_code == 200
    town.pay(token, page)
    town.wait_until(TWICE_PAID, token)
    town.said_by(GIVE_BACK.format(django=DJANGO, number=town.ask(TWICE_PAID, token)))
    with town.holding(HOLD_ORDER, token) as let_go:
        town.commands["sender"] = [sys.executable, "-c", f"{DJANGO}tasks.send_refunds()"]
        town.start("sender")
        town.wait_until(BLOCKED, "%payments_paymentorder%FOR UPDATE%")
        town.kill("sender")
        let_go()
    town.wait_until(lambda: not town.ask(BLOCKED, "%"))
    assert town.ask(REFUND) == "submitted, sent 1"

    town.ask("UPDATE payments_refund SET next_at = asked_at RETURNING id")  # an hour has passed
    town.said_by(f"{DJANGO}tasks.send_refunds(); tasks.ask_refunds(); tasks.send_refunds()")

    assert town.ask(REFUND) == "done, sent 1"
    assert [refund["status"] for refund in httpx.get(f"{bank}/state").json()["refunds"]] == ["0799"]
