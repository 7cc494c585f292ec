"""Noticing who walks through numbers: a street read out by one conversation, or by several that share the work.

Read from what `look_ups` keeps beside the states of those who wrote lately, so that a turn knows nothing of it. On the last day
of a rebate a whole street looks itself up; a citizen of it looks up one or two, and is not counted.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from chatbot.walk_models import NumberWalk
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from datetime import datetime

log = structlog.get_logger()
# Longer than the pause between two looks, so that a round that fell out loses nothing.
LATELY = timedelta(hours=1)
WALKS = """
WITH recent AS (
    SELECT DISTINCT conversation_id AS id FROM chatbot_inboundmessage WHERE received_at > %(since)s
), looked_up AS (
    SELECT recent.id, one.value AS neighbours, one.key AS number,
           count(*) OVER (PARTITION BY recent.id, one.value) AS by_one
      FROM recent JOIN chatbot_conversation USING (id), jsonb_each_text(state->'looked_up'->'numbers') AS one
     WHERE state->'looked_up'->>'day' = %(day)s
)
INSERT INTO chatbot_numberwalk AS held (day, neighbours, numbers, conversations, noticed_at, seen_by)
SELECT %(day)s::date, neighbours, count(DISTINCT number), array_agg(DISTINCT id ORDER BY id), %(now)s, ''
  FROM looked_up WHERE by_one >= %(each)s
 GROUP BY neighbours HAVING count(DISTINCT number) >= %(together)s
ON CONFLICT (day, neighbours) DO UPDATE
   SET numbers = excluded.numbers, seen_at = NULL, seen_by = '',
       conversations = ARRAY(SELECT DISTINCT unnest(held.conversations || excluded.conversations) ORDER BY 1)
 WHERE excluded.numbers > held.numbers
RETURNING neighbours, numbers, cardinality(conversations)
"""


class WalkSeen(ServiceError):
    code = "walk_seen"
    message = _("{clerk} has looked at this walk already.")
    field = "walk"
    http_status = 409


def notice_walks(*, now: datetime) -> int:
    """Write down, and raise the alarm about, each walk that is new or has gone on. Returns how many. Idempotent."""
    values: dict[str, Any] = {
        "since": now - LATELY,
        "now": now,
        "day": day_of(now).isoformat(),
        "each": settings.CHAT_WALK_EACH,
        "together": settings.CHAT_WALK_TOGETHER,
    }
    with connection.cursor() as cursor:
        cursor.execute(WALKS, values)
        noticed = cursor.fetchall()
    for neighbours, numbers, conversations in noticed:
        log.error("numbers_walked", neighbours=neighbours, numbers=numbers, conversations=conversations)
    return len(noticed)


@transaction.atomic
def note_seen(walk: int, *, clerk: str, now: datetime) -> None:
    """Note that a clerk has looked at a walk and done what was to be done.

    :raises WalkSeen: somebody was quicker
    """
    found = NumberWalk.objects.select_for_update().get(pk=walk)
    if found.seen_at:
        raise WalkSeen(clerk=found.seen_by)
    found.seen_at, found.seen_by = now, clerk
    found.save(update_fields=["seen_at", "seen_by"])
