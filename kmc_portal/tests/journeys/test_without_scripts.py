"""Every journey of a citizen in a browser that runs no script, in three languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from kmc_portal.tests.journeys.test_license_journey import sign_in

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(300)]
LANGUAGES = ["bn", "hi", "en"]
UNPAID = """
from property_tax.models import Demand
numbers = Demand.objects.filter(paid_on=None, assessee__status="active", financial_year=2026).exclude(
    assessee__assessee_number__in=["110260100051", "110630200127"]).order_by("-assessee_id")
print(*sorted(set(numbers.values_list("assessee__assessee_number", flat=True)[:20]))[:3])
"""
RENEWABLE = """
from trade_license.models import LicenseDemand
found = LicenseDemand.objects.filter(paid_on=None, license__closed_on=None, license__deleted_on=None).order_by("-license_id")
print(*[number for number in found.values_list("license__ce_number", flat=True) if not number.startswith("CE/26/0000")][:3])
"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A telephone's browser without scripts, in which no page may ask for what is not there or for another's files."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    found = context.new_page()
    faults: list[str] = []
    found.on("response", lambda answer: faults.append(answer.url) if answer.status >= 400 else None)
    yield found
    context.close()
    assert faults == []


@pytest.fixture(scope="module")
def unpaid(portal) -> dict[str, str]:
    """An assessee number with a bill for each language, that no other journey pays."""
    return dict(zip(LANGUAGES, printed(portal, UNPAID), strict=True))


@pytest.fixture(scope="module")
def renewable(portal) -> dict[str, str]:
    return dict(zip(LANGUAGES, printed(portal, RENEWABLE), strict=True))


def printed(portal, code: str) -> list[str]:
    ended = portal.manage("shell", "--no-imports", "-c", code)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split()


def pay_at_the_bank(page: Page) -> None:
    """From the payment page: on to the gateway, pay there, and come back, a button for each step."""
    page.locator("main form[action*='/pay/'] button").first.click()
    page.locator("form[data-submit] button").click()
    page.locator("button[value=pay]").click()
    page.locator("form[action*='/pay/return/'] button").click()
    for _wait in range(10):  # the page asks again by itself, every eight seconds
        if "/receipts/" in page.url:
            return
        page.locator("form[action*='/check/'] button").click()
    page.wait_for_url("**/receipts/**", timeout=20_000)


@pytest.mark.parametrize("language", LANGUAGES)
def test_property_tax_is_paid_and_the_number_remembered_and_forgotten(portal, page, unpaid, language):
    page.goto(f"{portal.url}/{language}/")
    page.locator("main input[type=text]").first.fill(unpaid[language])
    page.locator("main form button").first.click()
    page.locator("form[action$='/remember/'] button").click()
    expect(page.locator("form[action$='/forget/'] button")).to_be_visible()
    page.locator("button[value=ALL]").first.click()
    pay_at_the_bank(page)

    assert re.search(r"PT-\d{3}/\d{4}-\d{2}/\d{6}", page.inner_text("main"))
    assert page.locator("html").get_attribute("lang") == language
    share = page.locator("a[href^='https://wa.me/?text=']").get_attribute("href")
    assert "%2Freceipts%2F" in share

    page.locator("a.brand").click()
    remembered = page.locator(".remembered li")
    expect(remembered).to_have_count(1)
    remembered.locator("a").click()
    expect(page.locator("button[value=ALL]")).to_have_count(0)
    page.locator("a.brand").click()
    page.locator(".remembered form button").click()
    expect(page.locator(".remembered")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_licence_is_renewed_and_its_receipt_verified(portal, page, renewable, language):
    page.goto(f"{portal.url}/{language}/trade-licence/")
    page.locator("main input[type=text]").fill(renewable[language])
    page.locator("main form button").first.click()
    page.locator("#renew form button").click()
    pay_at_the_bank(page)

    assert renewable[language] in page.inner_text("main")
    code = page.locator("a[href*='/verify/']").first.inner_text()
    page.goto(f"{portal.url}/{language}/verify/")
    page.locator("main input[type=text]").fill(code)
    page.locator("main form button").click()
    expect(page.locator(".panel .mark")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "name", "heading"),
    [
        ("bn", "বাংলা", "কলকাতা পৌরসংস্থা"),
        ("hi", "हिन्दी", "कोलकाता नगर निगम"),
        ("en", "English", "Kolkata Municipal Corporation"),
    ],
)
def test_chat_answers_in_the_browser(portal, page, language, name, heading):
    page.goto(f"{portal.url}/{language}/chat/")
    page.get_by_role("button", name=name).click()

    expect(page.locator(".bubble.theirs").last).to_contain_text(heading)
    page.locator("#text").fill("110260100051")
    page.locator(".compose button").click()
    expect(page.locator(".bubble.theirs").last).to_contain_text("11-026-01-0005-1")


def test_reader_signs_in_sees_his_page_and_signs_out(portal, twilio, page):
    page.goto(f"{portal.url}/en/my/")
    sign_in(page, twilio, "9830077002")

    expect(page.get_by_role("heading", level=1)).to_have_text("My payments and papers")
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{portal.url}/en/my/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_property_is_found_by_street_and_its_statement_read(portal, page):
    page.goto(f"{portal.url}/en/property-tax/")
    page.get_by_role("link", name="I do not know the number").click()
    page.get_by_label("Street").fill("Ripon")
    page.get_by_role("button", name="Search").click()
    page.locator("main li button").first.click()
    page.get_by_role("link", name="Statement of account").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Statement of account")
    expect(page.locator("tfoot")).to_contain_text("₹")
