"""Writing: files that were sent in, and the worker who takes them in one after the other.

A file is taken in, and its fate written down, in one transaction, under a lock of the session. Who is killed in the middle leaves a
row that waits and nothing else, and whoever comes next begins anew. How far the reading is, a second connection writes beside it.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import structlog
from django.conf import settings
from django.core.files.storage import storages
from django.db import connection, connections, transaction
from django.db.models import F
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.arrivals.records import FileState, SentFile
from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from django.core.files import File

    from kmc_portal.common.csv_import import Report

log = structlog.get_logger()
LONGEST_NAME = 200
ROWS_BETWEEN_NOTES = 5_000
# A file over which so many workers have died is not given to another one.
MOST_TRIES = 5
BLOCK = 1 << 20
# Of the session: a try is counted in a commit of its own before the file is read, and nobody may come in between. Others can see it
# without taking it themselves, and who dies lets go of it.
HOLD = "SELECT pg_try_advisory_lock(hashtext(%s), %s)"
LET_GO = "SELECT pg_advisory_unlock(hashtext(%s), %s)"
IS_HELD = """
SELECT EXISTS (SELECT FROM pg_locks
                WHERE locktype = 'advisory' AND objsubid = 2 AND granted AND classid::bigint = hashtext(%s)::bigint & 4294967295
                  AND objid::bigint = %s AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
# Nothing rests on a note, so it waits for nobody: a row that somebody holds is passed over.
NOTE = (
    "UPDATE {table} SET {column} = %s WHERE id = (SELECT id FROM {table} WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)"
)
# A file that begins like this is a workbook, whose rows nobody knows before they are read.
BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
ENDS = ["state", "report", "refusal", "finished_at"]

Sent = TypeVar("Sent", bound=SentFile)
SentIn = TypeVar("SentIn", bound=SentFile, contravariant=True)


class FileGaveUp(ServiceError):
    code = "file_gave_up"
    message = _(
        "Reading this file has broken off {tries} times. Nothing was taken in. Please tell whoever runs the portal, with its name."
    )
    field = "file"


class Reader(Protocol[SentIn]):
    """Takes a file in, in the transaction that it finds, and says what became of its rows. :raises ServiceError: it is refused"""

    def __call__(self, sent: SentIn, /, path: Path, *, progress: Progress, now: datetime) -> Report: ...


class Progress:
    """Notes every so many rows how far the reading of a file is, for all to see though nothing is committed yet."""

    def __init__(self, note: Callable[[int], None]) -> None:
        self._note = note
        self._noted = 0

    def note(self, rows: int) -> None:
        """Say how many rows have been read; not every call is worth a statement."""
        if rows >= self._noted + ROWS_BETWEEN_NOTES:
            self._noted = rows
            self._note(rows)

    def watch(self, rows: Iterator[Any]) -> Iterator[Any]:
        """Yield the rows again, and note them."""
        read = 0
        while block := list(islice(rows, ROWS_BETWEEN_NOTES)):
            yield from block
            read += len(block)
            self._note(read)


@dataclass(frozen=True, slots=True)
class Intake(Generic[Sent]):
    """How the files of one table are kept and taken in. `lock` names them among all locks, `folder` among the private files."""

    records: type[Sent]
    lock: str
    folder: str
    read: Reader[Sent]

    def keep(self, file: File[Any], *, name: str, maker: str, now: datetime, **more: Any) -> Sent:
        """Keep a file to be taken in by a worker, with what else its table says of it."""
        stored_as = storages["papers"].save(f"{self.folder}/{secrets.token_hex(20)}", file)
        with storages["papers"].open(stored_as) as kept:
            digest = hashlib.file_digest(kept, "sha256").hexdigest()
        made = self.records._default_manager.create(
            name=name[-LONGEST_NAME:],
            stored_as=stored_as,
            size=storages["papers"].size(stored_as),
            sha256=digest,
            maker=maker,
            sent_at=now,
            **more,
        )
        log.info("file_sent_in", table=self.lock, file=made.pk, bytes=made.size)
        return made

    def forget(self, sent: Sent) -> None:
        """Take back a file that was just sent in and that nobody has begun to read."""
        storages["papers"].delete(sent.stored_as)
        sent.delete()

    def is_held(self, sent: Sent) -> bool:
        """Say whether a worker is reading a file just now."""
        with connection.cursor() as cursor:
            cursor.execute(IS_HELD, [self.lock, sent.pk])
            return bool(cursor.fetchone()[0])

    def take_in_waiting(self, *, now: datetime) -> int:
        """Take in the files that wait, oldest first, and return how many came to an end."""
        return sum(self._take_in(pk, now) for pk in self._waiting().order_by("pk").values_list("pk", flat=True))

    def take_in_now(self, sent: Sent, *, now: datetime) -> Sent:
        """Take in one file here and now, unless it has come to its end or somebody else is at it; return it as it stands then."""
        self._take_in(sent.pk, now)
        sent.refresh_from_db()
        return sent

    def _waiting(self) -> Any:
        return self.records._default_manager.filter(state__in=self.records.TO_READ)

    def _take_in(self, pk: int, now: datetime) -> bool:
        """Take in a file, and say whether it came to an end; it does not when somebody else has it in hand, or had."""
        with self._held(pk) as is_ours:
            if not (is_ours and self._waiting().filter(pk=pk).update(tries=F("tries") + 1)):
                return False
            self._end(pk, now)
        return True

    @contextmanager
    def _held(self, pk: int) -> Iterator[bool]:
        """Hold a file, and give whether nobody else does."""
        with connection.cursor() as cursor:
            cursor.execute(HOLD, [self.lock, pk])
            is_ours = bool(cursor.fetchone()[0])
        try:
            yield is_ours
        finally:
            if is_ours:
                with connection.cursor() as cursor:
                    cursor.execute(LET_GO, [self.lock, pk])

    @transaction.atomic
    def _end(self, pk: int, now: datetime) -> None:
        # Not locked before its end is written: the second connection writes to the row while the file is read.
        sent = self.records._default_manager.get(pk=pk)
        try:
            sent.note(self._read(sent, now))
        except ServiceError as refusal:
            sent.refusal, sent.report, sent.state = _in_every_language(refusal), None, FileState.REFUSED
        sent.finished_at = now
        sent.save(update_fields=ENDS)
        log.info("file_ended", table=self.lock, file=pk, state=str(sent.state), tries=sent.tries)

    def _read(self, sent: Sent, now: datetime) -> Report:
        """:raises ServiceError: the file is refused"""
        if sent.tries > MOST_TRIES:
            raise FileGaveUp(tries=MOST_TRIES)
        path = Path(storages["papers"].path(sent.stored_as))
        with self._progress(sent.pk, path) as progress:
            return self.read(sent, path, progress=progress, now=now)

    @contextmanager
    def _progress(self, pk: int, path: Path) -> Iterator[Progress]:
        beside, table = connections["default"].copy(), self.records._meta.db_table

        def note(column: str, rows: int) -> None:
            with beside.cursor() as cursor:
                cursor.execute(NOTE.format(table=table, column=column), [rows, pk])

        try:
            note("rows_read", 0)
            note("rows_expected", _expected(path))
            yield Progress(partial(note, "rows_read"))
        finally:
            beside.close()


def _expected(path: Path) -> int:
    """Return about how many rows a file has, 0 when it does not say before it is read."""
    with path.open("rb") as file:
        head = file.read(BLOCK)
        if head.startswith(BINARY):
            return 0
        return head.count(b"\n") + sum(block.count(b"\n") for block in iter(lambda: file.read(BLOCK), b""))


def _in_every_language(refusal: ServiceError) -> dict[str, str]:
    """Return a refusal as it is kept for readers of all languages: its code, and under each language its sentence."""
    said = {"code": refusal.code}
    for language, _name in settings.LANGUAGES:
        with override(language):
            said[language] = refusal.user_message
    return said


def sentence(refusal: dict[str, str]) -> str:
    """Return a kept refusal in the reader's language."""
    return refusal.get(get_language() or "") or refusal[settings.LANGUAGE_CODE]
