"""Take the pictures of the README from a running demo: take_pictures.py [ADDRESS]. Needs Chromium and pdftoppm."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
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


def keep_desk(page: Page) -> None:
    page.goto(f"{ADDRESS}/admin/")
    page.fill("#id_username", "clerk")
    page.fill("#id_password", "demo-clerk-2026")
    page.click("[type=submit]")
    page.goto(f"{ADDRESS}/admin/payments/receipt/")
    keep(page, "desk")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
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
        browser.close()


if __name__ == "__main__":
    main()
