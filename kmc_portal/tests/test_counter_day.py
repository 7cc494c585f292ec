"""A day at a counter in a real browser: from the change in the drawer to the bank statement that has every rupee of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group, User
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from kmc_portal import dashboard
from payments import invariants
from payments.counter.counters import add_counter
from payments.models import Receipt, Shift
from payments.tasks import reconcile, take_in_files
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a-long-one-2026"
PAYERS = ("110260100051", "110260100062", "110260100073", "110260100084")
# What a payer brings: a bill within its rebate, and a licence.
BILL, LICENSE = 192_400, 390_000
# The change of every shift, and with it the cash of one bill.
CHANGE, WITH_A_BILL = {500: 1}, {500: 4, 200: 2, 20: 1, 2: 2}
STATEMENT = """Value Date,Narration,Debit,Credit,UTR
{day},CASH DEPOSIT,,3848.00,CS-11
{day},CTS CLEARING,,3848.00,CHQ-12
{day},CARD SETTLEMENT BATCH-9,,3900.00,
"""


@pytest.fixture
def town():
    """Four assessees with a bill, a certificate with a demand, a counter, and the clerks of a treasury."""
    today = timezone.localdate()
    for number in PAYERS:
        days = {"issued_on": today, "presented_on": None, "rebate_date": today + timedelta(days=9)}
        DemandFactory(assessee=AssesseeFactory(assessee_number=number), **days)
    LicenseDemandFactory(license=LicenseFactory(ce_number="CE/26/0051"), last_date=today + timedelta(days=9))
    add_counter(number=7, place="Borough VI office")
    for name, role in (("mita", "Cashier"), ("rana", "Cashier"), ("rahim", "Supervisor"), ("asha", "Accounts")):
        user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
        user.groups.set([Group.objects.get(name=role)])


@pytest.fixture
def at_desk(browser: Browser, live_server, town) -> Iterator[object]:
    """Sign a clerk in at a desk of their own, in a language; no page of it may break."""
    desks = []

    def signed_in(name: str, language: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-IN")
        page, faults = context.new_page(), []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("response", lambda answer: faults.append(answer.url) if answer.status >= 400 else None)
        desks.append((context, faults))
        page.goto(f"{live_server.url}/{language}/admin/")
        page.fill("#id_username", name)
        page.fill("#id_password", PASSWORD)
        page.press("#id_password", "Enter")
        expect(page.locator("nav.work")).to_be_visible()
        return page

    yield signed_in
    assert [faults for context, faults in desks if context.close() or faults] == []


def is_accessible(page: Page) -> None:
    assert [(one["id"], one["nodes"][0]["html"][:90]) for one in Axe().run(page).response["violations"]] == []


def press_access_key(page: Page, key: str) -> None:
    """Press Alt and a key as a keyboard does; Playwright's own press leaves out the letter that access keys are known by."""
    pressed = {"modifiers": 1, "key": key, "code": f"Digit{key}", "unmodifiedText": key}
    page.context.new_cdp_session(page).send(
        "Input.dispatchKeyEvent", {"type": "keyDown", "windowsVirtualKeyCode": ord(key), **pressed}
    )


def take(page: Page, kind: str, payer: str, instrument: str, **typed: str) -> str:
    """Find, choose everything, take what is handed over; return the receipt's number."""
    page.select_option("#id_kind", kind)
    page.fill("#id_number", payer)
    page.press("#id_number", "Enter")
    is_accessible(page)
    page.locator("table.offers button").first.click()
    page.check(f"[name=instrument][value={instrument}]")
    for field, text in typed.items():
        page.fill(f"#id_{field}", text)
    is_accessible(page)
    page.click("[name=take]")
    return page.locator(".taken strong").first.inner_text()


def count(page: Page, notes: dict[int, int]) -> None:
    """Say how many of each note and coin lie in the drawer, and go on."""
    for rupees, pieces in notes.items():
        page.fill(f"#id_note_{rupees}", str(pieces))
    is_accessible(page)
    page.locator("[name=do]").click()


def ask_for_reversal(cashier: Page, receipt_number: str, reason: str) -> None:
    cashier.locator(f"a[href*='receipt_number={receipt_number.replace('/', '%2F')}']").click()
    cashier.select_option("#id_reason", reason)
    cashier.fill("#id_detail", "memo 17")
    is_accessible(cashier)
    cashier.locator("[name=do]").click()


def decide(supervisor: Page, work: str, link: str) -> None:
    """Go from the first page to what waits, and agree to the first of it."""
    supervisor.locator("#site-name a").click()
    supervisor.locator("nav.work a", has_text=work).click()
    supervisor.locator(f"#result_list a[href*='/{link}/']").first.click()
    is_accessible(supervisor)
    supervisor.locator("[name=do]").click()


def take_to_the_bank(accounts: Page, goes: str, slip_number: str) -> None:
    accounts.locator("#site-name a").click()
    accounts.locator("nav.work a", has_text="Take a counter's money to the bank").click()
    accounts.select_option("#id_waiting", label=goes)
    accounts.fill("#id_slip_number", slip_number)
    is_accessible(accounts)
    accounts.locator("[name=do]").click()
    expect(accounts.locator(".messagelist")).to_contain_text("way to the bank")


def test_a_day_at_a_counter(at_desk, live_server):
    today = timezone.localdate()
    paper = {"bank": "SBI, Burrabazar", "dated": f"{today:%Y-%m-%d}"}
    cashier = at_desk("mita", "bn")
    press_access_key(cashier, "1")
    count(cashier, CHANGE)

    # Taken: cash, a cheque, a draft, a card; the receipt is printed.
    cash = take(cashier, "property_tax", "১১-০২৬-০১-০০০৫-১", "cash", given_paise="2000")
    expect(cashier.locator(".taken")).to_contain_text("₹৭৬.০০")
    cheque = take(cashier, "property_tax", PAYERS[1], "cheque", number="123456", **paper)
    draft = take(cashier, "property_tax", PAYERS[2], "draft", number="000012", **paper)
    card = take(cashier, "trade_license", "CE/26/0051", "card", number="SLIP42")
    wrong = take(cashier, "property_tax", PAYERS[3], "cash")
    taken = [cash, cheque, draft, card, wrong]
    assert taken == list(Receipt.objects.order_by("pk").values_list("receipt_number", flat=True))
    with cashier.context.expect_page() as printed:
        cashier.locator(".taken button").click()
    printed.value.wait_for_load_state()
    assert Receipt.objects.get(receipt_number=wrong).prints.count() == 1

    # Cancelled before the count, by two people: the cash goes back to its payer.
    ask_for_reversal(cashier, wrong, "entered_wrongly")
    supervisor = at_desk("rahim", "hi")
    decide(supervisor, "भुगतान वापसी के निर्णय", "decide")

    # Handed over: counted, checked, and opened by the next cashier.
    cashier.goto(f"{live_server.url}/bn/admin/payments/shift/desk/")
    cashier.locator("a[href*='/close/']").click()
    count(cashier, WITH_A_BILL)
    expect(cashier.locator(".messagelist")).to_be_visible()
    decide(supervisor, "जाँचने के लिए गिनती", "check")
    second = at_desk("rana", "en")
    press_access_key(second, "1")
    count(second, CHANGE)
    take(second, "property_tax", PAYERS[3], "cash")
    second.locator("a[href*='/close/']").click()
    count(second, WITH_A_BILL)
    decide(supervisor, "जाँचने के लिए गिनती", "check")
    assert {(one.expected_paise, one.counted_paise, one.checked_by) for one in Shift.objects.all()} == {
        (242_400, 242_400, "rahim")
    }

    # To the bank, under a slip each; the bank's statement has them.
    accounts = at_desk("asha", "en")
    take_to_the_bank(accounts, "007 · cash · 2 payments · ₹3,848.00", "CS-11")
    take_to_the_bank(accounts, "007 · cheques and drafts · 2 payments · ₹3,848.00", "CHQ-12")
    take_to_the_bank(accounts, "007 · card slips · 1 payment · ₹3,900.00", "BATCH-9")
    statement = STATEMENT.format(day=today).encode()
    accounts.goto(f"{live_server.url}/en/admin/payments/bankfile/act/")
    accounts.select_option("[name=account]", label="counter-007")
    accounts.set_input_files("[name=file]", {"name": "today.csv", "mimeType": "text/csv", "buffer": statement})
    accounts.click("[name=do]")
    take_in_files()
    reconcile()

    # The day ties out, to the rupee, on both of its pages.
    accounts.goto(f"{live_server.url}/en/admin/payments/daytotals/?account=counter-007&day={today}")
    expect(accounts.locator(".totals-outcome")).to_contain_text("Ties out.")
    expect(accounts.locator(".totals-table").first).to_contain_text("₹11,596.00")
    is_accessible(accounts)
    day = dashboard.collected((today,)).whole[today]
    assert day == dashboard.Sums(received=5 * BILL + LICENSE, back=BILL, payments=6)
    supervisor.goto(f"{live_server.url}/hi/admin/day/")
    expect(supervisor.locator("main")).to_contain_text("₹13,520.00")
    is_accessible(supervisor)
    assert [one["name"] for one in invariants.verify(now=timezone.now()) if not one["holds"]] == []
