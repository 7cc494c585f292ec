"""The same answer again and again: two machines talk to each other. One notice, then silence until something else is said.

What was answered lately is kept beside the state, as digests, and is written with it: a turn takes no statement more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from chatbot.engine.language import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Mapping

log = structlog.get_logger()
WINDOW = timedelta(minutes=5)
DIGEST_LENGTH, MOST_KEPT = 8, 8
STORED_AS = "answered"


@dataclass(slots=True)
class LoopGuard:
    """How often each of the last answers went out since a moment (seconds since 1970), and how many answers there were."""

    since: int
    counts: dict[str, int] = field(default_factory=dict)
    total: int = 0

    @classmethod
    def of(cls, stored: Mapping[str, Any], *, now: datetime) -> LoopGuard:
        """Return the counts out of what is stored beside a state; none when they are older than five minutes."""
        held, second = stored.get(STORED_AS) or {}, int(now.timestamp())
        is_young = second - held.get("since", 0) <= WINDOW.total_seconds()
        return cls(held["since"], dict(held["counts"]), held.get("total", 0)) if is_young else cls(second)

    def let_pass(self, answer: str, *, said: str, language: str) -> str:
        """Return what may go out: the answer, a notice where it is one too many, and nothing after the notice.

        `said` is what it answers, empty where that was not understood: other machines vary their words. Whoever goes about in
        the menus asks for much else in between, so it takes two answers in five to be a loop.
        """
        digest = sha256(f"{said}\n{answer}".encode()).hexdigest()[:DIGEST_LENGTH]
        count, self.total = self.counts.pop(digest, 0) + 1, self.total + 1
        self.counts = {**dict(list(self.counts.items())[1 - MOST_KEPT :]), digest: count}
        if count <= settings.CHAT_SAME_ANSWERS or 5 * count < 2 * self.total:
            return answer
        log.warning("chat_loops", answers=count)
        return _notice(language) if count == settings.CHAT_SAME_ANSWERS + 1 else ""

    def as_stored(self) -> dict[str, object]:
        """Return what is stored beside a state."""
        return {STORED_AS: {"since": self.since, "counts": self.counts, "total": self.total}}


def _notice(language: str) -> str:
    with translation.override(language or DEFAULT):
        return _(
            "The same answer has gone out again and again within five minutes, so this chat is silent now until something "
            "else is asked, or for five minutes. If a person reads this: please write what you need in other words."
        )
