"""Property tax due at the premises of a trade: a word of warning beside the renewal, never a bar to it."""

from __future__ import annotations

import pytest
import time_machine

from payments.models import PaymentOrder
from property_tax.tests.factories import AssesseeFactory, DemandFactory
from trade_license.tests.factories import LicenseDemandFactory, LicenseFactory

pytestmark = pytest.mark.django_db
PAGE = "/en/trade-licence/"


@pytest.fixture(autouse=True)
def license(db, now):
    DemandFactory(assessee=AssesseeFactory(assessee_number="110260100051"))
    LicenseDemandFactory(license=LicenseFactory(ce_number="CE/1", assessee_number="110260100051"))
    with time_machine.travel(now, tick=False):
        yield


def test_property_tax_at_the_premises_is_a_warning(client):
    assert "Property tax of ₹1,924.00 is due at these premises." in client.get(PAGE, {"ce_number": "CE/1"}).text

    client.post(f"{PAGE}pay/", {"ce_number": "CE/1", "years": "1"})
    assert PaymentOrder.objects.get().kind == "trade_license"


def test_warning_can_be_switched_off(client, settings):
    settings.LICENSE_WARNS_OF = ""

    assert "Property tax of" not in client.get(PAGE, {"ce_number": "CE/1"}).text
