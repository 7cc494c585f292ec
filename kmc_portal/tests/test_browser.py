"""Every page as a citizen's browser draws it: narrow and wide, light and dark, in three languages, for every reader."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.signing import get_cookie_signer
from django.urls import URLPattern, get_resolver, resolve
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page

from citizens import sessions, web
from payments.models import PaymentOrder, Receipt
from payments.posting import apply_report
from payments.states import Source
from payments.tests.factories import AttemptFactory, report
from property_tax import services
from property_tax.certificates import issue_no_dues_certificate
from property_tax.figures import write_ward_figures
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license import changes
from trade_license.states import ApplicationKind
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NUMBER = "110260100051"
AREA = "category=D&area_sq_ft=900&road_width_m=3&age_years=30&occupancy=owner&usage_factor=1&structure_factor=1"
PAGES = {
    "front": "/",
    "help": "/help/",
    "my": "/my/",
    "enquiry": "/property-tax/",
    "refused": "/property-tax/?assessee_number=12",
    "dues": f"/property-tax/?assessee_number={NUMBER}",
    "nothing_due": "/property-tax/?assessee_number=110260100069",
    "wards": "/property-tax/wards/",
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
    "licence_apply": "/trade-licence/apply/details/?nature_of_trade=Beauty+parlour&area_sq_ft=480",
    "licence_change": "/trade-licence/change/CE260051/change/",
    "licence_correction": "/trade-licence/change/CE260051/correction/",
    "licence_moved": "/trade-licence/change/CE260051/address/",
    "applications": "/trade-licence/applications/",
    "application": "/trade-licence/applications/{application}/",
    "licence_closed": "/trade-licence/closed/?ce_number=CE260073",
    "licence_proved": "/verify/CE260062/",
    "pay": "/pay/{open}/",
    "upi": "/pay/{open}/upi/",
    "upi_code": "/pay/{by_upi}/upi/",
    "checking": "/pay/{open}/?returned",
    "ended": "/pay/{ended}/",
    "not_ours": "/pay/not-ours/",
    "came_back": "/pay/return/billdesk/",
    "failed": "/pay/{failed}/",
    "receipt": "/receipts/{receipt}/",
    "verify": "/verify/",
    "not_genuine": "/verify/0000000000000000/",
    "verified": "/verify/{code}/",
    "sign_in": "/sign-in/",
    "sign_in_code": "/sign-in/code/",
    "close_licence": "/trade-licence/close/",
    "close_code": "/trade-licence/close/code/?ce_number=CE26000051",
    "chat": "/chat/",
    "not_there": "/nowhere/",
}
# What no reader looks at: acts, papers, answers for scripts and machines; and what is tried with the processes it needs.
NO_PAGES = {
    "property_tax:pay", "property_tax:issue_certificate", "property_tax:statement_pdf", "property_tax:bill_pdf",
    "property_tax:certificate_pdf", "trade_license:pay", "trade_license:withdraw", "trade_license:pay_application",
    "trade_license:copy_pdf", "trade_license:certificate_pdf", "payments:status", "payments:check", "payments:receipt_pdf",
    "payments:gateway_webhook", "payments:razorpay_webhook", "citizens:sign_out", "citizens:remember", "citizens:forget",
    "chatbot:inbound", "chatbot:fallback", "chatbot:status", "chatbot:paper", "chatbot:phone", "chatbot:phone_screen",
    "chatbot:phone_paper", "chatbot:phone_contents", "chatbot:phone_approvals", "chatbot:phone_approval",
    "chatbot:phone_messages",
}  # fmt: skip
CITIZENS_APPS = {"property_tax", "trade_license", "payments", "citizens", "chatbot"}
MOBILE = "+919830012345"
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
READERS = [("bn", 360, "light"), ("en", 1280, "dark"), ("hi", 320, "dark"), ("en", 360, "light"), ("bn", 3840, "light")]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def places():
    """One property with dues, one order waiting, one that failed, one paid: what the addresses need of them."""
    order_for(NUMBER)
    held = LicenseFactory(ce_number="CE/26/0051", assessee_number=NUMBER, mobile=MOBILE)
    LicenseDemandFactory(license=held)
    LicenseFactory(ce_number="CE/26/0062", valid_until=date(2099, 3, 31))
    LicenseFactory(ce_number="CE/26/0073", closed_on=date(2026, 6, 1))
    asked = changes.apply_for_change(
        ce_number="CE260051", kind=ApplicationKind.CORRECTION, wanted={"trade_name": "Rupashri"}, applicant_name="Mita Sarkar",
        mobile=MOBILE, now=timezone.now(),
    )  # fmt: skip
    paid = AttemptFactory(order=order_for("110260100069"))
    apply_report(account=paid.account, report=report(paid), now=timezone.now())
    failed = AttemptFactory(order=order_for("110260100077"), state="failed")
    receipt = Receipt.objects.get()
    opened = order_for("110260100085")
    ended = order_for("110260100093")
    PaymentOrder.objects.filter(pk=ended.pk).update(state="closed")
    link = {"url": "upi://pay?pa=kmc@okbank&pn=KMC&am=1924.00&cu=INR"}
    valid_until = timezone.now() + timedelta(minutes=20)
    by_upi = AttemptFactory(
        order=order_for("110260100107"), way="upi", state="pending", checkout=link, valid_until=valid_until
    )
    write_ward_figures(today=timezone.localdate())
    certificate = issue_no_dues_certificate(assessee_number="110260100069", source=Source.WEB, now=timezone.now())
    return {
        "receipt": receipt.token,
        "code": receipt.code,
        "open": opened.token,
        "failed": failed.order.token,
        "ended": ended.token,
        "by_upi": by_upi.order.token,
        "application": asked.application_number,
        "certificate": certificate.token,
        "certificate_code": certificate.code,
    }


def signed_in(browser: Browser, url: str, **screen) -> BrowserContext:
    """A browser whose reader has proved the mobile on record, and is about to prove another."""
    context = browser.new_context(**screen)
    cookies = {
        web.COOKIE: sessions.begin(mobile=MOBILE, now=timezone.now()),
        "signing_in": json.dumps(["+919830054321", ""]),
        "remembered": json.dumps([["property_tax", NUMBER], ["trade_license", "CE/26/0051"]]),
    }
    signed = {name: get_cookie_signer(salt=name * 2).sign(value) for name, value in cookies.items()}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in signed.items()])
    return context


def order_for(number: str) -> PaymentOrder:
    today = timezone.localdate()
    assessee = AssesseeFactory(assessee_number=number, mobile=MOBILE)
    current = {"issued_on": today, "presented_on": None, "rebate_date": today + timedelta(days=9)}
    old = {"issued_on": date(2024, 4, 20), "presented_on": None, "rebate_date": None, "financial_year": 2024}
    DemandFactory(assessee=assessee, **current)
    DemandFactory(assessee=assessee, **old)
    return services.open_payment(assessee_number=number, heading="ALL", source=Source.WEB, now=timezone.now())


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("language", "width", "scheme"), READERS)
def test_every_page_is_accessible_and_fits(browser, live_server, places, language, width, scheme):
    context = signed_in(browser, live_server.url, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    faults, asked_for = {}, set()
    page.on("request", lambda request: asked_for.add(urlsplit(request.url)[:2]))
    for name, address in PAGES.items():
        page.goto(f"{live_server.url}/{language}{address.format(**places)}")
        violations = [found["id"] for found in Axe().run(page, options=RULES).response["violations"]]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if violations or wide > width:
            faults[name] = (violations, wide)
    context.close()

    assert faults == {}
    assert {where for where in asked_for if where[0] != "data"} == {tuple(urlsplit(live_server.url)[:2])}


def test_no_page_of_the_citizens_is_left_out(places):
    visited = {
        resolve(urlsplit(address.format(**places)).path).view_name
        for address in PAGES.values()
        if "nowhere" not in address
    }

    assert set(names_of_pages()) - visited == NO_PAGES


def names_of_pages(found=None, app="") -> Iterator[str]:
    """Every address that has a name, but those of the desk and of programs."""
    for each in (found or get_resolver()).url_patterns:
        if isinstance(each, URLPattern):
            if each.name and (app or each.name in ("front_page", "help", "my_page")):
                yield f"{app}:{each.name}" if app else each.name
        elif each.namespace in CITIZENS_APPS or (app and not each.namespace):
            yield from names_of_pages(each, app or each.namespace)


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


def test_dues_are_found_and_opened_and_paid_by_keyboard_alone(page, live_server, places):
    page.goto(f"{live_server.url}/en/")
    walk_to(page, "Skip to the main content")
    page.keyboard.press("Enter")
    walk_to(page, "Assessee number")
    page.keyboard.type(NUMBER)
    page.keyboard.press("Enter")
    page.wait_for_url("**/property-tax/?assessee_number=**")

    walk_to(page, "Current PD")
    page.keyboard.press("Enter")
    assert page.locator("details.heading[open]").count() == 1
    walk_to(page, "Pay all", back=True)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")

    page.wait_for_url("**/pay/**")


def test_licence_is_found_and_its_term_chosen_by_keyboard_alone(page, live_server, places):
    page.goto(f"{live_server.url}/en/trade-licence/")
    walk_to(page, "Certificate number")
    page.keyboard.type("CE260051")
    page.keyboard.press("Enter")
    page.wait_for_url("**/trade-licence/?ce_number=**")

    walk_to(page, "1 year")
    page.keyboard.press("ArrowDown")
    assert page.locator("input[name=years]:checked").get_attribute("value") == "3"
    walk_to(page, "Go on to payment")
    page.keyboard.press("Enter")

    page.wait_for_url("**/pay/**")


def walk_to(page: Page, name: str, *, back: bool = False) -> None:
    """Press Tab until the focus is on what a screen reader calls by this name."""
    for _step in range(40):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        named = 'document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText || ""'
        if page.evaluate(named).strip().startswith(name):
            return
    raise AssertionError(f"the keyboard does not reach {name}")


@pytest.mark.parametrize("language", ["bn", "hi"])
def test_conjuncts_are_drawn_joined_by_the_fonts_we_send(page, live_server, language):
    page.goto(f"{live_server.url}/{language}/help/")
    page.evaluate("document.fonts.ready")
    faces = page.evaluate("[...document.fonts].filter(face => face.status === 'loaded').map(face => face.family)")
    assert any("Portal" in face for face in faces), faces

    virama, pairs = {"bn": ("\u09cd", "কষ জঞ তত নদ সথ"), "hi": ("\u094d", "कष जञ तत दद शर")}[language]
    for first, second in pairs.split():
        joined, apart = (width_of(page, f"{first}{virama}{between}{second}") for between in ("", "\u200c"))
        assert joined < apart, (first, second)


def width_of(page: Page, text: str) -> float:
    return page.evaluate(
        "text => { const pen = document.createElement('canvas').getContext('2d');"
        " pen.font = '700 40px ' + getComputedStyle(document.body).fontFamily; return pen.measureText(text).width; }",
        text,
    )


def test_printed_page_leaves_out_what_is_for_the_screen(page, live_server, places):
    page.goto(f"{live_server.url}/en/receipts/{places['receipt']}/")

    page.emulate_media(media="print")

    hidden = page.locator(".tongues, .foot, .actions, form, .steps")
    assert hidden.count() > 0
    assert [each.is_visible() for each in hidden.all()] == [False] * hidden.count()
    assert page.locator("h1").is_visible()


def test_printed_dues_say_every_line_in_ink(page, live_server, places, tmp_path):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{live_server.url}/en/property-tax/?assessee_number={NUMBER}")
    assert "Rebate" not in page.locator("#headings").inner_text()

    paper = tmp_path / "dues.pdf"
    page.pdf(path=paper)
    page.emulate_media(media="print")

    printed = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, check=True, text=True).stdout
    assert "Rebate" in printed
    assert page.evaluate("getComputedStyle(document.querySelector('.total .amount')).color") == "rgb(0, 0, 0)"


def test_a_refusal_is_the_first_thing_that_has_the_focus(page, live_server):
    page.goto(f"{live_server.url}/en/property-tax/?assessee_number=12")

    assert page.evaluate("document.activeElement.className") == "error-summary"


def test_the_waiting_page_goes_on_by_itself(page, live_server, places):
    page.route("**/status/", lambda route: route.fulfill(json={"step": "paid"}))
    page.goto(f"{live_server.url}/en/pay/{places['open']}/?returned")

    page.wait_for_url(f"{live_server.url}/en/pay/{places['open']}/")
