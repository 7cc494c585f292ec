"""What the chat shows to the owner of a property alone: every receipt, and the name in full (ADR 0048)."""

from __future__ import annotations

import pytest

from chatbot.tests.conftest import OWNER, PAID_FOR
from kmc_portal.common.masking import masked_name
from property_tax.models import Assessee

ON_RECORD, LENT = "whatsapp:+919830012345", "whatsapp:+919830099999"
FIRST, LAST = "PT-026/2026-27/000001", "PT-026/2026-27/000002"


@pytest.fixture
def ask(say, paid):
    """Ask for the receipts of a property from an address and get what is said last."""
    Assessee.objects.filter(assessee_number=PAID_FOR).update(mobile="9830012345")

    def converse(*texts, address="console:1"):
        said = [say(text, address) for text in ("English", PAID_FOR, "Papers", "Receipts", *texts)]
        return said[-1].text

    return converse


def test_mobile_on_record_is_shown_owner_and_receipts_at_once(ask):
    shown = ask(address=ON_RECORD)

    assert OWNER in shown
    assert FIRST in shown
    assert LAST in shown


@pytest.mark.parametrize("address", [LENT, "console:1"])
def test_another_address_is_asked_for_the_last_receipt_first(ask, address):
    asked = ask(address=address)

    assert "number of the last receipt" in asked
    assert OWNER not in asked


def test_number_of_the_last_receipt_proves_the_right(ask):
    shown = ask(LAST)

    assert OWNER in shown
    assert FIRST in shown


@pytest.mark.parametrize("guessed", [FIRST, "PT-026/2026-27/000003", "PT-027/2026-27/000002", "PT-026/2025-26/000002"])
def test_another_number_proves_nothing(ask, guessed):
    refused = ask(guessed)

    assert "not the number of the last receipt" in refused
    assert OWNER not in refused
    assert "/receipts/" not in refused


def test_guesses_are_counted_until_even_the_right_one_has_to_wait(ask, settings):
    settings.CHAT_LOOK_UPS_FREE = 5

    refused = ask("PT-026/2026-27/000011", "PT-026/2026-27/000012", LAST)

    assert "the next one has to wait" in refused
    assert OWNER not in refused


def test_owner_is_masked_before_and_after(ask, say):
    ask(LAST)

    assert masked_name(OWNER) in say(PAID_FOR).text
    assert OWNER not in say(PAID_FOR).text


def test_number_that_changed_hands_in_the_middle_proves_nothing(ask, say):
    ask("I lost it", address=ON_RECORD.replace("12345", "12346"))
    Assessee.objects.filter(assessee_number=PAID_FOR).update(mobile="9830012346")

    assert OWNER not in say("not a number", ON_RECORD).text


def test_property_nobody_paid_for_has_none(say, paid):
    told = [say(text) for text in ("English", "110260100062", "Papers", "Receipts")][-1].text

    assert told.startswith("No receipt is kept here for this property")


def test_older_receipts_are_told_of(ask, monkeypatch):
    monkeypatch.setattr("chatbot.dialogs.property_tax_receipts.MOST", 1)

    shown = ask(address=ON_RECORD)

    assert FIRST not in shown
    assert "The older ones stand in the statement of account." in shown
