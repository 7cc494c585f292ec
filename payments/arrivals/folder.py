"""The watched folder: files that a bank's or a gateway's own programs put there are taken in and moved on.

    SETTLEMENT_FOLDER/ACCOUNT/settlements/   and   SETTLEMENT_FOLDER/ACCOUNT/statements/

What was taken in is moved to `done/` of its folder, what is refused to `refused/`, with the reason beside it as NAME.txt. A file
is touched when nothing has been written to it for a minute and its name is not one that programs give to halves. It is copied
first, and only a copy of a file that did not change while it was copied is taken in. A file that changes afterwards stays, and is
taken in as a newer one.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import structlog
from django.core.files.base import File

from kmc_portal.common.arrivals.records import FileState
from payments.arrivals.intake import ARRIVALS
from payments.models import GatewayAccount
from payments.states import FileSort

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payments.models import Arrival

log = structlog.get_logger()
PLACES = {"settlements": FileSort.SETTLEMENT, "statements": FileSort.STATEMENT}
MAKER = "folder"
QUIET = timedelta(minutes=1)
HALVES = (".part", ".partial", ".tmp", ".filepart", ".crdownload", ".swp", "~")
# What is wrong with a file is read by whoever looks after the folder, who may not be a clerk.
LANGUAGE_OF_THE_FOLDER = "en"


class Stamp(NamedTuple):
    """What changes when a file is written to."""

    inode: int
    size: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """:raises FileNotFoundError: somebody else has moved it"""
        stat = path.stat()
        return cls(stat.st_ino, stat.st_size, stat.st_mtime_ns)


def watch(root: Path, *, now: datetime) -> int:
    """Take in what lies in the folders of the accounts, and return how many files were moved on."""
    return sum(
        _move_on(path, account, sort, now)
        for account in GatewayAccount.objects.order_by("code")
        for place, sort in PLACES.items()
        for path in _ripe(root / account.code / place, now)
    )


def _ripe(folder: Path, now: datetime) -> Iterator[Path]:
    """Yield the files that nobody is still writing, by name. Links lead anywhere and are left alone."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        is_half = path.name.startswith(".") or path.name.lower().endswith(HALVES)
        if is_half or path.is_symlink() or not path.is_file():
            continue
        changed_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if changed_at + QUIET <= now:
            yield path


def _move_on(path: Path, account: GatewayAccount, sort: FileSort, now: datetime) -> bool:
    try:
        arrival = _taken(path, account, sort, now)
        if arrival is None:
            return False
        _put_away(path, arrival)
    except FileNotFoundError:
        return False
    log.info("folder_file_moved", account=account.code, sort=str(sort), state=str(arrival.state))
    return True


def _taken(path: Path, account: GatewayAccount, sort: FileSort, now: datetime) -> Arrival | None:
    """Take in a file, or nothing of one that changed meanwhile."""
    before = Stamp.of(path)
    with path.open("rb") as opened:
        arrival = ARRIVALS.keep(File(opened), account=account, sort=sort, name=path.name, maker=MAKER, now=now)
    if Stamp.of(path) != before:
        ARRIVALS.forget(arrival)
        return None
    arrival = ARRIVALS.take_in_now(arrival, now=now)
    is_ended = arrival.state != FileState.WAITING
    return arrival if is_ended and Stamp.of(path) == before else None


def _put_away(path: Path, arrival: Arrival) -> None:
    is_done = arrival.state == FileState.TAKEN_IN
    there = path.parent / ("done" if is_done else "refused")
    there.mkdir(exist_ok=True)
    name = _free_name(there, path.name, arrival.pk)
    if not is_done:
        assert arrival.refusal
        reason = f"{arrival.refusal['code']}\n{arrival.refusal[LANGUAGE_OF_THE_FOLDER]}\n"
        (there / f"{name}.txt").write_text(reason, encoding="utf-8")
    os.replace(path, there / name)


def _free_name(folder: Path, name: str, number: int) -> str:
    """Return the name, or with the number of the arrival before it where another file has it already."""
    return f"{number}-{name}" if (folder / name).exists() else name
