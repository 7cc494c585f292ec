"""The fault matrix, F38 to F40, F42 and F43: web server and worker are killed, the database goes, with every process running.

A process is stopped at a known statement by a lock that the test holds, and killed there.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psycopg2
import pytest

from kmc_portal import embedded_postgres
from kmc_portal.tests.journeys.citizen import ACCOUNT_SID, AUTH_TOKEN, Citizen, link_in, press
from kmc_portal.tests.journeys.conftest import ROOT, Twilio, bare_environment, open_folder, start_portal, stop_portal

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
WITHIN_SECONDS = 40
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE %s"
GUNICORN, CELERY = "gunicorn", "celery"


class Town:
    """A portal whose web server and worker can be killed and started again, and a look into its database."""

    def __init__(self, portal, twilio):
        self.portal, self.twilio, self.url = portal, twilio, portal.url
        cluster = embedded_postgres.ensure_running(portal.var)
        self.where = {"dbname": embedded_postgres.DATABASE, "user": "postgres", "host": cluster.host, "port": cluster.port}
        self.books = psycopg2.connect(**self.where)
        self.books.autocommit = True

    def ask(self, sql, *values):
        with self.books.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchone()[0]

    def wait_for(self, sql, *values):
        """Wait until the database answers a question with something other than nothing."""
        deadline = time.monotonic() + WITHIN_SECONDS
        while time.monotonic() < deadline:
            if found := self.ask(sql, *values):
                return found
            time.sleep(0.05)
        raise AssertionError(f"never came true: {sql} {values}")

    @contextmanager
    def holding(self, sql, *values):
        """Hold the rows that a statement locks; the value is what lets them go."""
        with psycopg2.connect(**self.where) as holder:
            with holder.cursor() as cursor:
                cursor.execute(sql, values)
                assert cursor.rowcount > 0, sql
            yield holder.rollback
        holder.close()

    def order_at_the_bank(self, number, assessee_number):
        """Ask for the dues in the chat, pay at the bank; return the order's number and the form that goes back."""
        citizen = Citizen(self.url, number)
        for words in ("Hi", "3", "1", assessee_number):
            answer = citizen.says(words)
        link = link_in(citizen.says("1"))
        with httpx.Client(base_url=self.url, follow_redirects=True, timeout=20) as web:
            bank = press(web, press(web, web.get(link), "/pay/"), "/embeddedsdk")
            back = press(web, bank, "", "pay")
        assert answer
        token = re.search(r"/pay/([\w-]+)/", link)[1]
        return citizen, self.ask("SELECT order_number FROM payments_paymentorder WHERE token = %s", token), back

    def posted(self, order_number):
        return self.ask(
            "SELECT count(*) FROM payments_receipt r JOIN payments_payment p ON p.id = r.payment_id "
            "JOIN payments_paymentorder o ON o.id = p.order_id WHERE o.order_number = %s",
            order_number,
        )
