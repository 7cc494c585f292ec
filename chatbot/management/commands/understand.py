"""Say of each line what the chat takes it to mean."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chatbot.understanding.understand import Understanding, understand
from kmc_portal.common.errors import ServiceError
from property_tax import inputs


class Command(BaseCommand):
    help = "Read lines from standard input and print what each means: intent, confidence, decision, assessee numbers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document a line")

    def handle(self, *, json: bool, **_options: Any) -> None:
        for line in sys.stdin:
            text = line.rstrip("\r\n")
            self.stdout.write(_as_json(text) if json else _as_text(text))
            self.stdout.flush()


def _as_json(text: str) -> str:
    found = understand(text)
    numbers, problem = _numbers(found)
    document = {
        "text": text,
        "intent": found.intent,
        "confidence": round(found.confidence, 3),
        "decision": found.decision,
        "assessee_numbers": numbers,
        "number_problem": problem,
    }
    return json.dumps(document, ensure_ascii=False)


def _as_text(text: str) -> str:
    found = understand(text)
    numbers, problem = _numbers(found)
    return "  ".join(
        [found.decision, found.intent, f"{found.confidence:.2f}", *numbers, *([problem] if problem else [])]
    )


def _numbers(found: Understanding) -> tuple[list[str], str | None]:
    """Return the well-formed numbers, and the code of the first refusal of another; a message with a good number has none."""
    numbers, problems = [], []
    for number in found.numbers:
        try:
            numbers.append(inputs.assessee_number(number))
        except ServiceError as refusal:
            problems.append(refusal.code)
    return numbers, problems[0] if problems and not numbers else None
