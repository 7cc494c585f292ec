"""Talk to the portal from a terminal, or play a file of messages to it."""

from __future__ import annotations

import secrets
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from chatbot import services
from chatbot.channels.base import Inbound
from chatbot.channels.registry import speaking_as
from chatbot.engine.language import NAMES


class Command(BaseCommand):
    help = "Read lines from standard input and print the replies of the chat: the same engine, the same services."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--language", choices=list(NAMES), help="begin in this language instead of being asked")
        parser.add_argument(
            "--address", help="speak as this address and go on where it stopped; a new one when left out"
        )

    def handle(self, *, language: str | None, address: str | None, **_options: Any) -> None:
        address = address or f"console:{secrets.token_hex(8)}"
        if language:
            self._say(address, NAMES[language])
        for line in self._lines():
            self._say(address, line.rstrip("\n"))

    def _lines(self) -> Any:
        if sys.stdin.isatty():
            self.stderr.write("Write to the portal; Ctrl-D ends.")
        return sys.stdin

    def _say(self, address: str, text: str) -> None:
        message = Inbound(f"console:{secrets.token_hex(16)}", address, text)
        answer = services.receive(message, channel=speaking_as(address), now=timezone.now())
        self.stdout.write(answer.text + "\n")
