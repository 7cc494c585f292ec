"""Reading: what was said in one conversation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from chatbot.engine.steps import Option
from chatbot.models import Conversation
from kmc_portal.common.digits import only_digits

SHOWN = 100
MOBILE_DIGITS = 10
TRANSCRIPT = """
SELECT * FROM (
    SELECT m.body, m.reply, m.options::text, m.received_at AS at, m.provider_id
      FROM chatbot_inboundmessage m JOIN chatbot_conversation c ON c.id = m.conversation_id WHERE c.address = %(address)s
    UNION ALL
    SELECT '', m.body, '[]', m.created_at, ''
      FROM chatbot_outboundmessage m JOIN chatbot_conversation c ON c.id = m.conversation_id
     WHERE c.address = %(address)s AND m.body <> '' AND m.dedup_key NOT LIKE 'reply:%%'
    ORDER BY at DESC LIMIT %(shown)s
) newest ORDER BY at
"""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One message and its reply, or a reply alone when the portal spoke first. `number` is the message's own."""

    message: str
    reply: str
    options: tuple[Option, ...]
    at: datetime
    number: str = ""


def speaks_for(conversation: str, mobile: str) -> bool:
    """Say whether a conversation is held from a mobile number on record, whose ten last digits count. One query."""
    digits = only_digits(mobile)[-MOBILE_DIGITS:]
    if len(digits) < MOBILE_DIGITS or not conversation.isdecimal():
        return False
    return Conversation.objects.filter(pk=conversation, address=f"whatsapp:+91{digits}").exists()


def transcript(*, address: str) -> list[Exchange]:
    """Return the last hundred exchanges of a conversation, oldest first; none when nothing was said."""
    with connection.cursor() as cursor:
        cursor.execute(TRANSCRIPT, {"address": address, "shown": SHOWN})
        return [
            Exchange(message, reply, tuple((name, label) for name, label in json.loads(options)), at, number)
            for message, reply, options, at, number in cursor.fetchall()
        ]
