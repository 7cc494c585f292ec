"""Writing: sealing the books and the trail, so that nobody changes them unseen, not even past the database's own guards.

Postings stay independent of one another: journals and entries are chained afterwards, each hour, in the sequence in which
they are found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import structlog
from django.db import connection, transaction

if TYPE_CHECKING:
    from datetime import datetime

log = structlog.get_logger()
BATCH = 5000
# One sealer at a time; whoever comes second waits, and finds nothing left.
SEAL = "SELECT payments_seal(%s, %s)"
HEADS = "SELECT DISTINCT ON (book) book, number, sha256 FROM payments_journalseal ORDER BY book, number DESC"


class Head(NamedTuple):
    """The last seal of a book, or of the trail. Written down elsewhere, it shows later whether the end of the chain was cut off."""

    book: str
    number: int
    sha256: str


def seal_books(*, now: datetime) -> int:
    """Seal every journal and entry that is not sealed yet, in commits of their own. Returns how many."""
    sealed = 0
    while taken := _seal_some(now):
        sealed += taken
    if sealed:
        log.info("books_sealed", seals=sealed)
    return sealed


def heads() -> list[Head]:
    """Return the last seal of each book."""
    with connection.cursor() as cursor:
        cursor.execute(HEADS)
        return [Head(*row) for row in cursor.fetchall()]


@transaction.atomic
def _seal_some(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SEAL, [now, BATCH])
        return int(cursor.fetchone()[0])
