"""A small street for the chat: one property that owes under every heading, one that owes nothing, one that is closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

import pytest
from django.core.management import call_command
from django.utils import timezone

from chatbot import outgoing, services
from chatbot.channels import whatsapp_twilio
from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE
from chatbot.models import PhoneMessage
from chatbot.phone import views as phone_views
from payments.posting import apply_report
from payments.reversals.services import approve_reversal, ask_for_reversal
from payments.tests.factories import NOW, AttemptFactory, OrderFactory, report, snapshot
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license.models import Application, License
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

OWES, CLEAR, CLOSED, UNKNOWN = "110260100051", "110260100062", "110260100073", "110260199999"
PAID_FOR = "110260100095"
OWNER = "Sukumar Das"
PAID, REVERSED = "KP2611200000PAD", "KP2611200000REV"
UNUSED, OPENED, PENDING, FAILED, CLOSED_UNPAID = (
    f"KP261120{state}" for state in ("0NEW001", "0PEN001", "PEND001", "FA1ED01", "C10SED1")
)


@pytest.fixture
def street(db):
    owes = AssesseeFactory(assessee_number=OWES, owner_name=OWNER)
    DemandFactory(assessee=owes)
    DemandFactory(assessee=owes, kind="FS", rebate_date=None, property_tax_paise=50_000, howrah_bridge_tax_paise=0)
    DemandFactory(
        assessee=owes,
        financial_year=2024,
        quarter=1,
        issued_on=date(2024, 5, 1),
        presented_on=date(2024, 5, 2),
        rebate_date=date(2024, 5, 23),
    )
    AssesseeFactory(assessee_number=CLEAR, owner_name=OWNER)
    AssesseeFactory(assessee_number=CLOSED, owner_name=OWNER, status="closed")
    parlour = LicenseFactory(ce_number="CE/26/000051")
    LicenseDemandFactory(license=parlour, demand_number="TLD-51-2026", last_date=date(2026, 11, 30))
    LicenseDemandFactory(license=parlour, demand_number="TLD-51-2025", financial_year=2025)
    godown = LicenseFactory(
        ce_number="CE/26/000062", trade_name="Maa Tara Store", nature_of_trade="Godown", valid_until=date(2027, 3, 31)
    )
    LicenseDemandFactory(license=godown, demand_number="TLD-62-2026", paid_on=date(2026, 5, 4))
    LicenseFactory(ce_number="CE/26/000073", closed_on=date(2026, 9, 1))


def order_of_old(number, *, attempt="", **changes):
    """A payment of 1,924 rupees that was begun three days ago, by somebody else unless said."""
    begun = NOW - timedelta(days=3)
    told = {**snapshot(), "particulars": [["Assessee number", "11-026-01-0009-5"]]}
    values = {"kind": "property_tax", "reference": PAID_FOR, "snapshot": told, "created_at": begun}
    order = OrderFactory(
        order_number=number,
        **{**values, "expires_at": begun + timedelta(days=2), "token": f"link-of-a-test-{number[8:]}", **changes},
    )
    if attempt:
        AttemptFactory(order=order, state=attempt, created_at=begun, next_poll_at=NOW + timedelta(days=1), asked_at=NOW)
    return order


@pytest.fixture
def paid(street):
    """Two payments for one number with their receipts; the second turned out to be no money."""
    AssesseeFactory(assessee_number=PAID_FOR, owner_name=OWNER)
    for number, bank_ref in ((PAID, "431198765432"), (REVERSED, "431198765433")):
        attempt = order_of_old(number, attempt="registered").attempts.get()
        happened_at = NOW - timedelta(days=3)
        apply_report(
            account=attempt.account, report=report(attempt, bank_ref=bank_ref, happened_at=happened_at), now=NOW
        )
    asked = ask_for_reversal(
        receipt_number="PT-026/2026-27/000002", reason="bank_reversed", detail="chargeback 7", maker="asha", now=NOW
    )
    approve_reversal(asked.pk, approver="bela", now=NOW)


@pytest.fixture
def unpaid(street):
    """A payment in each state in which no money has arrived."""
    order_of_old(UNUSED)
    order_of_old(OPENED, attempt="registered", expires_at=NOW + timedelta(hours=12))
    order_of_old(PENDING, attempt="pending")
    order_of_old(FAILED, attempt="failed", expires_at=NOW + timedelta(hours=12))
    order_of_old(CLOSED_UNPAID, attempt="expired", state="closed")


@pytest.fixture
def applied(street):
    """An application for a correction, which waits for its decision."""
    Application.objects.create(
        application_number="LA261120ABC123", kind="correction", state="submitted", mobile="+919830012345",
        license=License.objects.get(ce_number="CE/26/000051"), applicant_name="Mita Sarkar", made_at=NOW - timedelta(days=3),
    )  # fmt: skip


@pytest.fixture
def say(street, now):
    """Say something as a citizen and get the answer; each message has a number of its own."""
    numbers = count()

    def send(text, address="console:1"):
        message = Inbound(f"console:{address}:{next(numbers)}", address, text)
        return services.receive(message, channel=CONSOLE, now=now)

    return send


ACCOUNT_SID, AUTH_TOKEN = f"AC{'a' * 32}", "0123456789abcdef0123456789abcdef"


@dataclass
class Phone:
    """Somebody's phone, played by the demo phone over real HTTP."""

    number: str

    def says(self, text):
        """Write something; return what stands on the screen last."""
        phone_views.say(self.number, text)
        return self.looks()

    def taps(self, message, name):
        """Tap the choice with this id under a message; return what stands on the screen last."""
        phone_views.tap(self.number, message.sid, name)
        return self.looks()

    def looks(self, wait=timedelta(0)):
        """Have sent what waits for this phone, some time later where asked, and look at it."""
        now = timezone.now() + wait
        for key in outgoing.waiting(now=now):
            outgoing.send(key, now=now)
        phone_views.receive_waiting(self.number)
        return PhoneMessage.objects.filter(number=self.number).latest("pk")

    @property
    def papers(self):
        """The papers that have come, oldest first."""
        found = PhoneMessage.objects.filter(number=self.number, media__isnull=False).order_by("pk")
        return [(message.media_name, bytes(message.media)) for message in found]


@pytest.fixture
def twilio(settings, live_server, street):
    """The portal with buttons, lists and papers, at a Twilio that the demo phone plays."""
    settings.PUBLIC_BASE_URL, settings.CHAT_REPLY_VIA = live_server.url, "api"
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT_SID, AUTH_TOKEN
    settings.TWILIO_API_BASE_URL = f"{live_server.url}/demo/phone/twilio"
    call_command("sync_templates", verbosity=0)
    yield live_server.url
    # The SDK keeps its connection, and with it the server's thread and that thread's database connection.
    whatsapp_twilio.client(ACCOUNT_SID, AUTH_TOKEN, settings.TWILIO_API_BASE_URL).http_client.session.close()


@pytest.fixture
def rina(twilio):
    return Phone("+919830012345")
