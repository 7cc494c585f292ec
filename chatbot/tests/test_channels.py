"""What holds for every channel, proven on each."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from chatbot.channels import whatsapp_twilio
from chatbot.channels.base import RawRequest, SignatureRejected
from chatbot.channels.console import ConsoleChannel
from chatbot.channels.registry import speaking_as
from chatbot.tests.channel_contract import CHOICE, ChannelContract
from chatbot.tests.conftest import ACCOUNT_SID, AUTH_TOKEN

NOTHING = RawRequest("/", QueryDict(""), {})


@pytest.mark.django_db
class TestConsole(ChannelContract):
    code, address = "console", "console:1"

    def test_nothing_comes_in_by_request(self, channel):
        assert channel.read(NOTHING) == []

    def test_console_keeps_what_is_sent(self):
        console = ConsoleChannel()
        console.send(recipient=self.address, reply=CHOICE, reference="1")

        assert console.sent == ["Which *colour*?\n1. Apple\n2. Banana"]


@pytest.mark.django_db
class TestWeb(ChannelContract):
    code, address = "web", "web:abc"

    def test_nothing_comes_in_by_request(self, channel):
        assert channel.read(NOTHING) == []

    def test_page_draws_the_options_itself(self, channel):
        assert channel.draw(CHOICE) == CHOICE.text


@pytest.mark.django_db(transaction=True)
class TestWhatsApp(ChannelContract):
    code, address, template = "whatsapp", "whatsapp:+919830012345", f"HX{'1' * 32}"

    @pytest.fixture(autouse=True)
    def portal(self, settings, live_server):
        settings.PUBLIC_BASE_URL, settings.CHAT_REPLY_VIA = live_server.url, "api"
        settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN = ACCOUNT_SID, AUTH_TOKEN
        settings.TWILIO_API_BASE_URL = f"{live_server.url}/demo/phone/twilio"
        yield
        known = whatsapp_twilio.client(ACCOUNT_SID, AUTH_TOKEN, settings.TWILIO_API_BASE_URL)
        known.http_client.session.close()

    def test_nothing_unsigned_comes_in(self, channel):
        with pytest.raises(SignatureRejected, match="unsigned"):
            channel.read(NOTHING)

    def test_options_are_numbered_lines(self, channel):
        assert channel.draw(CHOICE) == "Which *colour*?\n1. Apple\n2. Banana"


@pytest.mark.django_db(transaction=True)
class TestWhatsAppOfAHiddenNumber(TestWhatsApp):
    address = "whatsapp:IN.4566000000000001"


@pytest.mark.parametrize(
    ("address", "code"),
    [("whatsapp:+919830012345", "whatsapp"), ("web:abc", "web"), ("console:1", "console"), ("me", "console")],
)
def test_address_says_its_channel(address, code):
    assert speaking_as(address).code == code
