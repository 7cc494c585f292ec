"""A trade licence with every process running: renewed in the chat, and from the application to a verified certificate."""

from __future__ import annotations

import json
import re
import subprocess

import httpx
import pytest
from playwright.sync_api import expect

from kmc_portal.tests.journeys.citizen import Citizen, link_in, pay
from kmc_portal.tests.journeys.test_browser_journey import page, pay_at_the_bank  # noqa: F401 - a fixture
from kmc_portal.tests.papers_by_hand import pdf, picture

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]
CERTIFICATE = re.compile(r"https?://\S+/trade-licence/certificates/[\w-]+\.pdf")
# Language, what opens the service, the number as it is typed, and which option is a renewal for three years.
TRADERS = [
    ("bn", "১", "ট্রেড লাইসেন্স", "সি ই নয়", "CE/২৬/০০০০৫১", "২"),
    ("hi", "2", "लाइसेंस", "दुकान", "ce 26 000062", "2"),
    ("en", "3", "trade licence", "my shop", "CE-26-000095", "2"),
]


@pytest.fixture
def phone_web(portal):
    with httpx.Client(base_url=portal.url, follow_redirects=True, timeout=40) as client:
        yield client


@pytest.mark.parametrize(("language", "choice", "service", "wrong", "number", "term"), TRADERS)
def test_licence_is_renewed_from_hi_to_certificate(
    portal, twilio, phone_web, language, choice, service, wrong, number, term
):
    trader = Citizen(portal.url, f"whatsapp:+9198300555{choice if choice.isascii() else 1}1")
    trader.says("Hi")
    trader.says(choice)
    trader.says(service)
    assert "CE/26" not in trader.says(wrong)
    assert "CE/26/0000" in trader.says(number)
    offer = trader.says(term)

    assert pay(phone_web, link_in(offer)).status_code == 200

    [told] = twilio.messages_to(trader.address)
    first = CERTIFICATE.search(told)[0]
    text = text_of(phone_web.get(first).content)
    assert re.search(r"CE/26/0000\d\d", text)
    code = code_in(text)
    assert phone_web.get(f"/api/v1/receipts/{code}/").json()["status"] == "valid"
    assert json.loads(portal.manage("verify_books", "--json").stdout)["holds"] is True


def code_in(text: str) -> str:
    """Return the code of a paper. One in twenty has a J before which pdftotext sees a blank."""
    return re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", text.replace(" ", ""))[0]


def text_of(content: bytes) -> str:
    command = ["pdftotext", "-layout", "-", "-"]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout.decode()


@pytest.mark.browser
def test_new_licence_from_application_to_verified_certificate(portal, twilio, page):  # noqa: F811
    mobile = "9830077001"
    page.goto(f"{portal.url}/en/trade-licence/apply/")
    page.get_by_label("Nature of trade").select_option(label="Beauty parlour")
    page.get_by_label("Area in square feet").fill("620")
    page.get_by_label("The premises are air-conditioned").check()
    page.get_by_role("button", name="See the fees").click()
    expect(page.locator("main")).to_contain_text("₹11,600.00")
    page.get_by_role("link", name="Apply for it").click()
    sign_in(page, twilio, mobile)

    for name, value in {
        "trade_name": "Rupasree", "address": "14 Rashbehari Avenue", "ward": "26", "holder_name": "Mita Sarkar",
        "residence": "3 Lake Road", "identity_number": "WB/12/345/678901",
    }.items():  # fmt: skip
        page.locator(f"input[name={name}]").fill(value)
    page.locator("input[name=identity]").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": picture("JPEG")}
    )
    page.locator("input[name=occupancy]").set_input_files(
        {"name": "rent.pdf", "mimeType": "application/pdf", "buffer": pdf()}
    )
    page.get_by_label("3 years").check()
    page.locator("input[name=undertakes]").check()
    page.get_by_role("button", name="Apply", exact=True).click()

    expect(page.locator("main")).to_contain_text("it is not a valid licence yet")
    number = page.inner_text("h1")
    page.get_by_role("button", name="Pay now").click()
    page.locator("form[action*='/pay/'] button").first.click()
    pay_at_the_bank(page)
    page.wait_for_url("**/receipts/**", timeout=40_000)
    certificate = page.get_by_role("link", name="certificate of enlistment").first.get_attribute("href")
    text = text_of(page.request.get(f"{portal.url}{certificate}").body())
    assert number in text
    assert "Mita Sarkar" in text

    page.goto(f"{portal.url}/en/verify/")
    page.locator("input[name=code]").fill(code_in(text))
    page.locator("main form button").click()
    expect(page.locator("main")).to_contain_text("This licence is genuine and valid until 31 March")
    assert "Mita" not in page.inner_text("main")


def sign_in(page, twilio, mobile: str) -> None:  # noqa: F811
    page.get_by_label("Mobile number").fill(mobile)
    page.get_by_role("button", name="Send me a code").click()
    [message] = twilio.messages_to(f"whatsapp:+91{mobile}")
    page.locator("input[name=code]").fill(re.search(r"\b[0-9]{6}\b", message)[0])
    page.locator("main form button").first.click()
