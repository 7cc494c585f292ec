"""Writing: files that were sent in, and the worker who takes them in one after the other.

A file is taken in, and its fate written down, in one transaction that locks its row. Who is killed in the middle leaves a row that
waits and nothing else, and whoever comes next begins anew. How far the reading is, a second connection writes beside it.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.core.files.storage import storages
from django.db import connection, connections, transaction
from django.db.models import F
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from payments.arrivals.models import ArrivalState
from payments.models import Arrival, ArrivalProgress
from payments.reconciliation.taking_in import take_in_settlement, take_in_statement
from payments.states import FileSort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from django.core.files import File

    from kmc_portal.common.csv_import import Report
    from payments.models import GatewayAccount

log = structlog.get_logger()
FOLDER = "settlements"
LONGEST_NAME = 200
ROWS_BETWEEN_NOTES = 5_000
# A file over which so many workers have died is not given to another one.
MOST_TRIES = 5
BLOCK = 1 << 20
NOTE = {
    "rows_read": "UPDATE payments_arrivalprogress SET rows_read = %s WHERE arrival_id = %s",
    "rows_expected": "UPDATE payments_arrivalprogress SET rows_expected = %s WHERE arrival_id = %s",
}
# Of the session: a try is counted in a commit of its own before the file is read, and nobody may come in between. Others can see it
# without taking it themselves, and who dies lets go of it.
HOLD = "SELECT pg_try_advisory_lock(hashtext('arrival'), %s)"
LET_GO = "SELECT pg_advisory_unlock(hashtext('arrival'), %s)"
IS_HELD = """
SELECT EXISTS (SELECT FROM pg_locks
                WHERE locktype = 'advisory' AND objsubid = 2 AND granted AND objid::bigint = %s
                  AND classid::bigint = hashtext('arrival')::bigint & 4294967295
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
# A file that begins like this is a workbook, whose rows nobody knows before they are read.
BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class ArrivalGaveUp(ServiceError):
    code = "settlement_file_gave_up"
    message = _(
        "Reading this file has broken off {tries} times. Nothing was taken in. Please tell whoever runs the portal, with its name."
    )
    field = "file"


def send_in(
    sent: File[Any], *, account: GatewayAccount, sort: FileSort, name: str, maker: str, now: datetime, **options: bool
) -> Arrival:
    """Keep a file to be taken in by a worker. `options`: `is_correction` for a settlement report that takes rows back."""
    drawn = f"{FOLDER}/{secrets.token_hex(20)}"
    stored_as = storages["papers"].save(drawn, sent)
    with storages["papers"].open(stored_as) as kept:
        digest = hashlib.file_digest(kept, "sha256").hexdigest()
    with transaction.atomic():
        made = Arrival.objects.create(
            account=account,
            sort=sort,
            name=name[-LONGEST_NAME:],
            stored_as=stored_as,
            size=storages["papers"].size(stored_as),
            sha256=digest,
            maker=maker,
            sent_at=now,
            **options,
        )
        ArrivalProgress.objects.create(arrival=made)
    log.info("settlement_file_sent_in", account=account.code, sort=str(sort), bytes=made.size)
    return made


def is_held(arrival: Arrival) -> bool:
    """Say whether a worker is reading a file just now."""
    with connection.cursor() as cursor:
        cursor.execute(IS_HELD, [arrival.pk])
        return bool(cursor.fetchone()[0])


def forget(arrival: Arrival) -> None:
    """Take back a file that was just sent in and that nobody has begun to read."""
    storages["papers"].delete(arrival.stored_as)
    arrival.delete()


def take_in_waiting(*, now: datetime) -> int:
    """Take in the files that wait, oldest first, and return how many came to an end."""
    waiting = Arrival.objects.filter(state=ArrivalState.WAITING).order_by("pk").values_list("pk", flat=True)
    return sum(_take_in(pk, now=now) for pk in waiting)


def take_in_now(arrival: Arrival, *, now: datetime) -> Arrival:
    """Take in one file here and now, unless it has come to its end or somebody else is at it; return it as it stands then."""
    _take_in(arrival.pk, now=now)
    arrival.refresh_from_db()
    return arrival


def _take_in(pk: int, *, now: datetime) -> bool:
    """Take in a file, and say whether it came to an end; it does not when somebody else has it in hand, or had."""
    with _held(pk) as is_ours:
        if not (is_ours and Arrival.objects.filter(pk=pk, state=ArrivalState.WAITING).update(tries=F("tries") + 1)):
            return False
        _end(pk, now)
    return True


@contextmanager
def _held(pk: int) -> Iterator[bool]:
    """Hold a file, and give whether nobody else does."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [pk])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute(LET_GO, [pk])


@transaction.atomic
def _end(pk: int, now: datetime) -> None:
    arrival = Arrival.objects.select_for_update(no_key=True).get(pk=pk)
    try:
        arrival.report, arrival.state = asdict(_read(arrival, now)), ArrivalState.TAKEN_IN
        del arrival.report["rejects"]
    except ServiceError as refusal:
        arrival.refusal, arrival.state = _in_every_language(refusal), ArrivalState.REFUSED
    arrival.finished_at = now
    arrival.save(update_fields=["state", "report", "refusal", "finished_at"])
    log.info("settlement_file_ended", arrival=pk, state=str(arrival.state), tries=arrival.tries)


def _read(arrival: Arrival, now: datetime) -> Report:
    """:raises ServiceError: the file is refused"""
    if arrival.tries > MOST_TRIES:
        raise ArrivalGaveUp(tries=MOST_TRIES)
    path = Path(storages["papers"].path(arrival.stored_as))
    told: dict[str, Any] = {"account": arrival.account.code, "maker": arrival.maker, "now": now, "name": arrival.name}
    with _progress(arrival.pk, path) as watch:
        if arrival.sort == FileSort.STATEMENT:
            return take_in_statement(path, **told, watch=watch)
        return take_in_settlement(path, **told, is_correction=arrival.is_correction, watch=watch)


@contextmanager
def _progress(arrival: int, path: Path) -> Iterator[Callable[[Iterator[Any]], Iterator[Any]]]:
    """Give what notes every so many rows how far the reading is, for all to see though nothing is committed yet."""
    beside = connections["default"].copy()

    def note(**values: int) -> None:
        with beside.cursor() as cursor:
            for name, value in values.items():
                cursor.execute(NOTE[name], [value, arrival])

    def watch(rows: Iterator[Any]) -> Iterator[Any]:
        read = 0
        while block := list(islice(rows, ROWS_BETWEEN_NOTES)):
            yield from block
            read += len(block)
            note(rows_read=read)

    try:
        note(rows_read=0, rows_expected=_expected(path))
        yield watch
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
