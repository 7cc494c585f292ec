"""Papers sent into a chat: the provider fetches them from an address that is good for a short while (ADR 0046)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _

from chatbot.dialogs.links import absolute
from kmc_portal.common.errors import ServiceError

# Twilio asks with HEAD, fetches with GET, and may try again; whoever comes later is nobody we sent it to.
LASTS = timedelta(minutes=30)
MOST_FETCHES = 5
TOKEN_BYTES = 16
# How long it stays known that a paper was fetched.
KEPT = timedelta(days=30)

MAKE = """
INSERT INTO chatbot_paperlink (digest, message_id, address, language, made_at, expires_at, fetched, asked_about)
SELECT %(digest)s, id, %(address)s, %(language)s, %(now)s, %(until)s, 0, 0
  FROM chatbot_outboundmessage WHERE dedup_key = %(key)s
"""
# Open until the paper was delivered: `status_rank` 4, or failed, 6.
OPEN = """
UPDATE chatbot_paperlink link SET fetched = fetched + %(fetches)s, asked_about = asked_about + 1 - %(fetches)s
  FROM chatbot_outboundmessage message
 WHERE link.digest = %(digest)s AND message.id = link.message_id AND message.status_rank < 4
   AND link.expires_at > %(now)s AND link.fetched < %(most)s
RETURNING link.address, link.language
"""
FORGET = "DELETE FROM chatbot_paperlink WHERE expires_at <= %s"


class PaperGone(ServiceError):
    code = "paper_gone"
    message = _("This link was good for a short while only. Please ask for the paper in the chat once more.")
    field = "token"
    http_status = 404


class Linked(NamedTuple):
    """Where within the portal a paper stands, and the language to print it in."""

    address: str
    language: str


def make_link(*, key: str, address: str, language: str, now: datetime) -> str:
    """Return a new address at which the provider may fetch a paper for one message. It is written down nowhere."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values: dict[str, Any] = {
        "digest": _digest(token),
        "address": address,
        "language": language,
        "now": now,
        "until": now + LASTS,
    }
    with connection.cursor() as cursor:
        cursor.execute(MAKE, {**values, "key": key})
    return absolute(f"/chat/papers/{token}.pdf")


def open_link(*, token: str, is_fetched: bool, now: datetime) -> Linked:
    """Return which paper stands behind an address, and count that it was fetched, or only asked about.

    :raises PaperGone: there is none, it was delivered, fetched too often, or is too old
    """
    values: dict[str, Any] = {"digest": _digest(token), "fetches": int(is_fetched), "most": MOST_FETCHES, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(OPEN, values)
        found = cursor.fetchone()
    if found is None:
        raise PaperGone
    return Linked(*found)


def forget_old_links(*, now: datetime) -> int:
    """Delete the links of a month ago; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [now - KEPT])
        return int(cursor.rowcount)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
