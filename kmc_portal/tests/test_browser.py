"""Every page as a citizen's browser draws it: narrow and wide, light and dark, in three languages, for every reader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page

from payments.models import PaymentOrder, Receipt
from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax import services
from property_tax.certificates import issue_no_dues_certificate
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NUMBER = "110260100051"
AREA = "category=D&area_sq_ft=900&road_width_m=3&age_years=30&occupancy=owner&usage_factor=1&structure_factor=1"
PAGES = {
    "front": "/",
    "enquiry": "/property-tax/",
    "refused": "/property-tax/?assessee_number=12",
    "dues": f"/property-tax/?assessee_number={NUMBER}",
    "assess": "/property-tax/assess/",
    "assess_refused": "/property-tax/assess/annual-value/?monthly_rent_rupees=-1",
    "assess_form": "/property-tax/assess/unit-area/",
    "assessed": f"/property-tax/assess/unit-area/?{AREA}",
    "search": "/property-tax/search/",
    "search_refused": "/property-tax/search/?street=Ra",
    "found": "/property-tax/search/?street=Rasbihari",
    "statement_form": "/property-tax/statement/",
    "statement": f"/property-tax/statement/?assessee_number={NUMBER}&since=2024-04-01",
    "statement_of_paid": "/property-tax/statement/?assessee_number=110260100069&since=2024-04-01",
    "statement_refused": f"/property-tax/statement/?assessee_number={NUMBER}&until=2099-01-01",
    "certificate": "/property-tax/certificates/{certificate}/",
    "certificate_proved": "/verify/{certificate_code}/",
    "licence_enquiry": "/trade-licence/",
    "licence_refused": "/trade-licence/?ce_number=shop",
    "licence_dues": "/trade-licence/?ce_number=CE260051",
    "licence_valid": "/trade-licence/?ce_number=CE260062",
    "licence_estimate": "/trade-licence/apply/",
    "licence_estimated": "/trade-licence/apply/?nature_of_trade=Beauty+parlour&area_sq_ft=480&is_air_conditioned=on",
    "licence_proved": "/verify/CE260062/",
    "pay": "/pay/{open}/",
    "checking": "/pay/{open}/?returned",
    "failed": "/pay/{failed}/",
    "receipt": "/receipts/{receipt}/",
    "verify": "/verify/",
    "not_genuine": "/verify/0000000000000000/",
    "verified": "/verify/{code}/",
    "sign_in": "/sign-in/",
    "close_licence": "/trade-licence/close/",
    "close_code": "/trade-licence/close/code/?ce_number=CE26000051",
    "chat": "/chat/",
    "not_there": "/nowhere/",
}
READERS = [("bn", 360, "light"), ("en", 1280, "dark"), ("hi", 320, "dark"), ("en", 360, "light"), ("bn", 1280, "light")]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def places():
    """One property with dues, one order waiting, one that failed, one paid: what the addresses need of them."""
    order_for(NUMBER)
    LicenseDemandFactory(license=LicenseFactory(ce_number="CE/26/0051", assessee_number=NUMBER))
    LicenseFactory(ce_number="CE/26/0062", valid_until=date(2099, 3, 31))
    paid = AttemptFactory(order=order_for("110260100069"))
    apply_report(account=paid.account, report=report(paid), now=timezone.now())
    failed = AttemptFactory(order=order_for("110260100077"), state="failed")
    receipt = Receipt.objects.get()
    opened = order_for("110260100085")
    certificate = issue_no_dues_certificate(assessee_number="110260100069", source=Source.WEB, now=timezone.now())
    return {
        "receipt": receipt.token,
        "code": receipt.code,
        "open": opened.token,
        "failed": failed.order.token,
        "certificate": certificate.token,
        "certificate_code": certificate.code,
    }


def order_for(number: str) -> PaymentOrder:
    today = timezone.localdate()
    assessee = AssesseeFactory(assessee_number=number)
    current = {"issued_on": today, "presented_on": None, "rebate_date": today + timedelta(days=9)}
    old = {"issued_on": date(2024, 4, 20), "presented_on": None, "rebate_date": None, "financial_year": 2024}
    DemandFactory(assessee=assessee, **current)
    DemandFactory(assessee=assessee, **old)
    return services.open_payment(assessee_number=number, heading="ALL", source=Source.WEB, now=timezone.now())


@pytest.mark.parametrize(("language", "width", "scheme"), READERS)
def test_every_page_is_accessible_and_fits(browser, live_server, places, language, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    faults = {}
    for name, address in PAGES.items():
        page.goto(f"{live_server.url}/{language}{address.format(**places)}")
        violations = [found["id"] for found in Axe().run(page).response["violations"]]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if violations or wide > width:
            faults[name] = (violations, wide)
    context.close()

    assert faults == {}


@pytest.mark.parametrize("scripts", [True, False])
def test_a_citizen_finds_the_dues_and_reaches_the_payment_page(browser, live_server, places, scripts):
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{live_server.url}/bn/")

    page.get_by_label("অ্যাসেসি নম্বর").fill("১১-০২৬-০১-০০০৫-১")
    page.get_by_role("button", name="কত দিতে হবে দেখুন").click()
    page.get_by_role("button", name="সব জমা দিন").click()

    assert page.url.startswith(f"{live_server.url}/bn/pay/")
    assert page.get_by_role("heading", level=1).inner_text() == "মিলিয়ে দেখে জমা দিন"
    context.close()


def test_the_language_switch_keeps_page_and_question(page, live_server, places):
    page.goto(f"{live_server.url}/en/property-tax/?assessee_number={NUMBER}")

    page.get_by_role("link", name="বাংলা").click()

    assert page.url == f"{live_server.url}/bn/property-tax/?assessee_number={NUMBER}"
    assert page.locator("html").get_attribute("lang") == "bn"


def test_a_refusal_is_the_first_thing_that_has_the_focus(page, live_server):
    page.goto(f"{live_server.url}/en/property-tax/?assessee_number=12")

    assert page.evaluate("document.activeElement.className") == "error-summary"


def test_the_waiting_page_goes_on_by_itself(page, live_server, places):
    page.route("**/status/", lambda route: route.fulfill(json={"step": "paid"}))
    page.goto(f"{live_server.url}/en/pay/{places['open']}/?returned")

    page.wait_for_url(f"{live_server.url}/en/pay/{places['open']}/")
