"""Our own copy of what Twilio's Content API takes, and of what WhatsApp approves.

From the published description of the Content API and "Content types overview", read 2026-11. Pure: a request in, the first
broken rule out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from chatbot.phone.rules import RuleBroken, is_reachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TEXT, QUICK_REPLY, LIST_PICKER = "twilio/text", "twilio/quick-reply", "twilio/list-picker"
CALL_TO_ACTION = "twilio/call-to-action"
KNOWN = {"friendly_name", "language", "variables", "types"}
CATEGORIES = {"UTILITY", "MARKETING", "AUTHENTICATION"}
LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
VARIABLE = re.compile(r"\{\{([0-9]+)\}\}")


def check_content(asked: Mapping[str, Any]) -> None:
    """:raises RuleBroken: the Content API would not take this"""
    given = {name: value for name, value in (asked.get("types") or {}).items() if value is not None}
    _must(set(asked) <= KNOWN, "unknown field")
    _must(bool(LANGUAGE.fullmatch(asked.get("language") or "")) and bool(given), "language and types are required")
    samples = asked.get("variables") or {}
    _must(all(isinstance(each, str) and each for each in samples.values()), "a sample of a variable is a text")
    for name, value in given.items():
        _must(name in RULES, f"unknown type {name}")
        RULES[name](value)
    used = set(VARIABLE.findall(str(given)))
    _must(used == set(samples), "every variable has a sample, and every sample a variable")


def check_template(body: str, asked: Mapping[str, Any]) -> None:
    """:raises RuleBroken: WhatsApp would not approve this"""
    _must(bool(TEMPLATE_NAME.fullmatch(asked.get("name") or "")), "a template's name has small letters, digits and _")
    _must(asked.get("category") in CATEGORIES, "unknown category")
    found = [int(number) for number in VARIABLE.findall(body)]
    _must(sorted(set(found)) == list(range(1, len(set(found)) + 1)), "variables are numbered without gaps")
    _must(not VARIABLE.match(body) and not re.search(r"\{\{[0-9]+\}\}$", body), "no variable first or last")
    _must(not re.search(r"\}\}\s*\{\{", body), "no two variables side by side")
    _must(len(body.split()) >= 2 * len(found) + 1, "too few words for so many variables")


def _check_text(value: Mapping[str, Any]) -> None:
    _must(0 < len(value.get("body") or "") <= 1600, "a text has 1 to 1,600 characters")


def _check_body(value: Mapping[str, Any]) -> None:
    _must(0 < len(value.get("body") or "") <= 1024, "a body has 1 to 1,024 characters")


def _check_quick_reply(value: Mapping[str, Any]) -> None:
    _check_body(value)
    actions = value.get("actions") or []
    _must(0 < len(actions) <= 3, "one to three buttons")
    for action in actions:
        _must(action.get("type") == "QUICK_REPLY", "a button is a QUICK_REPLY")
        _must(
            0 < len(action.get("title") or "") <= 20 and 0 < len(action.get("id") or "") <= 200,
            "a button has a title of 20 and an id",
        )
    _all_different(actions, "title")


def _check_list_picker(value: Mapping[str, Any]) -> None:
    _check_body(value)
    _must(0 < len(value.get("button") or "") <= 20, "the button has 1 to 20 characters")
    items = value.get("items") or []
    _must(0 < len(items) <= 10, "one to ten rows")
    for item in items:
        _must(
            0 < len(item.get("item") or "") <= 24 and 0 < len(item.get("id") or "") <= 200,
            "a row has a title of 24 and an id",
        )
        _must(len(item.get("description") or "") <= 72, "a description has at most 72 characters")
    _all_different(items, "id")


def _check_call_to_action(value: Mapping[str, Any]) -> None:
    _check_body(value)
    actions = value.get("actions") or []
    _must(0 < len(actions) <= 2, "one or two links")
    for action in actions:
        _must(action.get("type") == "URL", "only links are used here")
        _must(0 < len(action.get("title") or "") <= 20, "a link has a title of 1 to 20 characters")
        address = action.get("url") or ""
        _must(is_reachable(VARIABLE.sub("x", address)), "a link is absolute and https")
        _must(len(VARIABLE.findall(address)) <= 1, "one variable in an address")
        _must("{{" not in address or address.endswith("}}"), "a variable ends the address")


def _all_different(things: list[Mapping[str, Any]], name: str) -> None:
    _must(len({thing[name] for thing in things}) == len(things), f"no {name} stands twice")


def _must(holds: bool, message: str) -> None:  # noqa: FBT001 - a rule reads as a sentence
    if not holds:
        raise RuleBroken(400, 20001, message)


RULES: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    TEXT: _check_text,
    QUICK_REPLY: _check_quick_reply,
    LIST_PICKER: _check_list_picker,
    CALL_TO_ACTION: _check_call_to_action,
}
