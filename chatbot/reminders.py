"""Reminders of last days, for whoever said yes: three for a last day at most, in the daytime, each once (ADR 0040)."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot.channels.content import UTILITY, Content
from chatbot.citizen_models import Kind
from chatbot.engine.language import DEFAULT, NAMES
from chatbot.outgoing import REMINDERS, is_daytime
from kmc_portal.common.clock import day_of
from kmc_portal.common.templatetags.portal import long_date
from property_tax.inputs import printed
from trade_license.rulebook import VERSIONS
from trade_license.rules.facts import DemandFacts
from trade_license.rules.fines import last_date

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.utils import CursorWrapper

DAYS_BEFORE = 30
BATCH = 500
# A sender may send eighty messages a second, and replies and receipts go first.
APART = timedelta(milliseconds=50)
# Twilio docs, "Error and warning dictionary", read 2026-11: not on WhatsApp, has stopped or blocked us. Until they write again.
DEAD = ["21211", "21610", "21614", "63003", "63014", "63024", "63032", "63033"]
SAMPLE_DAY = date(2026, 11, 30)

TEXTS = {
    Kind.PROPERTY_TAX: _(
        "A reminder of *{nickname}*, {number}: a bill is unpaid. Until {last_day} it can be paid with the rebate.\n\n"
        "Send the number, or pick it under *Property tax*, to see and to pay it. *stop* ends these reminders."
    ),
    Kind.TRADE_LICENSE: _(
        "A reminder of *{nickname}*, {number}: the licence is not renewed. Until {last_day} that costs no late fine.\n\n"
        "Pick it under *Trade licence* to see and to renew it. *stop* ends these reminders."
    ),
}

# Thirty days before, three days before, and on the day: whichever has come, and was not written yet.
OCCASION = """
CASE WHEN last_day = %(today)s THEN 'last' WHEN last_day - %(today)s <= 3 THEN 'near' ELSE 'early' END
"""
WRITE = f"""
INSERT INTO chatbot_reminder (saved_id, last_day, occasion, written_at)
SELECT saved_id, last_day, {OCCASION}, %(now)s FROM ({{due}}) due
 WHERE last_day BETWEEN %(today)s AND %(today)s + {DAYS_BEFORE}
   AND NOT EXISTS (SELECT 1 FROM chatbot_reminder r
                    WHERE r.saved_id = due.saved_id AND r.last_day = due.last_day AND r.occasion = {OCCASION})
 ORDER BY saved_id LIMIT {BATCH}
ON CONFLICT ON CONSTRAINT reminder_once_per_occasion DO NOTHING
RETURNING saved_id, last_day
"""
DUE_TAX = """
SELECT DISTINCT s.id AS saved_id, d.rebate_date AS last_day
  FROM chatbot_savednumber s JOIN property_tax_assessee a ON a.assessee_number = s.number AND a.status = 'active'
  JOIN property_tax_demand d ON d.assessee_id = a.id AND d.paid_on IS NULL AND d.presented_on <= %(today)s
 WHERE s.kind = 'property_tax' AND s.is_reminded
"""
UNPAID_LICENSES = """
  FROM chatbot_savednumber s JOIN trade_license_license l ON l.search_key = s.number
   AND l.closed_on IS NULL AND l.deleted_on IS NULL
  JOIN trade_license_licensedemand d ON d.license_id = l.id AND d.paid_on IS NULL AND d.cancelled_on IS NULL
   AND d.issued_on <= %(today)s
 WHERE s.kind = 'trade_license' AND s.is_reminded
"""
# Demands of one year with the same date of their own have the same last date: the rules are asked once for each.
ALIKE = f"SELECT DISTINCT d.financial_year, d.last_date {UNPAID_LICENSES}"
DUE_LICENSES = f"""
SELECT DISTINCT s.id AS saved_id, %(last)s::date AS last_day {UNPAID_LICENSES}
   AND d.financial_year = %(year)s AND d.last_date IS NOT DISTINCT FROM %(own)s
"""
TOLD = """
SELECT s.id, s.kind, s.number, s.nickname, s.conversation_id, c.language
  FROM chatbot_savednumber s JOIN chatbot_conversation c ON c.id = s.conversation_id
 WHERE s.id = ANY(%(saved)s) AND c.forget_asked_at IS NULL
   AND NOT EXISTS (SELECT FROM chatbot_outboundmessage m
                    WHERE m.conversation_id = c.id AND m.error_code = ANY(%(dead)s) AND m.status IN ('failed', 'undelivered')
                      AND m.created_at >= c.last_inbound_at)
"""
QUEUE = """
INSERT INTO chatbot_outboundmessage (dedup_key, conversation_id, body, template, variables, provider_id, status, status_rank,
                                     error_code, created_at, available_at)
SELECT key, conversation, body, template, variables::jsonb, '', 'waiting', 0, '', %(now)s, available_at
  FROM unnest(%(keys)s::text[], %(conversations)s::bigint[], %(bodies)s::text[], %(templates)s::text[], %(variables)s::text[],
              %(times)s::timestamptz[]) AS written (key, conversation, body, template, variables, available_at)
ON CONFLICT (dedup_key) DO NOTHING
"""


class Told(NamedTuple):
    """A saved number that is to be reminded of, and in which conversation and language."""

    saved: int
    kind: str
    number: str
    nickname: str
    conversation: int
    language: str


def write_reminders(*, now: datetime) -> int:
    """Write the reminders that are due, one batch of each kind, for the worker to send. Returns how many; none at night."""
    if not is_daytime(now):
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        due = _due(cursor, now)
        _queue(cursor, due, now)
    return len(due)


def _due(cursor: CursorWrapper, now: datetime) -> list[tuple[int, date]]:
    """Note what is to be told, each once; return the saved numbers with the last day."""
    today, book = day_of(now), VERSIONS.current()
    known = {"today": today, "now": now}
    cursor.execute(WRITE.format(due=DUE_TAX), known)
    due: list[tuple[int, date]] = cursor.fetchall()
    cursor.execute(ALIKE, known)
    for year, own in cursor.fetchall():
        last = last_date(DemandFacts("", year, 1, today, own, None, ()), today, book)
        if last:
            cursor.execute(WRITE.format(due=DUE_LICENSES), {**known, "last": last, "year": year, "own": own})
            due += cursor.fetchall()
    return due


def _queue(cursor: CursorWrapper, due: list[tuple[int, date]], now: datetime) -> None:
    """Write the messages, a little apart from each other."""
    cursor.execute(TOLD, {"saved": [saved for saved, _last in due], "dead": DEAD})
    told = {row[0]: Told(*row) for row in cursor.fetchall()}
    wanted = [(told[saved], last) for saved, last in due if saved in told]
    values: dict[str, Any] = {
        "keys": [f"{REMINDERS}{each.saved}:{last}:{day_of(now)}" for each, last in wanted],
        "conversations": [each.conversation for each, _last in wanted],
        "bodies": [_text(each, last) for each, last in wanted],
        "variables": [_variables(each, last) for each, last in wanted],
        "times": [now + place * APART for place in range(len(wanted))],
        "templates": [_content(Kind(each.kind), each.language or DEFAULT).name for each, _last in wanted],
        "now": now,
    }
    cursor.execute(QUEUE, values)


def reminder_contents() -> Iterator[Content]:
    """Return the reminders as they are to be approved, in every language."""
    return (_content(kind, language) for kind in Kind for language in NAMES)


@cache
def _content(kind: Kind, language: str) -> Content:
    with translation.override(language):
        body = str(TEXTS[kind]).format(nickname="{{1}}", number="{{2}}", last_day="{{3}}")
        samples = {"1": gettext("My house"), "2": "11-026-01-0005-1", "3": long_date(SAMPLE_DAY)}
    return Content(f"reminder_{kind.value}", language, {"twilio/text": {"body": body}}, samples, UTILITY)


def _text(told: Told, last: date) -> str:
    with translation.override(told.language or DEFAULT):
        facts = {"nickname": told.nickname, "number": _printed(told), "last_day": long_date(last)}
        return str(TEXTS[Kind(told.kind)]).format(**facts)


def _variables(told: Told, last: date) -> str:
    with translation.override(told.language or DEFAULT):
        return json.dumps({"1": told.nickname, "2": _printed(told), "3": long_date(last)}, ensure_ascii=False)


def _printed(told: Told) -> str:
    return printed(told.number) if told.kind == Kind.PROPERTY_TAX else told.number
