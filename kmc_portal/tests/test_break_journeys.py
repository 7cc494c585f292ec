"""The fourteen kinds of breaks: made by a knob of the sandbox, found, shown, closed by two people, and audited.

The desk's browsers run no script.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import pytest
import time_machine
from django.contrib.auth.models import Group, User

from kmc_portal.common.clock import IST
from payments import polling
from payments.arrivals import duties
from payments.models import BreakClosing, ClosingRequest, ReconBreak
from payments.tasks import take_in_files
from payments.tests.billdesk_bench import KEY, Bench, bench_at
from payments.tests.conftest import dues as dues  # a fixture
from payments.tests.factories import NOW, AccountFactory, AttemptFactory, OrderFactory, snapshot
from payments.tests.refund_bench import broken
from payments.tests.test_sandbox_payouts import pay, turn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAID = 192_400
WORDS = "The gateway has written that it will put it right."
NOT_OF_A_PAID_DAY = ("BANK_UNIDENTIFIED", "FILE_REJECTED")


@dataclass(frozen=True)
class Case:
    """One kind: what is done to the sandbox, what the break comes to, when it is found, and how its end is called."""

    kind: str
    paise: int
    make: Callable[[Bench], object]
    found_at: datetime = datetime(2026, 11, 25, 20, 30, tzinfo=IST)
    how: str = "force"
    report: str = ""


def knob(name: str, *, paise: int = 500, of: int | None = None) -> Callable[[Bench], object]:
    return lambda bench: turn(bench, name, paise=paise, transaction="" if of is None else bench.paid[of])


def nothing(bench: Bench) -> None:
    """The outcome of the order has been chosen before it was paid."""


def forget(bench: Bench) -> None:
    bench.post(f"/sim/transactions/{bench.paid[1]}/forget")


DECEMBER = datetime(2026, 12, 1, 20, 30, tzinfo=IST)
GOLDEN = [
    Case("GATEWAY_ONLY", 500, knob("stranger")),
    Case("OURS_ONLY", PAID, forget, DECEMBER),
    Case("AMOUNT_DIFF", 500, knob("other_gross")),
    Case("DUPLICATE_SUCCESS", PAID, nothing, how="manual"),
    Case("STATUS_DIFF", PAID, knob("failed_row")),
    Case("FEE_DIFF", 500, knob("other_gst")),
    Case("SETTLED_TWICE", PAID, knob("twice", of=1)),
    Case("NOT_SETTLED", PAID, knob("left_out", of=1)),
    Case("BATCH_SHORT", 500, knob("short_credit")),
    Case("BATCH_OVER", 500, knob("over_credit")),
    Case("BANK_UNIDENTIFIED", 500, knob("strange_credit")),
    Case("REFUND_UNMATCHED", 500, knob("strange_refund")),
    Case("CHARGEBACK", 500, knob("chargeback")),
    Case("FILE_REJECTED", 0, knob("unknown_layout"), report="xlsx"),
    Case("UNKNOWN_MERCHANT", 190_356, knob("foreign_merchant")),
]


@pytest.fixture
def bench(monkeypatch):
    """Two payments of the 23rd at the sandbox, by card and by UPI, that the portal has asked about and posted."""
    monkeypatch.setenv("BILLDESK_KEY", KEY)
    with bench_at(NOW) as made:
        AccountFactory(base_url=made.url)
        made.paid = []
        yield made


def pay_and_post(bench, case):
    for number, (order_ref, method) in enumerate((("A1", "card"), ("A2", "upi"), ("A3", "upi"))):
        if order_ref == "A3" and case.kind != "STATUS_DIFF":
            continue
        bills = snapshot(first=f"PD-{2 * number + 1}", second=f"PD-{2 * number + 2}")
        attempt = AttemptFactory(order=OrderFactory(snapshot=bills), order_ref=order_ref)
        bench.paid.append(pay(bench, order_ref, method, outcome=ENDINGS.get((case.kind, order_ref), "success")))
        polling.ask(attempt, now=NOW + timedelta(minutes=1))


ENDINGS = {("DUPLICATE_SUCCESS", "A2"): "two_successes", ("STATUS_DIFF", "A3"): "failure"}


class Clerk:
    """Somebody of a role before a browser that runs no script."""

    def __init__(self, browser, client, url, role):
        user = User.objects.create_user(role.lower(), is_staff=True)
        user.groups.set(Group.objects.filter(name=role))
        client.force_login(user)
        self.context, self.url = browser.new_context(java_script_enabled=False), url
        cookie = client.cookies["sessionid"].value
        self.context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
        self.page = self.context.new_page()

    def opens(self, path):
        assert self.page.goto(f"{self.url}{path}").status == 200
        return self.page.inner_text("#content")

    def sends_in(self, desk, name, content):
        """Send a file in, let the worker come round, and return what the page that follows it says then."""
        self.opens(f"/admin/payments/{desk}/act/")
        self.page.select_option("[name=account]", label="billdesk")
        self.page.set_input_files("[name=file]", {"name": name, "mimeType": "text/csv", "buffer": content})
        self.page.click("[name=do]")
        assert "waits for its turn" in self.page.inner_text("#content")
        take_in_files()
        self.page.wait_for_selector("text=/has been taken in|Nothing of this file/")
        return self.page.inner_text("#content")

    def row_with(self, text):
        return self.page.locator("#result_list tbody tr", has_text=text)


@pytest.fixture
def clerk(browser, live_server, client):
    made = []

    def signed_in(role):
        made.append(Clerk(browser, client, live_server.url, role))
        return made[-1]

    yield signed_in
    for each in made:
        each.context.close()


def file_of(bench, kind, form):
    return httpx.get(f"{bench.url}/sim/{kind}/KMCSIM/2026-11-24.{form}").content


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case.kind)
def test_break_is_made_found_shown_closed_and_audited(case, bench, clerk, settings):
    # A cookie that ends with the browser: the portal's clock is not the browser's here.
    settings.CSRF_COOKIE_AGE = None
    with time_machine.travel(case.found_at, tick=True):
        the_whole_way(case, bench, clerk)


def the_whole_way(case, bench, clerk):
    pay_and_post(bench, case)
    case.make(bench)
    bench.advance(days=8)
    accounts = clerk("Accounts")

    # Found: by what the desk sends in and what the clock pulls.
    if case.report:
        said = accounts.sends_in("settlementfile", "november.xlsx", file_of(bench, "settlement", case.report))
        assert "Nothing of this file was taken in." in said
    said = accounts.sends_in("bankfile", "november.csv", file_of(bench, "bank", "csv"))
    assert "has been taken in" in said
    for moment in sorted({GOLDEN[0].found_at, case.found_at}):
        duties.do_duties(now=moment)
    found = ReconBreak.objects.get(kind=case.kind)
    assert (found.amount_paise, broken()) == (case.paise, [])

    # Shown: on the list, and on the day's totals with its code.
    listed = accounts.opens(f"/admin/payments/reconbreak/?kind={case.kind}")
    assert case.kind in listed
    day = accounts.opens("/admin/payments/daytotals/?account=billdesk&day=2026-11-23")
    assert case.kind in NOT_OF_A_PAID_DAY or ("Differs." in day and case.kind in day)

    # Closed: one asks, somebody of another role approves.
    accounts.opens(f"/admin/payments/reconbreak/{found.pk}/close/")
    accounts.page.fill("[name=detail]", WORDS)
    accounts.page.click("[name=do]")
    asked = ClosingRequest.objects.get(recon_break=found)
    assert not BreakClosing.objects.filter(recon_break=found).exists()
    supervisor = clerk("Supervisor")
    supervisor.opens(f"/admin/payments/closingrequest/{asked.pk}/decide/")
    supervisor.page.click("[name=do]")
    closing = BreakClosing.objects.get(recon_break=found)
    assert (closing.how, closing.note, closing.maker, closing.approver) == (case.how, WORDS, "accounts", "supervisor")

    # Audited: for ever on the list, with who asked and who approved; and the next round opens it no more.
    duties.do_duties(now=case.found_at + timedelta(days=1))
    auditor = clerk("Auditor")
    assert WORDS in auditor.opens(f"/admin/payments/reconbreak/?kind={case.kind}&state=closed")
    decided = auditor.opens("/admin/payments/closingrequest/")
    assert all(text in decided for text in ("accounts", "supervisor", WORDS))
    assert not ReconBreak.objects.filter(kind=case.kind, closing=None).exists()
    assert broken() == []
