"""Hi → paid → receipt in each language: with digits in the webhook's own answer, and with buttons, a link and a paper."""

from __future__ import annotations

import re
import subprocess

import httpx
import pytest
from twilio.request_validator import RequestValidator

from kmc_portal.tests.journeys.citizen import ACCOUNT_SID, AUTH_TOKEN, Citizen, link_in, pay
from kmc_portal.tests.journeys.conftest import Twilio, open_folder, start_portal, stop_portal

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
RECEIPT = re.compile(r"PT-026/\d{4}-\d{2}/\d{6}")
# Language: how it is chosen by digit and by button, a word of the dues, what the receipt begins with.
WORDS = {
    "bn": ("১", "বাংলা", "মোট বাকি", "পাওয়া গেছে"),
    "hi": ("२", "हिन्दी", "कुल देय", "प्राप्त"),
    "en": ("3", "English", "Total due", "received"),
}
ASSESSEES = (
    "assessee_number,owner_name,premises_number,street_name,pin,mobile,email,status,bills_by_email,annual_value_rupees,"
    "commercial_annual_value_rupees,tax_rate_percent,howrah_bridge_tax_percent\n"
)
DEMANDS = (
    "demand_number,assessee_number,kind,financial_year,quarter,issued_on,presented_on,rebate_date,property_tax_rupees,"
    "howrah_bridge_tax_rupees,commercial_surcharge_rupees,penalised_on,paid_on\n"
)
NUMBERS = {"bn": "110260100911", "hi": "110260100922", "en": "110260100933"}


def build_houses(portal, folder):
    """A house that owes for one quarter, for each language."""
    people, bills = folder / "people.csv", folder / "bills.csv"
    people.write_text(
        ASSESSEES
        + "".join(
            f"{number},Rina Das,1,Bidhan Sarani,700006,,,active,no,12000,0,20,0.25\n" for number in NUMBERS.values()
        )
    )
    bills.write_text(
        DEMANDS
        + "".join(f"J-{number},{number},PD,2026-27,1,2026-04-01,2026-04-10,,600,0,0,,\n" for number in NUMBERS.values())
    )
    for command, file in (("import_assessees", people), ("import_demands", bills)):
        done = portal.manage(command, str(file), "--json")
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def plain(portal, folder):
    build_houses(portal, folder)
    return portal


@pytest.fixture(scope="module")
def by_api():
    """A portal of its own whose replies go through the API, and the Twilio that it speaks to."""
    twilio = Twilio()
    with open_folder() as folder:
        settings = {
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_API_BASE_URL": twilio.url,
        }
        portal = start_portal(folder / "var", folder / "log", CHAT_REPLY_VIA="api", **settings)
        portal.environment.update(settings)
        try:
            synced = portal.manage("sync_templates")
            assert synced.returncode == 0, synced.stdout + synced.stderr
            build_houses(portal, folder)
            yield portal, twilio
        finally:
            stop_portal(portal)
    twilio.server.shutdown()
    twilio.server.server_close()
    assert twilio.broken == []


@pytest.mark.parametrize("language", WORDS)
def test_dues_are_paid_with_plain_replies(language, plain, twilio, web):
    digit, _name, due, arrived = WORDS[language]
    rina = Citizen(plain.url, f"whatsapp:+9198300111{list(WORDS).index(language):02}")
    rina.says("Hi")
    rina.says(digit)
    rina.says("1")
    assert due in rina.says(NUMBERS[language])

    page = pay(web, link_in(rina.says("1")))

    (receipt,) = twilio.messages_to(rina.address)
    assert arrived in receipt
    assert RECEIPT.search(receipt)[0] in page.text


@pytest.mark.parametrize("language", WORDS)
def test_dues_are_paid_with_buttons_and_the_receipt_comes_as_a_paper(language, by_api):
    portal, twilio = by_api
    _digit, name, due, arrived = WORDS[language]
    rina = Citizen(portal.url, f"whatsapp:IN.90000000000{list(WORDS).index(language)}")
    seen = Talk(rina, twilio)
    seen.says("Hi")
    seen.taps(title=name)
    seen.taps(name="property_tax")
    assert due in seen.says(NUMBERS[language]).shown.body
    offer = seen.says("1")
    (_label, link), *others = offer.shown.links
    assert others == []
    assert link in offer.shown.body

    with httpx.Client(base_url=portal.url, follow_redirects=True, timeout=20) as web:
        page = pay(web, link)
    receipt = seen.waits().shown.body
    paper = seen.waits()

    number = RECEIPT.search(receipt)[0]
    assert arrived in receipt
    assert number in page.text
    assert number in printed(paper.media)
    told(paper, "delivered")
    assert httpx.get(paper.media, timeout=20).status_code == 404


class Talk:
    """A citizen's side of the talk: every message of theirs is answered by one of the portal's."""

    def __init__(self, citizen, twilio):
        self.citizen, self.twilio, self.seen = citizen, twilio, []

    def says(self, text):
        assert "<Message>" not in self.citizen.write(text).text
        return self.waits()

    def taps(self, *, title="", name=""):
        last = self.seen[-1]
        (choice,) = [each for each in last.shown.choices if title == each[1] or name == each[0]]
        self.citizen.taps(last.sid, choice[0], choice[1])
        return self.waits()

    def waits(self):
        self.seen = self.twilio.bubbles_to(self.citizen.address, count=len(self.seen) + 1)
        return self.seen[-1]


def printed(address):
    """Fetch a paper as Twilio does and return its text."""
    asked, brought = httpx.head(address, timeout=20), httpx.get(address, timeout=20)
    assert asked.headers["Content-Type"] == brought.headers["Content-Type"] == "application/pdf"
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=brought.content, capture_output=True, check=True)
    return text.stdout.decode()


def told(bubble, status):
    """Report on a message as Twilio does."""
    address = bubble.form["StatusCallback"]
    fields = {"AccountSid": ACCOUNT_SID, "MessageSid": bubble.sid, "MessageStatus": status, "To": bubble.to}
    signature = RequestValidator(AUTH_TOKEN).compute_signature(address, fields)
    answer = httpx.post(address, data=fields, headers={"X-Twilio-Signature": signature}, timeout=20)
    assert answer.status_code == 204
