"""Links and codes that are not ours: counted for each connection, and at some number an hour no longer looked up for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.allowance import Allowance
from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from datetime import datetime

log = structlog.get_logger()
GUESSES = Allowance("payments_guessallowance", "guesses", "payments.guess")


class GuessLimitReached(ServiceError):
    code = "guess_limit_reached"
    message = _(
        "Your connection has tried {count} links or codes this hour that are not ours, which is all we allow. "
        "Please try again after {hour} o'clock, or look up your dues from the front page."
    )
    field = "code"
    http_status = 429


def note_guess(*, address: str, now: datetime) -> None:
    """Count one link or code of a connection that is not ours.

    :raises GuessLimitReached: it has tried as many in this hour as `WRONG_LINKS_PER_HOUR` allows
    """
    guesses, ends_at = GUESSES.spend(address=address, now=now)
    if guesses > settings.WRONG_LINKS_PER_HOUR:
        log.warning("guess_limit_reached", guesses=guesses)
        raise GuessLimitReached(count=settings.WRONG_LINKS_PER_HOUR, hour=ends_at.hour)
