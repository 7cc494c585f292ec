"""Take the pictures of the clerk's handbook from a fresh demo, doing each act on the way: take_handbook_pictures.py [ADDRESS].

Money moves: start the demo with an empty `var/` for it. Needs Chromium.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
FOLDER = Path(__file__).resolve().parent.parent / "docs" / "handbook" / "pictures"
DESK = {"width": 1280, "height": 860}
RECEIPT = re.compile(r"[A-Z]+-\d+/\d{4}-\d{2}/\d{6}")
WAIT = 40_000


def keep(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(300)
    page.screenshot(path=FOLDER / f"{name}.png")


def desk_of(browser: Browser, clerk: str, language: str = "en") -> Page:
    page = browser.new_context(viewport=DESK, locale="en-IN").new_page()
    page.goto(f"{ADDRESS}/{language}/admin/")
    page.fill("#id_username", clerk)
    page.fill("#id_password", "demo-admin-2026" if clerk == "admin" else "demo-clerk-2026")
    page.press("#id_password", "Enter")
    page.wait_for_selector("nav.work")
    return page


def go(page: Page, path: str) -> None:
    page.goto(f"{ADDRESS}/en/admin/{path}")


def do(page: Page, **typed: str) -> None:
    """Fill in the form of an act and send it."""
    for field, text in typed.items():
        box = page.locator(f"#id_{field}")
        if box.evaluate("box => box.tagName") == "SELECT":
            box.select_option(text)
        else:
            box.fill(text)
    page.locator("[name=do]").click()


def to_the_bank(browser: Browser, number: str, heading: int) -> Page:
    """Go as a payer up to the page of the bank, for everything (0) or for one heading."""
    page = browser.new_context(locale="en-IN").new_page()
    page.goto(f"{ADDRESS}/en/property-tax/?assessee_number={number}")
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    page.locator("form[action*='/pay/'] button").nth(heading).click()
    page.locator("form[action*='/pay/'] button").click()
    page.wait_for_url("**/embeddedsdk**", timeout=WAIT)
    return page


def paid(page: Page) -> str:
    page.locator("button[value=pay]").click()
    page.wait_for_url("**/receipts/**", timeout=WAIT)
    found = RECEIPT.search(page.inner_text("main"))
    assert found, page.url
    return found[0]


def at_the_counter(cashier: Page) -> str:
    """Open a shift, take cash, and return the receipt of what was paid by a cheque; the shift is closed with its count."""
    keep(cashier, "first-page")
    go(cashier, "payments/shift/desk/")
    keep(cashier, "counter-open")
    do(cashier, note_500="1")
    take(cashier, "110260100051", "counter-found", {"value": "cash"}, {"given_paise": "4000"})
    keep(cashier, "counter-taken")
    cheque = {
        "number": "123456",
        "bank": "SBI, Burrabazar",
        "dated": cashier.evaluate("new Date().toISOString().slice(0, 10)"),
    }
    number = take(cashier, "110630200127", "", {"value": "cheque"}, cheque, then="counter-cheque")
    cashier.locator("a[href*='/close/']").click()
    return number


def take(page: Page, number: str, found: str, instrument: dict[str, str], typed: dict[str, str], then: str = "") -> str:
    page.fill("#id_number", number)
    page.press("#id_number", "Enter")
    if found:
        keep(page, found)
    page.locator("table.offers button").last.click()
    page.check(f"[name=instrument][value={instrument['value']}]")
    for field, text in typed.items():
        page.fill(f"#id_{field}", text)
    if then:
        keep(page, then)
    page.click("[name=take]")
    return page.locator(".taken strong").first.inner_text()


def count(cashier: Page) -> None:
    taken = cashier.locator("[name=do]")
    cashier.fill("#id_note_500", "1")
    cashier.fill("#id_remark", "counted as an example")
    keep(cashier, "counter-close")
    taken.click()


def reverse(cashier: Page, approver: Page, receipt: str) -> None:
    go(cashier, f"payments/reversalrequest/ask/?receipt_number={receipt}")
    cashier.locator("#id_reason").select_option("dishonoured")
    cashier.locator("#id_detail").fill("Memo 17 of the bank, of today")
    keep(cashier, "reversal-ask")
    cashier.locator("[name=do]").click()
    decide(approver, "payments/reversalrequest/", "reversal-decide")


def decide(approver: Page, table: str, picture: str) -> None:
    go(approver, table)
    approver.locator("#result_list a[href*='/decide/']").first.click()
    keep(approver, picture)
    approver.locator("[name=do]").click()


def kept_money(accounts: Page, approver: Page) -> None:
    go(accounts, "payments/keptmoney/")
    keep(accounts, "kept-list")
    accounts.locator("#result_list a[href*='/propose/']").first.click()
    accounts.locator("#id_target").select_option("other")
    accounts.locator("#id_amount_paise").fill("100")
    accounts.locator("#id_placed_for").fill("110260100051")
    accounts.locator("#id_detail").fill("The payer's letter of today")
    keep(accounts, "placement-propose")
    accounts.locator("[name=do]").click()
    decide(approver, "payments/placement/", "placement-decide")


def refund(accounts: Page, approver: Page, receipt: str) -> None:
    go(accounts, "payments/refund/ask/")
    do(accounts, receipt_number=receipt)
    accounts.locator("#id_amount_paise").fill("100")
    accounts.locator("#id_reason").fill("Paid twice; letter 12 of today")
    keep(accounts, "refund-ask")
    accounts.locator("[name=do]").click()
    decide(approver, "payments/refund/", "refund-decide")


def dispute(accounts: Page, approver: Page, receipt: str) -> None:
    go(accounts, "payments/dispute/open/")
    later = accounts.evaluate("new Date(Date.now() + 6048e5).toISOString().slice(0, 10)")
    for field, text in {"receipt_number": receipt, "amount_paise": "50", "case_number": "CB-1"}.items():
        accounts.locator(f"#id_{field}").fill(text)
    accounts.locator("#id_detail").fill("Payer says: not mine")
    accounts.locator("#id_reply_by").fill(later)
    keep(accounts, "dispute-open")
    accounts.locator("[name=do]").click()
    go(approver, "payments/dispute/")
    approver.locator("#result_list a[href*='/decide/']").first.click()
    keep(approver, "dispute-decide")


def look_around(browser: Browser) -> None:
    helpdesk = desk_of(browser, "helpdesk", "bn")
    find(helpdesk, "১১০৬৩০২০০১২৭")
    keep(helpdesk, "found-bn")
    go(helpdesk, "")
    find(helpdesk, "110630200127")
    helpdesk.locator("#content a").first.click()
    keep(helpdesk, "assessee")
    helpdesk.locator("ol.timeline").scroll_into_view_if_needed()
    keep(helpdesk, "assessee-history")
    accounts = desk_of(browser, "accounts")
    go(accounts, "day/")
    keep(accounts, "day")
    go(accounts, "payments/payment/")
    keep(accounts, "list")
    auditor = desk_of(browser, "auditor")
    go(auditor, "auditlog/logentry/")
    keep(auditor, "trail")
    keeper = desk_of(browser, "keeper")
    go(keeper, "property_tax/rulebookversion/load/")
    keep(keeper, "rule-load")


def find(page: Page, number: str) -> None:
    page.fill("#find-number", number)
    page.press("#find-number", "Enter")
    page.wait_for_url("**/find/**")


def register(assessor: Page) -> None:
    go(assessor, "kmc_portal/registerfile/act/")
    rows = [
        "assessee_number,owner_name,premises_number,street_name,pin,mobile,email,status,bills_by_email,annual_value_rupees,"
        "commercial_annual_value_rupees,tax_rate_percent,howrah_bridge_tax_percent",
        "110630200127,Rina Ghosh,27,Lake Road,700029,,,active,no,38000,0,40,0.5",
        "11063020012,Rina Ghosh,28,Lake Road,700029,,,active,no,41000,0,40,0.5",
        "110630200133,Abdul Karim,29,Lake Road,700029,12345,,active,no,41000,0,40,0.5",
    ]
    assessor.select_option("#id_register", "assessees")
    assessor.set_input_files(
        "#id_file", {"name": "ward 63.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    )
    assessor.locator("[name=do]").click()
    assessor.wait_for_selector("table.faults", timeout=30_000)
    keep(assessor, "register-tried")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        page = browser.new_context(viewport=DESK, locale="en-IN").new_page()
        page.goto(f"{ADDRESS}/bn/admin/")
        keep(page, "sign-in-bn")
        cashier, accounts, approver = (desk_of(browser, clerk) for clerk in ("cashier", "accounts", "approver"))
        cheque = at_the_counter(cashier)
        count(cashier)
        decide_count(approver)
        deposit(accounts)
        reverse(cashier, approver, cheque)
        one, all_of_it = (to_the_bank(browser, "110630200127", heading) for heading in (1, 0))
        once, twice = paid(all_of_it), paid(one)
        kept_money(accounts, approver)
        refund(accounts, approver, twice)
        dispute(accounts, approver, once)
        register(desk_of(browser, "assessor"))
        look_around(browser)
        browser.close()


def decide_count(approver: Page) -> None:
    go(approver, "payments/shift/")
    approver.locator("#result_list a[href*='/check/']").first.click()
    keep(approver, "counter-check")
    approver.locator("[name=do]").click()


def deposit(accounts: Page) -> None:
    go(accounts, "payments/counter/deposit/")
    accounts.fill("#id_slip_number", "CS-11")
    keep(accounts, "counter-deposit")
    accounts.locator("[name=do]").click()


if __name__ == "__main__":
    main()
