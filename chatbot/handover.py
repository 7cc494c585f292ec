"""From the bot to a person and back: a citizen's words wait at the desk, a clerk answers within the channel's window."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chatbot import outgoing
from chatbot.channels.registry import channel_of
from chatbot.engine.language import DEFAULT
from chatbot.handover_models import Handover
from kmc_portal.common.clock import IST
from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from chatbot.models import Conversation

# The name of the dialog that a citizen stands in who talks to a person.
DIALOG = "talk_to_person"
# An assumption of ours (ADR 0040): Monday to Friday as the corporation's offices; holidays are not known here.
OFFICE_DAYS, OPENS, CLOSES = range(5), time(10), time(17, 30)
LONGEST_ANSWER = 1000


class HandoverClosed(ServiceError):
    code = "handover_closed"
    message = _("This talk has been closed. The citizen writes again if something is open.")
    field = "answer"
    http_status = 409


class DeskAnswerMissing(ServiceError):
    code = "desk_answer_missing"
    message = _("Please write an answer of {most} characters at most.")
    field = "answer"


class WindowOver(ServiceError):
    code = "window_over"
    message = _(
        "The citizen's last word is more than {hours} hours old, and WhatsApp takes no free answer any more. Close the "
        "talk; the citizen can write again."
    )
    field = "answer"
    http_status = 409


QUEUE = """
INSERT INTO chatbot_handover (conversation_id, asked_at, said_at, answers, clerk)
VALUES (%(conversation)s, %(now)s, %(now)s, 0, '')
ON CONFLICT (conversation_id) WHERE closed_at IS NULL DO UPDATE SET said_at = excluded.said_at
RETURNING xmax::text <> '0'
"""
# Who still stands in the talk is brought back to the menu, whatever was written meanwhile.
BACK_TO_MENU = """
UPDATE chatbot_conversation SET state = jsonb_build_object('language', language)
 WHERE id = %(conversation)s AND state->>'dialog' = %(dialog)s
"""


def pass_on(*, conversation: str, now: datetime) -> bool:
    """Have a clerk see what a citizen has just written. Says whether that adds to something that already waits."""
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, {"conversation": conversation, "now": now})
        return bool(cursor.fetchone()[0])


def is_office_open(now: datetime) -> bool:
    """Say whether somebody sits at the desk."""
    here = now.astimezone(IST)
    return here.weekday() in OFFICE_DAYS and OPENS <= here.time() < CLOSES


def free_until(conversation: Conversation) -> datetime | None:
    """Return until when free text reaches a citizen; None when it always does."""
    window = channel_of(conversation.channel).limits.free_window
    return conversation.last_inbound_at + window if window else None


@transaction.atomic
def answer(handover: int, *, text: str, clerk: str, closes: bool, now: datetime) -> str:
    """Send a clerk's words to a citizen, and close the talk with them where they end it. Returns the message's key.

    :raises DeskAnswerMissing: nothing was written, or too much
    :raises HandoverClosed: it is over
    :raises WindowOver: the channel takes no free text any more
    """
    words = " ".join(text.split(" ")).strip()
    if not words or len(words) > LONGEST_ANSWER:
        raise DeskAnswerMissing(most=LONGEST_ANSWER)
    held = _open(handover)
    until = free_until(held.conversation)
    if until and now >= until:
        raise WindowOver(hours=timedelta(days=1) // timedelta(hours=1))
    held.answers, held.clerk, held.answered_at = held.answers + 1, clerk, now
    held.closed_at = now if closes else None
    held.save(update_fields=["answers", "clerk", "answered_at", "closed_at"])
    key = f"desk:{held.pk}:{held.answers}"
    with connection.cursor() as cursor:
        body = _message(held.conversation, words, closes=closes)
        cursor.execute(outgoing.WRITE, {"key": key, "conversation": held.conversation_id, "body": body, "now": now})
    if closes:
        _send_back(held)
    return key


@transaction.atomic
def close(handover: int, *, clerk: str, now: datetime) -> None:
    """End a talk without a word. :raises HandoverClosed: it is over"""
    held = _open(handover)
    held.clerk, held.closed_at = clerk, now
    held.save(update_fields=["clerk", "closed_at"])
    _send_back(held)


def _open(handover: int) -> Handover:
    found = (
        Handover.objects.select_for_update(of=("self",))
        .select_related("conversation")
        .filter(pk=handover, closed_at=None)
    )
    held = found.first()
    if held is None:
        raise HandoverClosed
    return held


def _send_back(held: Handover) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BACK_TO_MENU, {"conversation": held.conversation_id, "dialog": DIALOG})


def _message(conversation: Conversation, words: str, *, closes: bool) -> str:
    """Return a clerk's words as the citizen reads them: from the desk, and with what to do next."""
    with translation.override(conversation.language or DEFAULT):
        end = (
            gettext("This talk is over; the menu is back. 0 = menu. How was it? Write *rate*.")
            if closes
            else gettext("Write here to answer. 0 = menu")
        )
        desk = gettext("The desk of the corporation")
        return f"*{desk}:*\n{words}\n\n{end}"
