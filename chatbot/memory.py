"""What the chat remembers of a citizen by consent: kept, shown, and forgotten (ADR 0040). Each act is one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chatbot.citizen_models import LONGEST_NICKNAME
from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from chatbot.citizen_models import Kind

MOST_SAVED = 20
# What was said is kept so long, to see what was not understood and what was promised.
WORDS_KEPT = timedelta(days=30)
BATCH = 10_000


class NicknameMalformed(ServiceError):
    code = "nickname_malformed"
    message = _("A name has a letter in it and {most} characters at most. Please send another one, such as My shop.")
    field = "nickname"


class TooManySaved(ServiceError):
    code = "too_many_saved"
    message = _(
        "{most} numbers are kept for you already, which is all there is room for. Write *my data* to forget one of them."
    )
    field = "saved"
    http_status = 409


@dataclass(frozen=True, slots=True)
class Saved:
    """A number that a citizen calls by a name."""

    pk: int
    kind: str
    number: str
    nickname: str
    is_reminded: bool


SAVED = "SELECT id, kind, number, nickname, is_reminded FROM chatbot_savednumber WHERE conversation_id = %s ORDER BY id"
# The conversation is locked by its turn, so that two messages cannot both save the last one that there is room for.
REMEMBER = """
WITH saved AS (
    INSERT INTO chatbot_savednumber AS held (conversation_id, kind, number, nickname, is_reminded, saved_at)
    SELECT %(conversation)s, %(kind)s, %(number)s, %(nickname)s, %(is_reminded)s, %(now)s
     WHERE (SELECT count(*) FROM chatbot_savednumber
             WHERE conversation_id = %(conversation)s AND (kind, number) <> (%(kind)s, %(number)s)) < %(most)s
    ON CONFLICT (conversation_id, kind, number) DO UPDATE
       SET nickname = excluded.nickname, is_reminded = excluded.is_reminded
    RETURNING conversation_id
)
INSERT INTO chatbot_consent (conversation_number, purpose, is_given, language, said_at)
SELECT saved.conversation_id, answer.purpose, answer.is_given, %(language)s, %(now)s
  FROM saved, (VALUES ('remember', true), ('remind', %(is_reminded)s)) answer (purpose, is_given)
"""
# What a number was reminded of goes with it.
FORGET = """
WITH told AS (DELETE FROM chatbot_reminder r USING chatbot_savednumber s
               WHERE s.id = r.saved_id AND s.conversation_id = %(conversation)s AND s.id = %(saved)s),
     gone AS (DELETE FROM chatbot_savednumber WHERE conversation_id = %(conversation)s AND id = %(saved)s RETURNING id)
INSERT INTO chatbot_consent (conversation_number, purpose, is_given, language, said_at)
SELECT %(conversation)s, 'remember', false, %(language)s, %(now)s FROM gone
"""
REMIND = """
WITH changed AS (
    UPDATE chatbot_savednumber SET is_reminded = %(is_given)s
     WHERE conversation_id = %(conversation)s AND is_reminded <> %(is_given)s RETURNING id
)
INSERT INTO chatbot_consent (conversation_number, purpose, is_given, language, said_at)
SELECT %(conversation)s, 'remind', %(is_given)s, %(language)s, %(now)s WHERE EXISTS (SELECT 1 FROM changed)
"""
FORGET_ALL = """
WITH asked AS (UPDATE chatbot_conversation SET forget_asked_at = %(now)s WHERE id = %(conversation)s),
     told AS (DELETE FROM chatbot_reminder r USING chatbot_savednumber s
               WHERE s.id = r.saved_id AND s.conversation_id = %(conversation)s),
     gone AS (DELETE FROM chatbot_savednumber WHERE conversation_id = %(conversation)s RETURNING is_reminded)
INSERT INTO chatbot_consent (conversation_number, purpose, is_given, language, said_at)
SELECT %(conversation)s, purpose, false, %(language)s, %(now)s
  FROM (SELECT 'remember' AS purpose FROM gone UNION SELECT 'remind' FROM gone WHERE is_reminded) withdrawn
"""
LOCK = "SELECT id FROM chatbot_conversation WHERE forget_asked_at IS NOT NULL FOR UPDATE"
# Who has written again since stays known from then on.
ERASE = """
DELETE FROM {table} said USING chatbot_conversation c
 WHERE c.id = said.conversation_id AND (said.{moment} <= c.forget_asked_at OR c.last_inbound_at <= c.forget_asked_at)
"""
ERASED_FROM = {
    "chatbot_inboundmessage": "received_at",
    "chatbot_outboundmessage": "created_at",
    "chatbot_paymentquestion": "asked_at",
    "chatbot_handover": "asked_at",
}
ERASE_PARKED = """
DELETE FROM chatbot_parkedmessage parked USING chatbot_conversation c
 WHERE c.address = parked.address AND c.forget_asked_at IS NOT NULL
   AND (parked.came_at <= c.forget_asked_at OR c.last_inbound_at <= c.forget_asked_at)
"""
ERASE_CONVERSATIONS = "DELETE FROM chatbot_conversation WHERE last_inbound_at <= forget_asked_at"
ERASED = "UPDATE chatbot_conversation SET forget_asked_at = NULL WHERE forget_asked_at IS NOT NULL"
BLANK_HEARD = """
UPDATE chatbot_inboundmessage SET body = '', reply = '', options = '[]' WHERE id IN (
       SELECT id FROM chatbot_inboundmessage WHERE received_at <= %s AND reply <> '' LIMIT %s)
"""
BLANK_PARKED = """
DELETE FROM chatbot_parkedmessage WHERE id IN (SELECT id FROM chatbot_parkedmessage WHERE came_at <= %s LIMIT %s)
"""
BLANK_SAID = """
UPDATE chatbot_outboundmessage SET body = '' WHERE id IN (
       SELECT id FROM chatbot_outboundmessage WHERE created_at <= %s AND body <> '' AND status <> 'waiting' LIMIT %s)
"""


def saved_numbers(*, conversation: str, kind: str = "") -> list[Saved]:
    """Return what a conversation has saved, oldest first, of one kind or of all. One query."""
    with connection.cursor() as cursor:
        cursor.execute(SAVED, [conversation])
        found = [Saved(*row) for row in cursor.fetchall()]
    return [saved for saved in found if not kind or saved.kind == kind]


def nickname(text: str) -> str:
    """Return a name for a number, without marks that a chat would draw.

    :raises NicknameMalformed: it is too long, or no letter is in it
    """
    marks = "*_~`{}<>|"
    name = " ".join("".join(char if char.isprintable() else " " for char in text if char not in marks).split())
    if not any(char.isalpha() for char in name) or len(name) > LONGEST_NICKNAME:
        raise NicknameMalformed(most=LONGEST_NICKNAME)
    return name


def remember(*, conversation: str, kind: Kind, number: str, nickname: str, is_reminded: bool, now: datetime) -> None:
    """Keep a number under a name, with what was said to each of the two questions. The same number again changes its name.

    :raises TooManySaved: twenty others are kept
    """
    values = {"kind": str(kind), "number": number, "nickname": nickname, "is_reminded": is_reminded, "most": MOST_SAVED}
    if not _write(REMEMBER, conversation, now, **values):
        raise TooManySaved(most=MOST_SAVED)


def forget_number(*, conversation: str, saved: int, now: datetime) -> None:
    """Forget one number; somebody else's is left alone."""
    _write(FORGET, conversation, now, saved=saved)


def remind(*, conversation: str, is_given: bool, now: datetime) -> bool:
    """Begin or end the reminders of every number of a conversation. Says whether that changed anything."""
    return _write(REMIND, conversation, now, is_given=is_given)


def forget_all(*, conversation: str, now: datetime) -> None:
    """Forget the saved numbers at once, and have everything that was said here erased by `erase_asked`."""
    _write(FORGET_ALL, conversation, now)


@transaction.atomic
def erase_asked() -> int:
    """Erase the conversations whose citizen asked for it; the yeses and noes stay, under a number that names nobody then.

    Returns how many were erased whole; of whoever wrote again, what came before is erased.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        for table, moment in ERASED_FROM.items():
            cursor.execute(ERASE.format(table=table, moment=moment))
        cursor.execute(ERASE_PARKED)
        cursor.execute(ERASE_CONVERSATIONS)
        erased = int(cursor.rowcount)
        cursor.execute(ERASED)
    return erased


def blank_old_words(*, now: datetime) -> int:
    """Blank what was said more than thirty days ago, one batch. Returns how many messages lost their words."""
    blanked = 0
    with connection.cursor() as cursor:
        for statement in (BLANK_HEARD, BLANK_SAID, BLANK_PARKED):
            cursor.execute(statement, [now - WORDS_KEPT, BATCH])
            blanked += cursor.rowcount
    return blanked


def _write(statement: str, conversation: str, now: datetime, **values: Any) -> bool:
    known: dict[str, Any] = {"conversation": conversation, "language": get_language() or "en", "now": now}
    with connection.cursor() as cursor:
        cursor.execute(statement, {**known, **values})
        return bool(cursor.rowcount)
