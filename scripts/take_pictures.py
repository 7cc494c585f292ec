"""Take pictures of a running demo: take_pictures.py [--pages] [ADDRESS]. Needs Chromium and pdftoppm.

Without a word: those of the README, into docs/pictures. With --pages: the main pages of both sides, whole, at the size of a
phone and of a desk, into var/screenshots, to be looked at.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

WANTS_PAGES = "--pages" in sys.argv
ADDRESS = next((word for word in sys.argv[1:] if "://" in word), f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "pictures"
SCREENSHOTS = ROOT / "var" / "screenshots"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
CITIZENS = {
    "front": "/",
    "property-tax": "/property-tax/",
    "refused": "/property-tax/?assessee_number=12",
    "dues": "/property-tax/?assessee_number=110260100051",
    "nothing-due": "/property-tax/?assessee_number=210880300219",
    "search": "/property-tax/search/?street=Ripon",
    "statement": "/property-tax/statement/?assessee_number=110260100051",
    "assess": "/property-tax/assess/unit-area/",
    "wards": "/property-tax/wards/",
    "licence": "/trade-licence/?ce_number=CE/26/000062",
    "licence-estimate": "/trade-licence/apply/",
    "licence-close": "/trade-licence/close/",
    "verify": "/verify/",
    "sign-in": "/sign-in/",
    "chat": "/chat/",
    "help": "/help/",
    "not-there": "/nowhere/",
}
DESK_PAGES = {
    "desk": "/admin/",
    "desk-find": "/admin/find/?q=110260100051",
    "desk-assessees": "/admin/property_tax/assessee/",
    "desk-orders": "/admin/payments/paymentorder/",
    "desk-receipts": "/admin/payments/receipt/",
    "desk-breaks": "/admin/payments/reconbreak/",
    "desk-refunds": "/admin/payments/refund/",
    "desk-rules": "/admin/property_tax/rulebookversion/",
    "desk-applications": "/admin/trade_license/application/",
    "desk-talks": "/admin/chatbot/handover/",
    "desk-registers": "/admin/kmc_portal/registerfile/act/",
}
SAID = ".bubble.theirs:not(.typing)"


def page_of(browser: Browser, size: dict[str, int]) -> Page:
    return browser.new_context(viewport=size, device_scale_factor=1.5, locale="en-IN").new_page()


def keep(page: Page, name: str) -> None:
    page.wait_for_timeout(600)
    page.screenshot(path=FOLDER / f"{name}.png")


def chat_until_link(page: Page) -> str:
    page.goto(f"{ADDRESS}/bn/demo/phone/")
    for words in ("নমস্কার", "১", "১১-০৬৩-০২-০০১২-৭"):
        said = page.locator(SAID).count()
        page.fill("#text", words)
        page.click(".send")
        page.locator(SAID).nth(said).wait_for()
    keep(page, "phone-dues-bn")
    page.fill("#text", "১")
    page.click(".send")
    link = page.locator(f"{SAID} a[href*='/pay/']")
    link.wait_for()
    return link.get_attribute("href") or ""


def pay(page: Page, link: str) -> None:
    page.goto(link)
    keep(page, "pay-bn")
    page.locator("form[action*='/pay/'] button").click()
    page.wait_for_url("**/embeddedsdk**")
    keep(page, "bank")
    page.locator("button[value=pay]").click()
    page.wait_for_url("**/receipts/**")
    keep(page, "receipt-page-bn")


def keep_pdf(page: Page, address: str, name: str) -> None:
    pdf = page.request.get(address).body()
    command = ["pdftoppm", "-png", "-r", "80", "-singlefile", "-", str(FOLDER / name)]
    subprocess.run(command, input=pdf, check=True)


def renew(page: Page) -> None:
    page.goto(f"{ADDRESS}/bn/trade-licence/?ce_number=CE/26/000051")
    keep(page, "licence-bn")
    page.locator("form[action*='/pay/'] button").click()
    page.locator("form[action*='/pay/'] button").click()
    page.wait_for_url("**/embeddedsdk**")
    page.locator("button[value=pay]").click()
    page.wait_for_url("**/receipts/**")
    certificate = page.locator("a[href*='/certificates/']").first.get_attribute("href")
    keep_pdf(page, f"{ADDRESS}/bn/{(certificate or '').removeprefix('/').removeprefix('bn/')}", "certificate-bn")


def sign_in_as_clerk(page: Page) -> None:
    page.goto(f"{ADDRESS}/admin/")
    page.fill("#id_username", "clerk")
    page.fill("#id_password", "demo-clerk-2026")
    page.click("[type=submit]")


def keep_every_page(browser: Browser) -> None:
    """Take the main pages whole: citizens' in three languages, the desk's in English, small and large, light and dark."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for size, shape in (("phone", PHONE), ("desk", DESK)):
        for language, scheme in (("bn", "light"), ("hi", "dark"), ("en", "light")):
            page = browser.new_context(viewport=shape, color_scheme=scheme, locale="en-IN").new_page()
            for name, address in CITIZENS.items():
                keep_whole(page, f"/{language}{address}", f"{name}-{language}-{size}")
            page.context.close()
        clerk = page_of(browser, shape)
        sign_in_as_clerk(clerk)
        for name, address in DESK_PAGES.items():
            keep_whole(clerk, address, f"{name}-{size}")
        clerk.context.close()


def keep_whole(page: Page, address: str, name: str) -> None:
    page.goto(f"{ADDRESS}{address}")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def keep_desk(page: Page) -> None:
    sign_in_as_clerk(page)
    page.goto(f"{ADDRESS}/admin/payments/receipt/")
    keep(page, "desk")


def keep_readme(browser: Browser) -> None:
    """Walk the journeys of the README and keep what it shows of them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    front = page_of(browser, DESK)
    front.goto(f"{ADDRESS}/en/")
    keep(front, "front-en")
    phone = page_of(browser, PHONE)
    link = chat_until_link(phone)
    payer = page_of(browser, PHONE)
    pay(payer, link)
    phone.locator(SAID, has_text="PT-063/").wait_for(timeout=40_000)
    keep(phone, "phone-receipt-bn")
    keep_pdf(payer, payer.url.rstrip("/") + ".pdf", "receipt-bn")
    renew(page_of(browser, PHONE))
    keep_desk(page_of(browser, DESK))


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        keep_every_page(browser) if WANTS_PAGES else keep_readme(browser)
        browser.close()


if __name__ == "__main__":
    main()
