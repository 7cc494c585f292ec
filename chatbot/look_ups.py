"""How many different numbers one conversation may look up in a day: a street at once, then one after a wait that grows.

They are kept beside the state, as digests, and are written with it: a turn takes no statement more. `walks` reads them.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

log = structlog.get_logger()
DIGEST_LENGTH = 8
# What neighbours share of their numbers: all but so many characters at the end, which leaves ward and street of an assessee number.
NEIGHBOURS = 5
STORED_AS = "looked_up"
NOT_FOUND = 404


class LookUpLimitReached(ServiceError):
    code = "look_up_limit_reached"
    message = _(
        "You have looked up {count} different numbers today. So that nobody reads the register out, the next one has to wait: "
        "please send it in {minutes} min. Numbers that you have looked up today can be sent again at any time."
    )
    field = "look_up"
    http_status = 429


@dataclass(slots=True)
class LookUps:
    """The numbers that were looked up on one day (IST), each with the neighbourhood that it belongs to, both as digests.

    A number costs one, one that nobody has costs two. `next_at` (seconds since 1970) is when another one may be looked up.
    """

    day: str
    second: int
    numbers: dict[str, str] = field(default_factory=dict)
    spent: int = 0
    next_at: int = 0

    @classmethod
    def of(cls, stored: Mapping[str, Any], *, now: datetime) -> LookUps:
        """Return those of today out of what is stored beside a state."""
        day, second, held = day_of(now).isoformat(), int(now.timestamp()), stored.get(STORED_AS) or {}
        if held.get("day") != day:
            return cls(day, second)
        return cls(day, second, dict(held["numbers"]), held["spent"], held.get("next_at", 0))

    @contextmanager
    def looking_up(self, number: str) -> Iterator[None]:
        """Count a number while it is looked up inside; one that was looked up today costs nothing.

        :raises LookUpLimitReached: another number has to wait
        """
        digest = _digest("chatbot.look_up", number)
        if digest in self.numbers:
            yield
            return
        self._may_go_on()
        self.numbers[digest] = _digest("chatbot.neighbours", number[:-NEIGHBOURS])
        self._spend()
        try:
            yield
        except ServiceError as refusal:
            if refusal.http_status == NOT_FOUND:
                self._spend()
            raise

    def _may_go_on(self) -> None:
        if self.second >= self.next_at:
            return
        log.warning("look_up_limit_reached", look_ups=len(self.numbers))
        raise LookUpLimitReached(count=len(self.numbers), minutes=-(-(self.next_at - self.second) // 60))

    def _spend(self) -> None:
        self.spent += 1
        beyond, waits = self.spent - settings.CHAT_LOOK_UPS_FREE, settings.CHAT_LOOK_UP_WAITS
        if beyond >= 0:
            self.next_at = self.second + int(waits[min(beyond, len(waits) - 1)].total_seconds())

    def as_stored(self) -> dict[str, object]:
        """Return what is stored beside a state; nothing when nothing was looked up."""
        if not self.numbers:
            return {}
        held = {"day": self.day, "numbers": self.numbers, "spent": self.spent}
        return {STORED_AS: {**held, "next_at": self.next_at} if self.next_at else held}


def _digest(purpose: str, value: str) -> str:
    return salted_hmac(purpose, value, algorithm="sha256").hexdigest()[:DIGEST_LENGTH]
