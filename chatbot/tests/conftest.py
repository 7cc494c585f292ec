"""A small street for the chat: one property that owes under every heading, one that owes nothing, one that is closed."""

from __future__ import annotations

from datetime import date
from itertools import count

import pytest

from chatbot import services
from chatbot.channels.base import Inbound
from chatbot.channels.registry import CONSOLE
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

OWES, CLEAR, CLOSED, UNKNOWN = "110260100051", "110260100062", "110260100073", "110260199999"
OWNER = "Sukumar Das"


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


@pytest.fixture
def say(street, now):
    """Say something as a citizen and get the answer; each message has a number of its own."""
    numbers = count()

    def send(text, address="console:1"):
        message = Inbound(f"console:{address}:{next(numbers)}", address, text)
        return services.receive(message, channel=CONSOLE, now=now)

    return send
