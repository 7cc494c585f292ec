"""Transactions that PostgreSQL ends for the sake of others: a deadlock, or a row that changed under them. They begin anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import structlog
from django.db import OperationalError, connection

if TYPE_CHECKING:
    from collections.abc import Callable

    Result = TypeVar("Result")

log = structlog.get_logger()
TRIES = 5
# PostgreSQL's manual, appendix A, read 2026-11: serialization_failure, deadlock_detected.
ENDED_FOR_OTHERS = ("40001", "40P01")


class Contended(Exception):
    """So many tries in a row were ended by the database that a person should look who holds the rows."""


def begun_anew(act: Callable[[], Result]) -> Result:
    """Return what `act` returns, a whole transaction, tried up to five times when it was ended for the sake of others.

    Inside somebody's transaction it is tried once: what was ended is theirs as well.

    :raises Contended: five tries were not enough; nothing was written
    """
    if connection.in_atomic_block:
        return act()
    for number in range(1, TRIES + 1):
        try:
            return act()
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", "") not in ENDED_FOR_OTHERS:
                raise
            log.warning("transaction_ended_for_others", number=number, code=getattr(error.__cause__, "pgcode", ""))
    raise Contended(f"ended {TRIES} times in a row for the sake of other transactions")
