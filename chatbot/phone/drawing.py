"""How the phone shows what was sent: words, choices and links."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from chatbot.phone.content_rules import CALL_TO_ACTION, LIST_PICKER, QUICK_REPLY, TEXT, VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping


class Drawn(NamedTuple):
    """Words, with choices (id, title, description) and links (title, address) under them."""

    body: str
    choices: list[list[str]]
    links: list[list[str]]


def filled(shown: Any, variables: str) -> Any:
    """Return words, or lists of them, with the variables put in."""
    values: dict[str, str] = json.loads(variables or "{}")
    if isinstance(shown, list):
        return [filled(each, variables) for each in shown]
    return VARIABLE.sub(lambda found: values.get(found[1], found[0]), shown)


def drawn(types: Mapping[str, Any]) -> Drawn:
    """Return how the phone shows a content: with what it can draw best of all that is given."""
    value = next(types[name] for name in (LIST_PICKER, QUICK_REPLY, CALL_TO_ACTION, TEXT) if types.get(name))
    rows = [[item["id"], item["item"], item.get("description", "")] for item in value.get("items") or []]
    actions = value.get("actions") or []
    buttons = [[each["id"], each["title"], ""] for each in actions if each["type"] == "QUICK_REPLY"]
    links = [[each["title"], each["url"]] for each in actions if each["type"] == "URL"]
    return Drawn(value["body"], rows or buttons, links)
