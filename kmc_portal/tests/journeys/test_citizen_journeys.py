"""Every journey of a citizen that needs the whole portal: in a browser with scripts and without, in three languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from kmc_portal.tests.journeys import test_browser_journey

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(300)]
# What the chat's button of a language says, and how it greets.
LANGUAGES = {
    "bn": ("বাংলা", "কলকাতা পৌরসংস্থা"),
    "hi": ("हिन्दी", "कोलकाता नगर निगम"),
    "en": ("English", "Kolkata Municipal Corporation"),
}
READERS = [(language, scripts) for language in LANGUAGES for scripts in (True, False)]
UNPAID = """
from property_tax.models import Demand
numbers = Demand.objects.filter(paid_on=None, assessee__status="active", financial_year=2026).exclude(
    assessee__assessee_number__in=["110260100051", "110630200127"]).order_by("-assessee_id")
print(*sorted(set(numbers.values_list("assessee__assessee_number", flat=True)[:60]))[:6])
"""
RENEWABLE = """
from trade_license.models import LicenseDemand
found = LicenseDemand.objects.filter(paid_on=None, license__closed_on=None, license__deleted_on=None).order_by("-license_id")
print(*[number for number in found.values_list("license__ce_number", flat=True) if not number.startswith("CE/26/0000")][:6])
"""


class Reader(NamedTuple):
    """Somebody with a telephone. `place` is which one of them all."""

    page: Page
    language: str
    scripts: bool
    place: int


@pytest.fixture(params=READERS, ids=lambda reader: f"{reader[0]}-{'scripts' if reader[1] else 'plain'}")
def reader(request, browser: Browser) -> Iterator[Reader]:
    """One for each language, with scripts and without; no page may ask for what is not there or for another's files."""
    language, scripts = request.param
    context = browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=scripts)
    page, faults = context.new_page(), list[str]()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("response", lambda answer: faults.append(answer.url) if answer.status >= 400 else None)
    yield Reader(page, language, scripts, READERS.index(request.param))
    context.close()
    assert faults == []


@pytest.fixture(scope="module")
def unpaid(portal) -> list[str]:
    """An assessee number with a bill for each reader, that no other journey pays."""
    return printed(portal, UNPAID)


@pytest.fixture(scope="module")
def renewable(portal) -> list[str]:
    return printed(portal, RENEWABLE)


def printed(portal, code: str) -> list[str]:
    ended = portal.manage("shell", "--no-imports", "-c", code)
    assert ended.returncode == 0, ended.stderr
    found = ended.stdout.split()
    assert len(found) == len(READERS)
    return found


def pay_at_the_bank(reader: Reader) -> None:
    """From the payment page: on to the gateway, pay there, and come back; without scripts a button for each step."""
    page = reader.page
    page.locator("main form[action*='/pay/'] button").first.click()
    if reader.scripts:
        test_browser_journey.pay_at_the_bank(page)
    else:
        page.locator("form[data-submit] button").click()
        page.locator("button[value=pay]").click()
        page.locator("form[action*='/pay/return/'] button").click()
        for _wait in range(10):  # the page asks again by itself, every eight seconds
            if "/receipts/" in page.url:
                return
            page.locator("form[action*='/check/'] button").click()
    page.wait_for_url("**/receipts/**", timeout=20_000)


def test_property_tax_is_paid_and_the_number_remembered_and_forgotten(portal, reader, unpaid):
    page, number = reader.page, unpaid[reader.place]
    page.goto(f"{portal.url}/{reader.language}/")
    page.locator("main input[type=text]").first.fill(number)
    page.locator("main form button").first.click()
    page.locator("form[action$='/remember/'] button").click()
    expect(page.locator("form[action$='/forget/'] button")).to_be_visible()
    page.locator("button[value=ALL]").first.click()
    pay_at_the_bank(reader)

    assert re.search(r"PT-\d{3}/\d{4}-\d{2}/\d{6}", page.inner_text("main"))
    assert page.locator("html").get_attribute("lang") == reader.language
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


def test_licence_is_renewed_and_its_receipt_verified(portal, reader, renewable):
    page, number = reader.page, renewable[reader.place]
    page.goto(f"{portal.url}/{reader.language}/trade-licence/")
    page.locator("main input[type=text]").fill(number)
    page.locator("main form button").first.click()
    page.locator("#renew form button").click()
    pay_at_the_bank(reader)

    expect(page.locator("main")).to_contain_text(number)
    code = page.locator("a[href*='/verify/']").first.inner_text()
    page.goto(f"{portal.url}/{reader.language}/verify/")
    page.locator("main input[type=text]").fill(code)
    page.locator("main form button").click()
    expect(page.locator(".panel .mark")).to_be_visible()


def test_chat_answers_in_the_browser(portal, reader):
    page, (name, heading) = reader.page, LANGUAGES[reader.language]
    page.goto(f"{portal.url}/{reader.language}/chat/")
    page.get_by_role("button", name=name).click()

    expect(page.locator(".bubble.theirs").last).to_contain_text(heading)
    page.locator("#text").fill("110260100051")
    page.locator(".compose button").click()
    expect(page.locator(".bubble.theirs").last).to_contain_text("11-026-01-0005-1")


def test_reader_signs_in_sees_his_page_and_signs_out(portal, twilio, reader):
    page, mobile = reader.page, f"983007701{reader.place}"
    page.goto(f"{portal.url}/{reader.language}/my/")
    page.locator("main input[name=mobile]").fill(mobile)
    page.locator("main form button").click()
    [message] = twilio.messages_to(f"whatsapp:+91{mobile}")
    page.locator("main input[name=code]").fill(re.search(r"\b[0-9]{6}\b", message)[0])
    page.locator("main form button").first.click()

    expect(page.locator("#my-payments")).to_be_visible()
    page.locator("form[action$='/sign-out/'] button").click()
    page.goto(f"{portal.url}/{reader.language}/my/")
    expect(page.locator("main input[name=mobile]")).to_be_visible()
