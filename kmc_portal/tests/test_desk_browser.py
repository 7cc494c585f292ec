"""Every list of the desk, and a page of each kind, as a clerk's browser draws it: for every reader, in three languages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page

from payments.counter.counters import add_counter
from payments.models import Counter, GatewayTransaction, Journal, PaymentOrder, Receipt
from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax.models import Assessee, Demand
from property_tax.services import open_payment
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license.models import License
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.timeout(400)]
NUMBER = "110260100051"
READERS = [("bn", 1280, "light"), ("hi", 900, "light"), ("en", 1280, "dark")]
# The first cell in the head of Django's tables inside a page is empty.
NOT_OURS = {"empty-table-header"}
HIGHEST_HEAD = 200


LISTS = (LogEntry, GatewayTransaction, Receipt, PaymentOrder, Journal, Assessee, Demand, License, Counter, User)


@pytest.fixture
def boss(now) -> Client:
    """Whoever may do everything, at a desk with a tax that was paid, a certificate and a counter."""
    today = timezone.localdate()
    days = {"issued_on": today, "presented_on": None, "rebate_date": today + timedelta(days=9)}
    DemandFactory(assessee=AssesseeFactory(assessee_number=NUMBER), **days)
    order = open_payment(assessee_number=NUMBER, heading="ALL", source=Source.WEB, now=timezone.now())
    attempt = AttemptFactory(order=order, amount_paise=order.amount_paise, created_at=timezone.now())
    apply_report(account=attempt.account, report=report(attempt), now=timezone.now())
    LicenseDemandFactory(license=LicenseFactory())
    add_counter(number=7, place="Borough VI office")
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def pages(reader: int) -> list[str]:
    """The first page, a third of all lists, another for each reader, and a page of each kind that there is something for."""
    named = sorted(f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist" for m in admin.site._registry)
    lists = [reverse(name) for name in named[reader :: len(READERS)]]
    order, receipt = PaymentOrder.objects.get(), Receipt.objects.get()
    assessee, license = order.reference, LicenseFactory._meta.model.objects.get()
    return [
        "/admin/",
        "/admin/day/",
        f"/admin/find/?q={assessee}",
        *lists,
        f"/admin/payments/paymentorder/{order.pk}/timeline/",
        f"/admin/payments/receipt/{receipt.pk}/print/",
        "/admin/payments/shift/open/",
        "/admin/payments/refund/ask/",
        "/admin/payments/dispute/open/",
        "/admin/payments/reversalrequest/ask/",
        "/admin/payments/settlementfile/act/",
        "/admin/property_tax/rulebookversion/load/",
        "/admin/property_tax/waiverapplication/apply/",
        f"/admin/property_tax/assessee/{AssesseeFactory._meta.model.objects.get().pk}/change/",
        f"/admin/trade_license/license/{license.pk}/change/",
    ]


def faults_of(page: Page, width: int) -> list[object]:
    found = {one["id"] for one in Axe().run(page).response["violations"]} - NOT_OURS
    wide = page.evaluate("document.documentElement.scrollWidth")
    head = page.evaluate("document.querySelector('#header').offsetHeight")
    return [
        *sorted(found),
        *([f"{wide} wide"] if wide > width else []),
        *([f"head {head}"] if head > HIGHEST_HEAD else []),
    ]


@pytest.mark.parametrize("reader", range(len(READERS)))
def test_every_page_of_the_desk_is_accessible_and_fits(browser: Browser, live_server, boss, reader):
    language, width, scheme = READERS[reader]
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    session = boss.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page, faults = context.new_page(), {}

    for address in pages(reader):
        answer = page.goto(f"{live_server.url}/{language}{address}")
        found = faults_of(page, width) if answer and answer.ok else ["not served"]
        if found:
            faults[address] = found
    context.close()

    assert faults == {}


def test_letters_of_bengali_are_drawn_in_the_portals_own_font(browser: Browser, live_server, boss):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    session = boss.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/bn/admin/")
    page.evaluate("document.fonts.ready")
    devtools = context.new_cdp_session(page)
    devtools.send("DOM.enable")
    devtools.send("CSS.enable")
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]

    heading = devtools.send("DOM.querySelector", {"nodeId": root, "selector": "#content h1"})["nodeId"]
    fonts = devtools.send("CSS.getPlatformFontsForNode", {"nodeId": heading})["fonts"]

    context.close()
    assert {
        font["familyName"] for font in fonts if "Bengali" not in font["familyName"] and font["glyphCount"] > 2
    } == set()


@pytest.mark.parametrize("width", [360, 1280])
def test_no_column_of_a_list_is_cut(browser: Browser, live_server, boss, width):
    context = browser.new_context(viewport={"width": width, "height": 800})
    session = boss.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page, cut, unnamed = context.new_page(), [], []

    for model in LISTS:
        page.goto(f"{live_server.url}{reverse(f'admin:{model._meta.app_label}_{model._meta.model_name}_changelist')}")
        results = page.locator("#changelist .results")
        if results.evaluate("box => box.scrollWidth > box.clientWidth"):
            cut.append(model)
        if page.locator("#result_list tbody :is(th, td):not([data-label])").count():
            unnamed.append(model)
    context.close()

    assert (cut, unnamed) == ([], [])
