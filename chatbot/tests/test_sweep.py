"""Messages whose webhook was lost: found at Twilio, answered late, once, and never out of turn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chatbot import outgoing, sweep
from chatbot.channels import whatsapp_twilio
from chatbot.channels.base import Inbound
from chatbot.models import InboundMessage, OutboundMessage, PhoneMessage
from chatbot.phone.wire import new_sid
from chatbot.services import receive

TOKEN, ACCOUNT, MOBILE = "0123456789abcdef0123456789abcdef", "AC" + "a" * 32, "+919830012345"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel(settings, live_server, street):
    settings.PUBLIC_BASE_URL = live_server.url
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT, TOKEN
    settings.TWILIO_API_BASE_URL = f"{live_server.url}/demo/phone/twilio"
    yield whatsapp_twilio.from_settings()
    # The SDK keeps its connection, and with it the server's thread and that thread's database connection.
    whatsapp_twilio.client(ACCOUNT, TOKEN, f"{live_server.url}/demo/phone/twilio").http_client.session.close()


def written(text, *, ago, number=MOBILE):
    """Leave a message at Twilio whose webhook never arrives."""
    return PhoneMessage.objects.create(
        number=number,
        sid=new_sid(),
        is_mine=True,
        body=text,
        status="sent",
        created_at=timezone.now() - timedelta(minutes=ago),
    )


def test_lost_message_is_answered_once(channel):
    lost = written("English", ago=5)

    assert sweep.take_in_missed(channel, now=timezone.now()) == 1
    assert sweep.take_in_missed(channel, now=timezone.now()) == 0
    assert InboundMessage.objects.get().provider_id == lost.sid
    reply = OutboundMessage.objects.get()
    outgoing.send(reply.dedup_key, now=timezone.now())
    assert PhoneMessage.objects.get(is_mine=False).body.startswith("*Kolkata Municipal Corporation*")


@pytest.mark.parametrize("ago", [0, 31])
def test_what_is_young_or_old_is_left_alone(ago, channel):
    written("English", ago=ago)

    assert sweep.take_in_missed(channel, now=timezone.now()) == 0


def test_who_has_written_again_is_left_alone(channel):
    written("1", ago=5)
    receive(
        Inbound("SM-later", f"whatsapp:{MOBILE}", "English"), channel=channel, now=timezone.now() - timedelta(minutes=2)
    )

    assert sweep.take_in_missed(channel, now=timezone.now()) == 0


def test_of_several_the_last_is_answered_and_each_citizen_by_itself(channel):
    for text, ago, number in (("1", 7, MOBILE), ("English", 5, MOBILE), ("বাংলা", 4, "+919830054321")):
        written(text, ago=ago, number=number)

    assert sweep.take_in_missed(channel, now=timezone.now()) == 2
    assert sorted(InboundMessage.objects.values_list("body", flat=True)) == ["English", "বাংলা"]


def test_what_was_heard_is_not_taken_again(channel):
    heard = written("English", ago=5)
    receive(
        Inbound(heard.sid, f"whatsapp:{MOBILE}", "English"), channel=channel, now=timezone.now() - timedelta(minutes=5)
    )

    assert sweep.take_in_missed(channel, now=timezone.now()) == 0
