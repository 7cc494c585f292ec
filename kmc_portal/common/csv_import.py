"""Importing a CSV of any length: streamed into a staging table by COPY, checked and merged in SQL, one statement each.

Good rows land, bad rows are listed, and nothing is half-written: the whole import is one transaction. Doing it twice
changes nothing. What a row means is said by the `Layout` of its app.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

CHUNK_ROWS = 2_000
FIRST_DATA_ROW = 2  # as a spreadsheet counts: the header is row 1
MESSAGES_KEPT = 10_000
# What a byte that is not UTF-8 was read as, and the one character that PostgreSQL's text cannot hold.
UNSTORABLE = re.compile("[\ud800-\udfff\0]")


class WrongHeader(ServiceError):
    code = "wrong_header"
    message = _(
        "The first row must name these columns in this order: {expected}. It names: {found}. Nothing was imported."
    )
    field = "file"


class NotACsv(ServiceError):
    code = "not_a_csv"
    message = _("This is not a CSV file in UTF-8: {reason}. Nothing was imported.")
    field = "file"


@dataclass(frozen=True, slots=True)
class Check:
    """A row is a misfit where `wrong` (an SQL condition on the staging row `s`) holds. `message` is a message id."""

    field: str
    code: str
    wrong: str
    message: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file, what makes a row a misfit, and the statement that merges the rest.

    `checks` are made in order, each on the rows that passed the earlier ones. `merge` reads the staging table `staged`
    and returns one row per record written, `true` where it is new.
    """

    columns: Sequence[str]
    checks: Sequence[Check]
    merge: str


@dataclass(slots=True)
class Report:
    """What became of a file's rows. `rejects` holds at most 10,000 of the `rejected`."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    rejects: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


BROKEN_ROWS = {
    "not_utf8": gettext_noop("The row has bytes that are not UTF-8. Save the file as UTF-8 and import the row again."),
    "wrong_number_of_fields": gettext_noop("The row has more or fewer fields than the header."),
}


def import_csv(path: Path, layout: Layout, *, dry_run: bool = False) -> Report:
    """Import a file and return what became of its rows; with `dry_run` everything is tried and taken back.

    :raises WrongHeader: the first row names other columns
    :raises NotACsv: the file cannot be read as CSV
    """
    with transaction.atomic():
        report = _import(path, layout)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _import(path: Path, layout: Layout) -> Report:
    report = Report()
    _create_staging(layout)
    with path.open("rb") as stream, connection.cursor() as cursor:
        rows = _RowStream(stream, layout, report)
        cursor.copy_expert(f"COPY staged ({', '.join(('row', *layout.columns))}) FROM STDIN WITH (FORMAT csv)", rows)
        if rows.fault:
            raise rows.fault
        cursor.execute("ANALYZE staged")
    for check in layout.checks:
        _reject(report, check)
    _merge(report, layout)
    report.rejects.sort(key=lambda reject: reject["row"])
    return report


def _create_staging(layout: Layout) -> None:
    columns = ", ".join(f"{name} text" for name in layout.columns)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged")
        cursor.execute(f"CREATE TEMPORARY TABLE staged (row bigint, {columns}) ON COMMIT DROP")


def _reject(report: Report, check: Check) -> None:
    """Take the misfits of one check out of the staging table and list them."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM staged s WHERE {check.wrong} RETURNING row")
        rows = [row for (row,) in cursor.fetchall()]
    for row in rows:
        _list_reject(report, row, check.field, check.code, _t(check.message))


def _list_reject(report: Report, row: int, field_name: str, code: str, message: str) -> None:
    report.rejected += 1
    if len(report.rejects) < MESSAGES_KEPT:
        report.rejects.append({"row": row, "field": field_name, "code": code, "message": message})


def _merge(report: Report, layout: Layout) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"WITH written AS ({layout.merge}) SELECT count(*) FILTER (WHERE is_new), count(*) FROM written")
        created, written = cursor.fetchone()
    report.created, report.updated = created, written - created
    report.unchanged = report.read - report.rejected - written


class _RowStream(io.RawIOBase):
    """A file that COPY reads: the CSV's rows with their numbers, broken ones left out and listed."""

    def __init__(self, stream: Any, layout: Layout, report: Report) -> None:
        # A byte that is not UTF-8 becomes a lone surrogate: it spoils its own row only.
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._rows = csv.reader(text)
        self._report = report
        self._width = len(layout.columns)
        self._check_header(layout)
        self._chunks = self._encoded()
        self._rest = b""
        self.fault: NotACsv | None = None

    def _check_header(self, layout: Layout) -> None:
        try:
            found = [name.strip() for name in next(self._rows, [])]
        except csv.Error as error:
            raise NotACsv(reason=str(error)) from error
        if found != list(layout.columns):
            shown = ", ".join(found)[:300].encode("utf-8", "replace").decode()
            raise WrongHeader(expected=", ".join(layout.columns), found=shown or "-")

    def _encoded(self) -> Iterator[bytes]:
        """Yield the good rows as CSV for COPY, some thousand at a time."""
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        for count, row in enumerate(self._numbered(), start=1):
            writer.writerow(row)
            if count % CHUNK_ROWS == 0:
                yield out.getvalue().encode()
                out.seek(0)
                out.truncate()
        yield out.getvalue().encode()

    def _numbered(self) -> Iterator[list[Any]]:
        number = FIRST_DATA_ROW - 1
        for row in self._readable():
            number += 1
            if not row:
                continue  # an empty line is no row
            self._report.read += 1
            code = self._broken(row)
            if code:
                _list_reject(self._report, number, "", code, _t(BROKEN_ROWS[code]))
            else:
                yield [number, *(cell.strip() for cell in row)]

    def _readable(self) -> Iterator[list[str]]:
        try:
            yield from self._rows
        except csv.Error as error:
            self.fault = NotACsv(reason=str(error))  # raised after COPY, whose driver would hide it

    def _broken(self, row: list[str]) -> str:
        if any(UNSTORABLE.search(cell) for cell in row):
            return "not_utf8"
        return "wrong_number_of_fields" if len(row) != self._width else ""

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size or size < 0:
            chunk = next(self._chunks, None)
            if chunk is None:
                break
            self._rest += chunk
        taken, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return taken
