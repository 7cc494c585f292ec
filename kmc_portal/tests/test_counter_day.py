"""A day at a counter in a real browser, from the opening of the drawer to the count that a colleague has checked."""

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
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a-long-one-2026"
PAYERS = ("110260100051", "110260100062")
# What the shift takes: two bills within their rebate, in cash and by a cheque that its bank refuses, and a licence by card.
BILL, LICENSE = 192_400, 390_000


@pytest.fixture
def town():
    """Two assessees with a bill, a certificate with a demand, a counter, and the clerks of a treasury."""
    today = timezone.localdate()
    for number in PAYERS:
        days = {"issued_on": today, "presented_on": None, "rebate_date": today + timedelta(days=9)}
        DemandFactory(assessee=AssesseeFactory(assessee_number=number), **days)
    LicenseDemandFactory(license=LicenseFactory(ce_number="CE/26/0051"), last_date=today + timedelta(days=9))
    add_counter(number=7, place="Borough VI office")
    for name, role in (("mita", "Cashier"), ("rahim", "Supervisor")):
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


def test_a_day_at_a_counter(at_desk, live_server):
    today = timezone.localdate()
    cashier = at_desk("mita", "bn")
    press_access_key(cashier, "1")
    cashier.fill("#id_float_paise", "500")
    is_accessible(cashier)
    cashier.press("#id_float_paise", "Enter")

    cash = take(cashier, "property_tax", "১১-০২৬-০১-০০০৫-১", "cash", given_paise="2000")
    expect(cashier.locator(".taken")).to_contain_text("₹৭৬.০০")
    cheque = take(
        cashier, "property_tax", PAYERS[1], "cheque", number="123456", bank="SBI, Burrabazar", dated=f"{today:%Y-%m-%d}"
    )
    card = take(cashier, "trade_license", "CE/26/0051", "card", number="SLIP42")
    assert [cash, cheque, card] == list(Receipt.objects.order_by("pk").values_list("receipt_number", flat=True))
    with cashier.context.expect_page() as printed:
        cashier.locator(".taken button").click()
    printed.value.wait_for_load_state()
    assert Receipt.objects.get(receipt_number=card).prints.count() == 1

    cashier.locator(f"a[href*='receipt_number={cheque.replace('/', '%2F')}']").click()
    cashier.select_option("#id_reason", "dishonoured")
    cashier.fill("#id_detail", "memo 17 of the bank")
    is_accessible(cashier)
    cashier.locator("[name=do]").click()
    supervisor = at_desk("rahim", "hi")
    supervisor.locator("nav.work a", has_text="भुगतान वापसी के निर्णय").click()
    supervisor.locator("#result_list a[href*='/decide/']").click()
    is_accessible(supervisor)
    supervisor.locator("[name=do]").click()

    cashier.goto(f"{live_server.url}/bn/admin/payments/shift/desk/")
    cashier.locator("a[href*='/close/']").click()
    # The float of 500 and the cash of one bill.
    for rupees, count in ((500, 4), (200, 2), (20, 1), (2, 2)):
        cashier.fill(f"#id_note_{rupees}", str(count))
    is_accessible(cashier)
    cashier.locator("[name=do]").click()
    expect(cashier.locator(".messagelist")).to_be_visible()

    supervisor.goto(f"{live_server.url}/hi/admin/")
    supervisor.locator("nav.work a", has_text="जाँचने के लिए गिनती").click()
    supervisor.locator("#result_list a[href*='/check/']").click()
    is_accessible(supervisor)
    supervisor.locator("[name=do]").click()

    shift = Shift.objects.get()
    assert (shift.expected_paise, shift.counted_paise, shift.checked_by) == (242_400, 242_400, "rahim")
    day = dashboard.collected((today,)).whole[today]
    assert day == dashboard.Sums(received=2 * BILL + LICENSE, back=BILL, payments=3)
    supervisor.goto(f"{live_server.url}/hi/admin/day/")
    expect(supervisor.locator("main")).to_contain_text("₹7,748.00")
    is_accessible(supervisor)
    assert [one["name"] for one in invariants.verify(now=timezone.now()) if not one["holds"]] == []
