"""Workers are killed over settlement files with real processes: in the middle of an import and of a match, by SIGKILL.

A process is stopped at a known statement by a lock that the test holds, and killed there. Whoever comes next finishes with the
same result, and the books hold.
"""

from __future__ import annotations

import json
import subprocess
import sys

import httpx
import pytest

from kmc_portal.tests.journeys.conftest import ROOT, bare_environment, open_folder
from kmc_portal.tests.journeys.test_crashes import BLOCKED, DJANGO, PAYMENTS, Town

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
ROWS = 12_000
SEND_IN = """
{django}
import csv, io
from django.core.files.base import ContentFile
from payments.arrivals.intake import ARRIVALS
from payments.models import GatewayAccount
from payments.sandbox.mis import IDENTIFIERS, SETTLED
file = io.StringIO()
write = csv.writer(file).writerow
write(["SETTLED TRANSACTIONS"]); write([*IDENTIFIERS, *SETTLED])
for number in range({rows}):
    named = ["KMCSIM", "SBI", f"{{number:012}}", f"X{{number}}", f"KX{{number}}", *["NA"] * 7]
    write([*named, "{day}", "{day}", "10.00", "0.00", "0.00", "10.00"])
account = GatewayAccount.objects.get(code="billdesk")
sent = ContentFile(file.getvalue().encode())
print(ARRIVALS.keep(sent, account=account, sort="settlement", name="killed.csv", maker="a.clerk", now=timezone.now()).pk)
"""
STATE = "SELECT state || ', tries ' || tries FROM payments_arrival WHERE id = %s"
HAS_ENDED = "SELECT count(*) FROM payments_arrival WHERE id = %s AND state <> 'waiting'"
REPORT = "SELECT report::text FROM payments_arrival WHERE id = %s"
LINES = "SELECT count(*) FROM payments_settlementline WHERE transaction_ref LIKE 'X%%'"
READ = "SELECT rows_read FROM payments_arrival WHERE id = %s"
HOLD_LINES = "LOCK TABLE payments_settlementline IN SHARE ROW EXCLUSIVE MODE"
MATCHES = "SELECT count(*) FROM payments_settlementmatch"
HOLD_MATCHES = "LOCK TABLE payments_settlementmatch IN SHARE ROW EXCLUSIVE MODE"
UNMATCHED = """
SELECT count(*) FROM payments_settlementline l WHERE l.kind = 'settled' AND l.order_ref LIKE 'KP%%'
   AND NOT EXISTS (SELECT FROM payments_settlementmatch m WHERE m.line_id = l.id)
"""
NEXT_WEEK = """
{django}
from datetime import timedelta
from payments.arrivals.pulling import pull_settlements
from payments.models import GatewayAccount
from payments.reconciliation.running import reconcile
account, next_week = GatewayAccount.objects.get(code="billdesk"), timezone.now() + timedelta(days=5)
"""


@pytest.fixture(scope="module")
def town():
    with open_folder() as folder:
        found = Town(folder)
        try:
            yield found
        finally:
            found.stop()


@pytest.fixture(autouse=True)
def books_hold_afterwards(town):
    yield
    town.kill(*list(town.children))
    books = subprocess.run(
        [sys.executable, "manage.py", "verify_books", "--json"],
        cwd=ROOT, env=bare_environment(VAR_DIR=str(town.var)), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(books.stdout)["holds"] is True, books.stdout


def test_worker_killed_in_the_middle_of_an_import_leaves_nothing_and_the_next_one_finishes(town):
    arrival = int(town.said_by(SEND_IN.format(django=DJANGO, rows=ROWS, day="24-11-2026")).splitlines()[-1])
    town.commands["taker"] = [sys.executable, "-c", f"{DJANGO}tasks.take_in_files()"]
    with town.holding(HOLD_LINES) as let_go:
        town.start("taker")
        town.wait_until(BLOCKED, "%INSERT INTO payments_settlementline%")
        # How far it was can be seen from outside, though nothing is committed.
        assert town.ask(READ, arrival) == ROWS
        town.kill("taker")
        let_go()
    town.wait_until(lambda: not town.ask(BLOCKED, "%"))
    assert (town.ask(STATE, arrival), town.ask(LINES)) == ("waiting, tries 1", 0)

    town.start("worker", "beat")

    town.wait_until(HAS_ENDED, arrival)
    assert json.loads(town.ask(REPORT, arrival)) == {
        "read": ROWS,
        "created": ROWS,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
    }
    assert (town.ask(STATE, arrival), town.ask(LINES)) == ("taken_in, tries 2", ROWS)


def test_worker_killed_in_the_middle_of_a_match_is_followed_by_one_with_the_same_result(town):
    town.start("sandbox", "web")
    token = town.order()
    town.pay(token)
    town.wait_until(PAYMENTS, token)
    bank = f"http://127.0.0.1:{town.environment['SANDBOX_PORT']}/sim"
    assert httpx.post(f"{bank}/clock", json={"seconds": 5 * 86_400}, timeout=20).status_code == 200
    before = town.ask(MATCHES)
    next_week = NEXT_WEEK.format(django=DJANGO)
    town.commands["puller"] = [sys.executable, "-c", f"{next_week}pull_settlements(account, now=next_week)"]
    with town.holding(HOLD_MATCHES) as let_go:
        town.start("puller")
        town.wait_until(BLOCKED, "%INSERT INTO payments_settlementmatch%")
        town.kill("puller")
        let_go()
    town.wait_until(lambda: not town.ask(BLOCKED, "%"))
    assert (town.ask(UNMATCHED), town.ask(MATCHES)) == (1, before)

    for _ in range(2):
        town.said_by(f"{next_week}pull_settlements(account, now=next_week); reconcile(account, now=next_week)")

    assert (town.ask(UNMATCHED), town.ask(MATCHES)) == (0, before + 1)
