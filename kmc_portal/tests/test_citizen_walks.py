"""What a citizen comes for besides paying, walked in a browser: three languages, with scripts and without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import parse_qsl

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from citizens.tests.conftest import sent
from kmc_portal.tests.papers_by_hand import pdf, picture
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license.models import Application, License
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NUMBER, PAID_UP = "110260100051", "110260100069"
MOBILE = "9830012345"
READERS = [(language, scripts) for language in ("bn", "hi", "en") for scripts in (True, False)]
AREA = "category=D&area_sq_ft=900&road_width_m=3&age_years=30&occupancy=owner&usage_factor=1&structure_factor=1"
SHOP = {
    "trade_name": "Rupasree", "address": "14 Rashbehari Avenue", "ward": "26", "holder_name": "Mita Sarkar",
    "residence": "3 Lake Road", "identity_number": "WB/12/345/678901",
}  # fmt: skip


@pytest.fixture(params=READERS, ids=lambda reader: f"{reader[0]}-{'scripts' if reader[1] else 'plain'}")
def page(request, browser: Browser, live_server, settings, tmp_path) -> Iterator[Page]:
    """A telephone at the portal's front page, in which no page may ask for what is not there, and no script may fail."""
    language, scripts = request.param
    papers = {**settings.STORAGES["papers"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = {**settings.STORAGES, "papers": papers}
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=scripts)
    found, faults = context.new_page(), list[str]()
    found.on("pageerror", lambda error: faults.append(str(error)))
    found.on("response", lambda answer: faults.append(answer.url) if answer.status >= 400 else None)
    found.goto(f"{live_server.url}/{language}/")
    yield found
    assert found.locator("html").get_attribute("lang") == language
    context.close()
    assert faults == []


def on(page: Page, path: str) -> None:
    """Go to a page in the reader's language."""
    language = page.locator("html").get_attribute("lang")
    page.goto("/".join(page.url.split("/")[:3]) + f"/{language}{path}")


def fill(page: Page, **typed: str) -> None:
    for name, value in typed.items():
        box = page.locator(f"main [name={name}]")
        if box.first.get_attribute("type") == "radio":
            page.locator(f"main [name={name}][value={value}]").check()
        elif box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(value)
        else:
            box.fill(value)


def button(page: Page) -> Locator:
    """Return the button of the form that the page is about."""
    return page.locator("main form.stack > button, main form.stack p > button").last


def prove_mobile(page: Page) -> None:
    """Sign in where a page has asked for it, with the code that was sent."""
    page.locator("main input[name=mobile]").fill(MOBILE)
    button(page).click()
    page.locator("main input[name=code]").fill(sent()[-1]["code"])
    button(page).click()


def property_with_dues(number: str = NUMBER) -> None:
    today = timezone.localdate()
    days = {"issued_on": today, "presented_on": None, "rebate_date": today + timedelta(days=9)}
    DemandFactory(assessee=AssesseeFactory(assessee_number=number), **days)


def test_property_is_valued_by_area(page):
    on(page, "/property-tax/assess/")
    page.locator("main a[href$='/unit-area/']").click()
    fill(page, **dict(parse_qsl(AREA)))
    button(page).click()

    expect(page.locator(".total .amount")).to_contain_text("₹")
    page.locator("a.back").click()
    expect(page.locator("main [name=area_sq_ft]")).to_have_value("900")


def test_property_is_found_by_street_with_its_dues_and_statement(page):
    property_with_dues()
    on(page, "/property-tax/")
    page.locator("main a[href*='/property-tax/search/']").click()
    fill(page, street="Rasbihari")
    button(page).click()
    page.locator("main li button").first.click()

    expect(page.locator("main")).to_contain_text("11-026-01-0005-1")
    page.locator("main a[href*='/property-tax/statement/']").click()
    expect(page.locator("tfoot")).to_contain_text("₹")


def test_certificate_of_no_dues_is_had_and_proves_itself(page):
    AssesseeFactory(assessee_number=PAID_UP)
    on(page, f"/property-tax/?assessee_number={PAID_UP}")
    page.locator("form[action$='/certificates/'] button, form[action*='certificate'] button").click()

    expect(page.locator("main .panel")).to_contain_text("ND-")
    code = page.locator("main a[href*='/verify/']").inner_text()
    on(page, "/verify/")
    fill(page, code=code)
    button(page).click()
    expect(page.locator(".panel .mark")).to_be_visible()


def test_new_licence_is_applied_for_up_to_paying(page):
    on(page, "/trade-licence/apply/")
    fill(page, nature_of_trade="Beauty parlour", area_sq_ft="620")
    button(page).click()
    page.locator("#fees a.button").click()
    prove_mobile(page)
    fill(page, **SHOP)
    page.locator("input[name=identity]").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": picture("JPEG")}
    )
    page.locator("input[name=occupancy]").set_input_files(
        {"name": "rent.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    )
    page.locator("[name=years]").first.check()
    page.locator("[name=undertakes]").check()
    button(page).click()

    allotted = License.objects.get().ce_number
    expect(page.locator("h1")).to_have_text(allotted)
    page.locator("form[action$='/pay/'] button").click()
    expect(page.locator("main")).to_contain_text(allotted)
    assert "/pay/" in page.url


def test_holder_asks_for_a_correction_and_withdraws_it(page):
    LicenseDemandFactory(license=LicenseFactory(ce_number="CE/26/000051", mobile=f"+91{MOBILE}"))
    on(page, "/trade-licence/change/CE26000051/correction/")
    prove_mobile(page)
    fill(page, trade_name="Rupashri")
    button(page).click()

    number = Application.objects.get().application_number
    expect(page.locator("main")).to_contain_text(number)
    page.locator("form[action*='withdraw'] button").click()
    on(page, "/trade-licence/applications/")
    expect(page.locator("main")).to_contain_text("CE/26/000051")
    assert Application.objects.get().state == "withdrawn"


def test_holder_closes_the_licence_by_a_code(page):
    LicenseFactory(ce_number="CE/26/000051", mobile=f"+91{MOBILE}", valid_until=date(2099, 3, 31))
    on(page, "/trade-licence/close/")
    fill(page, ce_number="ce 26 000051")
    button(page).click()
    fill(page, code=sent()[-1]["code"])
    button(page).click()

    expect(page.locator("main")).to_contain_text("CE/26/000051")
    assert License.objects.get().closed_on is not None
