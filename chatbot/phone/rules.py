"""Our own copy of what Twilio takes of a message: its published description of "CreateMessage", and WhatsApp's limits behind it.

Read 2026-11. Pure: a form in, the first broken rule out.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.datastructures import MultiValueDict

LONGEST_BODY, LONGEST_NAME, LONGEST_VALUE = 1600, 16, 255
LONGEST_VALIDITY = 36_000
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# A telephone number, or the opaque name of somebody who hides it.
ADDRESS = re.compile(r"whatsapp:(\+[1-9][0-9]{1,14}|[A-Z]{2}\.[0-9A-Za-z]{1,64})")
CONTENT, SERVICE = re.compile(r"HX[0-9a-fA-F]{32}"), re.compile(r"MG[0-9a-fA-F]{32}")
KNOWN = frozenset(
    {
        "To", "StatusCallback", "ApplicationSid", "MaxPrice", "ProvideFeedback", "Attempt", "ValidityPeriod", "ForceDelivery",
        "ContentRetention", "AddressRetention", "SmartEncoded", "PersistentAction", "TrafficType", "ShortenUrls",
        "ScheduleType", "SendAt", "SendAsMms", "ContentVariables", "RiskCheck", "From", "FallbackFrom",
        "MessagingServiceSid", "Body", "MediaUrl", "ContentSid",
    }
)  # fmt: skip
LISTS = {"MediaUrl", "PersistentAction"}
ONE_OF = {"ContentRetention": ("retain", "discard"), "AddressRetention": ("retain", "obfuscate")}


class RuleBroken(Exception):
    """A request that Twilio would refuse: the HTTP status, Twilio's own code and a sentence."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def check_message(form: MultiValueDict[str, str]) -> None:
    """:raises RuleBroken: the first rule that this request for a message breaks"""
    for rule in RULES:
        rule(form)


def only_known_parameters(form: MultiValueDict[str, str]) -> None:
    for name in sorted(form):
        _must(name in KNOWN, 20001, f"Unknown parameter {name}")
        _must(name in LISTS or len(form.getlist(name)) == 1, 20001, f"Parameter {name} stands twice")


def a_recipient(form: MultiValueDict[str, str]) -> None:
    to = form.get("To") or ""
    _must(bool(to), 21604, "A 'To' phone number is required.")
    _must(bool(ADDRESS.fullmatch(to)), 21211, f"Invalid 'To' phone number: {to}")


def a_sender(form: MultiValueDict[str, str]) -> None:
    sender, service = form.get("From") or "", form.get("MessagingServiceSid") or ""
    _must(bool(sender or service), 21603, "A 'From' phone number is required.")
    _must(not sender or bool(ADDRESS.fullmatch(sender)), 21212, f"Invalid 'From' phone number: {sender}")
    _must(not service or bool(SERVICE.fullmatch(service)), 21701, "The Messaging Service does not exist")


def something_to_say(form: MultiValueDict[str, str]) -> None:
    """Words, a paper with or without them, or a content in the place of both."""
    body, content, media = form.get("Body") or "", form.get("ContentSid") or "", form.getlist("MediaUrl")
    _must(bool(body or content or media), 21602, "Message body is required.")
    _must(
        len(body) <= LONGEST_BODY, 21617, f"The concatenated message body exceeds the {LONGEST_BODY} character limit."
    )
    _must(not content or bool(CONTENT.fullmatch(content)), 21655, "The ContentSid is Invalid")
    _must(not (content and (body or media)), 21619, "A content takes the place of Body and MediaUrl")


def variables_of_a_content(form: MultiValueDict[str, str]) -> None:
    if "ContentVariables" not in form:
        return
    _must("ContentSid" in form, 21656, "The ContentVariables Parameter is invalid: no content")
    try:
        values = json.loads(form.get("ContentVariables") or "")
    except ValueError:
        values = None
    _must(isinstance(values, dict) and bool(values), 21656, "The ContentVariables Parameter is invalid")
    for name, value in values.items():
        fits = isinstance(value, str) and 0 < len(value) <= LONGEST_VALUE and len(name) <= LONGEST_NAME
        _must(fits, 21656, f"The ContentVariables Parameter is invalid: {name}")
        _must(
            "\n" not in value and "\t" not in value and "     " not in value, 63013, f"Line breaks or blanks in {name}"
        )


def absolute_addresses(form: MultiValueDict[str, str]) -> None:
    _must(len(form.getlist("MediaUrl")) <= 1, 21623, "Number of media files exceeds allowed limit")
    for name, code in (("StatusCallback", 21609), ("MediaUrl", 21620)):
        for address in form.getlist(name):
            _must(is_reachable(address), code, f"The {name} URL {address} is not a valid URL.")


def values_of_a_kind(form: MultiValueDict[str, str]) -> None:
    for name, known in ONE_OF.items():
        _must(name not in form or form[name] in known, 20001, f"{name} is one of {known}")
    validity = form.get("ValidityPeriod") or "1"
    _must(
        validity.isdecimal() and 1 <= int(validity) <= LONGEST_VALIDITY, 21621, "ValidityPeriod is 1 to 36,000 seconds"
    )
    is_scheduled = "SendAt" in form or "ScheduleType" in form
    is_whole = "SendAt" in form and form.get("ScheduleType") == "fixed" and "MessagingServiceSid" in form
    _must(not is_scheduled or is_whole, 35111, "A scheduled message needs SendAt, ScheduleType and a Messaging Service")


def is_reachable(address: str) -> bool:
    """Say whether an address is absolute and safe, or on this machine."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


def _must(holds: bool, code: int, message: str) -> None:  # noqa: FBT001 - a rule reads as a sentence
    if not holds:
        raise RuleBroken(400, code, message)


RULES: tuple[Callable[[MultiValueDict[str, str]], None], ...] = (
    only_known_parameters,
    a_recipient,
    a_sender,
    something_to_say,
    variables_of_a_content,
    absolute_addresses,
    values_of_a_kind,
)
