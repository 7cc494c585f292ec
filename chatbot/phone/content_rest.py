"""The part of Twilio's Content API that the portal uses, as strict as the published limits. What was made is drawn by the phone."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from chatbot.models import PhoneContent
from chatbot.phone.rest import RuleBroken, check_caller
from chatbot.phone.wire import new_sid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest

# Twilio docs, "Content types overview", and the OpenAPI description of the Content API, read 2026-11.
TEXT, QUICK_REPLY, LIST_PICKER = "twilio/text", "twilio/quick-reply", "twilio/list-picker"
KNOWN = {"friendly_name", "language", "variables", "types"}
CATEGORIES = {"UTILITY", "MARKETING", "AUTHENTICATION"}
TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
VARIABLE = re.compile(r"\{\{([0-9]+)\}\}")


@csrf_exempt
@require_POST
def contents(request: HttpRequest) -> JsonResponse:
    """Make a content, or say which rule it breaks."""
    try:
        check_caller(request, settings.TWILIO_ACCOUNT_SID)
        asked = json.loads(request.body)
        check(asked)
    except RuleBroken as broken:
        return _refused(broken)
    made = PhoneContent.objects.create(
        sid=new_sid("HX"), language=asked["language"], body=_drawn(asked["types"]), created_at=timezone.now()
    )
    return JsonResponse({"sid": made.sid, **asked}, status=201)


@csrf_exempt
@require_POST
def ask_approval(request: HttpRequest, sid: str) -> JsonResponse:
    """Take a content in for approval; here everything is approved that may be asked for."""
    try:
        check_caller(request, settings.TWILIO_ACCOUNT_SID)
        made, asked = get_object_or_404(PhoneContent, sid=sid), json.loads(request.body)
        check_template(made.body, asked)
    except RuleBroken as broken:
        return _refused(broken)
    PhoneContent.objects.filter(pk=made.pk).update(approval="approved")
    return JsonResponse({"name": asked["name"], "category": asked["category"], "status": "received"}, status=201)


@require_GET
def approvals(request: HttpRequest, sid: str) -> JsonResponse:
    try:
        check_caller(request, settings.TWILIO_ACCOUNT_SID)
    except RuleBroken as broken:
        return _refused(broken)
    made = get_object_or_404(PhoneContent, sid=sid)
    return JsonResponse({"sid": sid, "whatsapp": {"status": made.approval or "unsubmitted"}})


def check(asked: Mapping[str, Any]) -> None:
    """:raises RuleBroken: the Content API would not take this"""
    given = {name: value for name, value in (asked.get("types") or {}).items() if value is not None}
    _must(set(asked) <= KNOWN, "unknown field")
    _must(bool(asked.get("language")) and bool(given), "language and types are required")
    for name, value in given.items():
        _must(name in RULES, f"unknown type {name}")
        RULES[name](value)


def check_template(body: str, asked: Mapping[str, Any]) -> None:
    """:raises RuleBroken: WhatsApp would not approve this"""
    _must(bool(TEMPLATE_NAME.fullmatch(asked.get("name") or "")), "a template's name has small letters, digits and _")
    _must(asked.get("category") in CATEGORIES, "unknown category")
    found = [int(number) for number in VARIABLE.findall(body)]
    _must(sorted(set(found)) == list(range(1, len(set(found)) + 1)), "variables are numbered without gaps")
    _must(not VARIABLE.match(body) and not re.search(r"\{\{[0-9]+\}\}$", body), "no variable first or last")
    _must(not re.search(r"\}\}\s*\{\{", body), "no two variables side by side")
    _must(len(body.split()) >= 3 * len(found), "too few words for so many variables")


def _check_text(value: Mapping[str, Any]) -> None:
    _must(0 < len(value.get("body") or "") <= 1600, "a text has 1 to 1,600 characters")


def _check_quick_reply(value: Mapping[str, Any]) -> None:
    _must(0 < len(value.get("body") or "") <= 1024, "a body has 1 to 1,024 characters")
    actions = value.get("actions") or []
    _must(0 < len(actions) <= 3, "one to three buttons")
    for action in actions:
        _must(action.get("type") == "QUICK_REPLY", "a button is a QUICK_REPLY")
        _must(
            0 < len(action.get("title") or "") <= 20 and bool(action.get("id")), "a button has a title of 20 and an id"
        )


def _check_list_picker(value: Mapping[str, Any]) -> None:
    _must(0 < len(value.get("body") or "") <= 1024, "a body has 1 to 1,024 characters")
    _must(0 < len(value.get("button") or "") <= 20, "the button has 1 to 20 characters")
    items = value.get("items") or []
    _must(0 < len(items) <= 10, "one to ten rows")
    for item in items:
        _must(
            0 < len(item.get("item") or "") <= 24 and 0 < len(item.get("id") or "") <= 200,
            "a row has a title of 24 and an id",
        )
        _must(len(item.get("description") or "") <= 72, "a description has at most 72 characters")


RULES: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    TEXT: _check_text,
    QUICK_REPLY: _check_quick_reply,
    LIST_PICKER: _check_list_picker,
}


def filled(body: str, variables: str) -> str:
    """Return a content with its variables put in, as a phone shows it."""
    values: dict[str, str] = json.loads(variables or "{}")
    return VARIABLE.sub(lambda found: values.get(found[1], found[0]), body)


def _drawn(types: Mapping[str, Any]) -> str:
    """Return a content as text with numbered lines, which the phone draws as buttons."""
    value = types.get(LIST_PICKER) or types.get(QUICK_REPLY) or types[TEXT]
    titles = [item["item"] for item in value.get("items") or []] + [
        each["title"] for each in value.get("actions") or []
    ]
    return "\n".join([value["body"], *(f"{number}. {title}" for number, title in enumerate(titles, start=1))])


def _must(holds: bool, message: str) -> None:  # noqa: FBT001 - a rule reads as a sentence
    if not holds:
        raise RuleBroken(400, 20001, message)


def _refused(broken: RuleBroken) -> JsonResponse:
    return JsonResponse({"code": broken.code, "message": str(broken), "status": broken.status}, status=broken.status)
