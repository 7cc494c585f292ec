"""A citizen whose telephone number WhatsApp hides: `whatsapp:IN.…` is an address like any other, and proves no number."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chatbot import handover, memory, outgoing, reminders, sweep
from chatbot.channels import whatsapp_twilio
from chatbot.models import Conversation, Handover, InboundMessage, OutboundMessage, PhoneMessage, SavedNumber
from chatbot.queries import speaks_for
from chatbot.tests.conftest import OWES, Phone
from payments.models import PaymentOrder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hidden(twilio):
    return Phone("IN.4566000000000001")


def test_dues_are_shown_and_paid(hidden):
    welcome = hidden.says("Hi")
    hidden.taps(welcome, "বাংলা")
    assert "S*** D***" in hidden.says(OWES).body
    offer = hidden.says("1")

    assert offer.links[0][1].endswith(f"/pay/{PaymentOrder.objects.get().token}/")
    assert Conversation.objects.get().address == "whatsapp:IN.4566000000000001"
    assert set(OutboundMessage.objects.values_list("status", flat=True)) == {"read"}


def test_number_is_kept_and_reminded_of(hidden, now):
    for text in ("English", OWES, "Remember this number", "My house", "1"):
        hidden.says(text)
    assert SavedNumber.objects.get().is_reminded is True
    reminders.write_reminders(now=now)
    for key in OutboundMessage.objects.filter(dedup_key__startswith="reminder:").values_list("dedup_key", flat=True):
        outgoing.send(key, now=now + timedelta(minutes=1))

    assert PhoneMessage.objects.latest("pk").body.startswith("A reminder of *My house*")


def test_clerk_answers(hidden):
    for text in ("English", "clerk", "My bill is wrong"):
        hidden.says(text)
    handover.answer(Handover.objects.get().pk, text="Which bill?", clerk="bela", closes=False, now=timezone.now())

    assert "Which bill?" in hidden.looks().body


@pytest.mark.parametrize("mobile", ["4566000000000001", "+919830012345", "6000000001", ""])
def test_opaque_name_proves_no_mobile_on_record(mobile, hidden):
    hidden.says("English")

    assert speaks_for(str(Conversation.objects.get().pk), mobile) is False


def test_message_whose_webhook_was_lost_is_taken_in(hidden):
    hidden.says("English")
    a_second_later = timezone.now() + timedelta(seconds=1)  # Twilio's list tells whole seconds
    PhoneMessage.objects.create(
        number=hidden.number, sid=f"SM{'9' * 32}", is_mine=True, body=OWES, status="sent", created_at=a_second_later
    )

    assert sweep.take_in_missed(whatsapp_twilio.from_settings(), now=timezone.now() + timedelta(minutes=2)) == 1
    assert "Total due" in hidden.looks(wait=timedelta(minutes=3)).body


def test_everything_is_forgotten(hidden):
    for text in ("English", "my data", "Forget everything", "1"):
        hidden.says(text)
    memory.erase_asked()

    assert Conversation.objects.count() == InboundMessage.objects.count() == 0


def test_no_event_names_the_address(hidden, caplog):
    for text in ("English", OWES, "1"):
        hidden.says(text)

    assert hidden.number not in caplog.text
