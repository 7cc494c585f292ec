"""Rows of a reader on their way into a staging table, by COPY. Never more than a block of them is in memory."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from django.db import connection

from kmc_portal.common.errors import ServiceError
from payments.reconciliation.rows import Misfit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from payments.reconciliation.rows import BankRow, SettlementRow

# Few enough for the garbage collector to have little to look through again and again: it took a fifth of the reading.
BLOCK_ROWS = 250
MISFITS_KEPT = 10_000
MANY_ROWS = 10_000
# What COPY takes for the end of a cell, of a row, or for the beginning of an escape.
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Staged:
    """A file that COPY reads. `fault` is to be looked at after COPY, whose driver would hide an exception."""

    def __init__(self, rows: Iterator[SettlementRow | BankRow | Misfit], kinds: Sequence[str]) -> None:
        self._rows = rows
        self._kinds = kinds
        self._left = b""
        self.read_rows = 0
        self.rejected = 0
        self.misfits: list[Misfit] = []
        self.fault: ServiceError | None = None

    def read(self, size: int) -> bytes:
        while not self._left:
            block = self._block()
            if block is None:
                return b""
            self._left = block
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def _block(self) -> bytes | None:
        """Return some rows as COPY reads them, nothing at the end or at a fault."""
        try:
            rows = list(islice(self._rows, BLOCK_ROWS))
        except ServiceError as refusal:
            self.fault = refusal
            return None
        if not rows:
            return None
        self.read_rows += len(rows)
        misfits = [row for row in rows if isinstance(row, Misfit)]
        if misfits:
            self.rejected += len(misfits)
            self.misfits += misfits[: MISFITS_KEPT - len(self.misfits)]
            rows = [row for row in rows if not isinstance(row, Misfit)]
        return self._copied(rows) if rows else b""

    def _copied(self, rows: Sequence[SettlementRow | BankRow | Misfit]) -> bytes:
        """Return rows as lines of cells. Column by column: a million of them cost half of what one by one would."""
        columns = [
            _escaped(cells) if kind == "text" else _written(cells)
            for cells, kind in zip(zip(*rows, strict=True), self._kinds, strict=True)
        ]
        return ("\n".join(map("\t".join, zip(*columns, strict=True))) + "\n").encode()


def _escaped(texts: Sequence[str]) -> Sequence[str]:
    whole = "".join(texts)
    return [text.translate(ESCAPES) for text in texts] if any(chr(mark) in whole for mark in ESCAPES) else texts


def _written(values: Sequence[object]) -> Iterable[str]:
    """Return numbers and days as texts, each written once where few repeat, as days and charges do."""
    distinct = set(values)
    if 2 * len(distinct) > len(values):
        return map(str, values)
    known = {value: str(value) for value in distinct}
    return [known[value] for value in values]


def stage(rows: Iterator[SettlementRow | BankRow | Misfit], columns: Mapping[str, str]) -> Staged:
    """Copy the rows of a reader into the temporary table `staged` of these columns. :raises ServiceError: of the reader"""
    staged = Staged(rows, list(columns.values()))
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged CASCADE")
        listed = ", ".join(f"{name} {kind} NOT NULL" for name, kind in columns.items())
        cursor.execute(f"CREATE TEMPORARY TABLE staged ({listed}) ON COMMIT DROP")
        cursor.copy_expert(f"COPY staged ({', '.join(columns)}) FROM STDIN", staged, 1 << 17)
        if staged.fault:
            raise staged.fault
    return staged


def learn_size(table: str, new_rows: int) -> None:
    """Have the planner know of many new rows at once: what comes next would be planned for the table as it was before."""
    if new_rows >= MANY_ROWS:
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {table}")
