"""How many different numbers one conversation may look up in an hour: enough for a street, too few to walk through a ward.

They are kept beside the state, as digests, and are written with it: a turn takes no statement more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import IST
from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

log = structlog.get_logger()
DIGEST_LENGTH = 8
STORED_AS = "looked_up"


class LookUpLimitReached(ServiceError):
    code = "look_up_limit_reached"
    message = _(
        "You have looked up {count} different numbers this hour, which is all this chat allows. Please send the next one "
        "after {hour} o'clock, or look it up on the website."
    )
    field = "look_up"
    http_status = 429


@dataclass(slots=True)
class LookUps:
    """The digests of the numbers that were looked up in one hour (IST)."""

    hour: str
    digests: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, stored: Mapping[str, Any], *, now: datetime) -> LookUps:
        """Return those of the running hour out of what is stored beside a state."""
        hour, held = f"{now.astimezone(IST):%Y%m%d%H}", stored.get(STORED_AS) or {}
        return cls(hour, list(held["numbers"])) if held.get("hour") == hour else cls(hour)

    def note(self, number: str) -> None:
        """Count a number that is about to be looked up; one that was looked up before costs nothing.

        :raises LookUpLimitReached: it is one more than `CHAT_LOOK_UPS_PER_HOUR` allows
        """
        digest = salted_hmac("chatbot.look_up", number, algorithm="sha256").hexdigest()[:DIGEST_LENGTH]
        if digest in self.digests:
            return
        if len(self.digests) >= settings.CHAT_LOOK_UPS_PER_HOUR:
            log.warning("look_up_limit_reached", look_ups=len(self.digests))
            raise LookUpLimitReached(count=len(self.digests), hour=(int(self.hour[-2:]) + 1) % 24)
        self.digests.append(digest)

    def as_stored(self) -> dict[str, object]:
        """Return what is stored beside a state; nothing when nothing was looked up."""
        return {STORED_AS: {"hour": self.hour, "numbers": self.digests}} if self.digests else {}
