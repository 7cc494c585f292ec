"""The same journeys by hand, in a real browser: the web form on a telephone's screen, and the demo phone."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from kmc_portal.tests.journeys.conftest import ROOT, open_folder, start_portal

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(300)]
SAID = ".bubble.theirs:not(.typing)"
TELEPHONE = {"width": 360, "height": 740}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A telephone's browser, in which no page may ask for what is not there."""
    context = browser.new_context(viewport=TELEPHONE, locale="en-IN")
    found = context.new_page()
    faults: list[str] = []
    found.on("pageerror", lambda error: faults.append(str(error)))
    found.on("console", lambda message: faults.append(message.text) if "Content Security" in message.text else None)
    found.on("response", lambda answer: faults.append(answer.url) if answer.status >= 400 else None)
    yield found
    context.close()
    assert faults == []


@pytest.fixture
def empty_folder() -> Iterator[Path]:
    with open_folder() as found:
        yield found


def pay_at_the_bank(page: Page) -> None:
    page.wait_for_url("**/embeddedsdk**")
    page.locator("button[value=pay]").click()


@pytest.mark.parametrize(
    ("language", "number", "paid"),
    [("bn", "210880300219", False), ("hi", "110630200127", True), ("en", "310010100033", False)],
)
def test_bills_are_looked_up_and_paid_on_the_web(portal, page, language, number, paid):
    page.goto(f"{portal.url}/{language}/")
    page.get_by_role("textbox").fill(number)
    page.locator("main form button").first.click()

    if not paid:  # nothing due, and closed: each is said, and nothing can be paid
        expect(page.locator("form[action*='/pay/']")).to_have_count(0)
        expect(page.locator("main")).to_contain_text(re.compile("[0-9০-৯]"))
        return
    page.locator("form[action*='/pay/'] button").first.click()
    page.locator("form[action*='/pay/'] button").click()
    pay_at_the_bank(page)
    page.wait_for_url("**/receipts/**")
    assert re.search(r"PT-063/\d{4}-\d{2}/\d{6}", page.inner_text("main"))
    assert page.locator("html").get_attribute("lang") == language


def test_demo_serves_phone_and_shell_and_keeps_all_of_it(page, empty_folder: Path):
    portal = start_portal(empty_folder / "var", empty_folder / "log")
    try:
        page.goto(f"{portal.url}/demo/phone/")
        for words in ("নমস্কার", "১", "১১০৬৩০২০০১২৭", "১"):
            said = page.locator(SAID).count()
            page.fill("#text", words)
            page.click(".send")
            expect(page.locator(SAID)).to_have_count(said + 1)
        with page.context.expect_page() as opened:
            page.locator(f"{SAID} a[href*='/pay/']").click()
        pay_on(opened.value)
        expect(page.locator(SAID, has_text="PT-063/")).to_be_visible(timeout=40_000)
        assert "/receipts/" in journey_of_the_readme(portal)
        assert json.loads(portal.manage("verify_books", "--json").stdout)["holds"] is True
    finally:
        page.goto("about:blank")
        left = stop_and_look(portal)
    assert left == []

    again = start_portal(empty_folder / "var", empty_folder / "log-2")
    try:
        for number, printed in (("110260100051", "11-026-01-0005-1"), ("110630200127", "11-063-02-0012-7")):
            page.goto(f"{again.url}/property-tax/?assessee_number={number}")
            expect(page.locator("main")).to_contain_text(printed)
            expect(page.locator("form[action*='/pay/']")).to_have_count(0)
    finally:
        page.goto("about:blank")
        stop_and_look(again)


def journey_of_the_readme(portal) -> str:
    """Run the script that the README shows, as it stands there, beside a demo; return what it printed."""
    script = re.search(
        r"^## The journey from a shell\n.*?^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S
    )[1]
    folder = portal.var.parent / "newcomer"
    folder.mkdir()
    (folder / "var").symlink_to(portal.var)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    ended = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert (folder / "receipt.pdf").read_bytes().startswith(b"%PDF-")
    return ended.stdout


def pay_on(page: Page) -> None:
    page.locator("form[action*='/pay/'] button").click()
    pay_at_the_bank(page)
    page.wait_for_url("**/receipts/**")


def stop_and_look(portal) -> list[str]:
    """Press Ctrl-C and return what still runs of the portal a moment later."""
    portal.process.send_signal(signal.SIGINT)
    assert portal.process.wait(timeout=30) == 0
    time.sleep(0.5)
    found = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return [
        line
        for line in found.splitlines()
        if str(portal.var) in line or f"VAR_DIR={portal.var}" in environment_of(line)
    ]


def environment_of(line: str) -> str:
    try:
        return Path(f"/proc/{int(line.split()[0])}/environ").read_text() if os.path.isdir("/proc") else ""
    except (OSError, ValueError):
        return ""


@pytest.mark.parametrize("language", ["bn", "hi", "en"])
def test_demo_phone_has_no_accessibility_fault_and_fits_the_screen(portal, browser, language):
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{portal.url}/{language}/demo/phone/")

    violations = Axe().run(page).response["violations"]
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    context.close()
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in violations] == []
    assert overflow == 0
