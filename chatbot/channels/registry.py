"""The channels by the code that a conversation remembers."""

from __future__ import annotations

from chatbot.channels import whatsapp_twilio
from chatbot.channels.base import ChatChannel
from chatbot.channels.console import ConsoleChannel
from chatbot.channels.web import WebChannel

CONSOLE = ConsoleChannel()
WEB = WebChannel()


def channel_of(code: str) -> ChatChannel:
    """Return the channel with this code. :raises KeyError: there is none"""
    if code == whatsapp_twilio.TwilioWhatsApp.code:
        return whatsapp_twilio.from_settings()
    channels: dict[str, ChatChannel] = {CONSOLE.code: CONSOLE, WEB.code: WEB}
    return channels[code]


def speaking_as(address: str) -> ChatChannel:
    """Return the channel that an address belongs to by the word in front of its colon; the console for all others.

    News for `whatsapp:+919830012345` then goes to that phone, also when somebody speaks for it in a terminal.
    """
    try:
        return channel_of(address.partition(":")[0])
    except KeyError:
        return CONSOLE
