"""Bring the declared contents to the provider, and have approved what needs it."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from chatbot import contents
from chatbot.channels import whatsapp_twilio
from chatbot.channels.base import ChannelError


class Command(BaseCommand):
    help = "Create the menus and templates of the chat at Twilio, submit those that need an approval, and note how far that is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document a line")

    def handle(self, *, json: bool, **_options: Any) -> None:
        try:
            for name, outcome in contents.sync(whatsapp_twilio.from_settings(), now=timezone.now()):
                self.stdout.write(_as_json(name, outcome) if json else f"{name}: {outcome}")
        except ChannelError as error:
            raise CommandError(f"Twilio refused or did not answer: {error} ({error.code})") from error


def _as_json(name: str, outcome: str) -> str:
    return json.dumps({"name": name, "outcome": outcome})
