"""What a provider keeps ready with buttons or for later: a content, its limits, and the name that changes with every word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chatbot.engine.language import NAMES
from chatbot.engine.steps import Option

# Twilio docs, "Content types overview", quick reply, list picker and call to action, and Meta's limits behind them, read 2026-11.
LONGEST_BODY, LONGEST_BUTTON, LONGEST_ITEM, LONGEST_DESCRIPTION = 1024, 20, 24, 72
MOST_BUTTONS, MOST_ITEMS = 3, 10
# Twilio docs, "Using variables with Content API", read 2026-11.
LONGEST_VALUE = 255
UTILITY = "UTILITY"


@dataclass(frozen=True, slots=True)
class Content:
    """One message that is declared beforehand, in one language, with a text twin for channels without buttons.

    `category` is set where it has to be approved, because it goes out when free text may not; `variables` are its samples.
    """

    key: str
    language: str
    types: Mapping[str, Any]
    variables: Mapping[str, str] = field(default_factory=dict)
    category: str = ""

    @property
    def name(self) -> str:
        """Return its name at the provider: another one whenever a word of it changes."""
        words = json.dumps([self.types, self.variables], sort_keys=True, ensure_ascii=False)
        return f"{self.key}_{self.language}_{hashlib.sha256(words.encode()).hexdigest()[:8]}"

    def as_request(self) -> dict[str, Any]:
        """Return what the Content API takes."""
        return {
            "friendly_name": self.name,
            "language": self.language,
            "variables": dict(self.variables),
            "types": dict(self.types),
        }


def with_choices(
    key: str,
    language: str,
    *,
    body: str,
    button: str,
    options: Sequence[Option],
    twin: str,
    variables: Mapping[str, str] | None = None,
) -> Content:
    """Return a content with buttons while they are few and short, else with a list; `twin` is the same as plain text."""
    if len(options) <= MOST_BUTTONS and all(len(label) <= LONGEST_BUTTON for _name, label in options):
        actions = [{"type": "QUICK_REPLY", "title": label, "id": payload_of(name)} for name, label in options]
        drawn = {"twilio/quick-reply": {"body": body, "actions": actions}}
    else:
        items = [_item(name, label) for name, label in options]
        drawn = {"twilio/list-picker": {"body": body, "button": button, "items": items}}
    return Content(key, language, {**drawn, "twilio/text": {"body": twin}}, variables or {})


def with_link(key: str, language: str, *, body: str, title: str, address: str, variables: Mapping[str, str]) -> Content:
    """Return a content with one button that opens an address; the address stands in the body too, which is its own twin."""
    actions = [{"type": "URL", "title": title, "url": address}]
    drawn = {"twilio/call-to-action": {"body": body, "actions": actions}, "twilio/text": {"body": body}}
    return Content(key, language, drawn, variables)


def is_variable(value: str) -> bool:
    """Say whether a value may fill a placeholder: in one line, without a row of blanks, not empty and not too long."""
    return 0 < len(value) <= LONGEST_VALUE and value.isprintable() and "    " not in value


def payload_of(name: str) -> str:
    """Return what comes back of a choice: its id, but a language by its own name, because `hi` is a greeting too."""
    return NAMES.get(name, name)


def _item(name: str, label: str) -> dict[str, str]:
    """Return a row of a list: what is too long for its title goes on in its description."""
    title, _colon, rest = label.partition(": ") if len(label) > LONGEST_ITEM else (label, "", "")
    description = {"description": rest} if rest else {}
    return {"item": title, "id": payload_of(name), **description}
