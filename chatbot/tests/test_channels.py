"""What holds for every channel."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from chatbot.channels.base import RawRequest
from chatbot.channels.console import ConsoleChannel
from chatbot.channels.registry import channel_of, speaking_as
from chatbot.engine.steps import Reply

CHOICE = Reply("Which?", (("a", "Apple"), ("b", "Banana")))


@pytest.mark.parametrize("code", ["whatsapp", "web", "console"])
def test_channel_is_found_by_its_code(code):
    assert channel_of(code).code == code


@pytest.mark.parametrize(
    ("code", "drawn"),
    [("whatsapp", "Which?\n1. Apple\n2. Banana"), ("console", "Which?\n1. Apple\n2. Banana"), ("web", "Which?")],
)
def test_channel_decides_how_options_are_drawn(code, drawn):
    assert channel_of(code).draw(CHOICE) == drawn


@pytest.mark.parametrize("code", ["web", "console"])
def test_channel_without_a_provider_gives_every_message_a_number(code):
    channel = channel_of(code)

    ids = {channel.send(recipient="x", reply=CHOICE, reference=reference) for reference in ("1", "2")}

    assert len(ids) == 2
    assert channel.send_template(recipient="x", template="t", variables={"1": "a"}, reference="1") in ids
    assert channel.read(RawRequest("/", QueryDict(""), {})) == []


def test_console_keeps_what_is_sent():
    console = ConsoleChannel()
    console.send(recipient="x", reply=CHOICE, reference="1")

    assert console.sent == ["Which?\n1. Apple\n2. Banana"]


@pytest.mark.parametrize(
    ("address", "code"),
    [("whatsapp:+919830012345", "whatsapp"), ("web:abc", "web"), ("console:1", "console"), ("me", "console")],
)
def test_address_says_its_channel(address, code):
    assert speaking_as(address).code == code
