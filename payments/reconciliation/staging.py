"""Rows of a reader on their way into a staging table, by COPY. Never more than a block of them is in memory."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import TYPE_CHECKING

from django.db import connection

from kmc_portal.common.errors import ServiceError
from payments.reconciliation.rows import Misfit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from payments.reconciliation.rows import BankRow, SettlementRow

BLOCK_ROWS = 2_000
MISFITS_KEPT = 10_000


class Staged:
    """A file that COPY reads. `fault` is to be looked at after COPY, whose driver would hide an exception."""

    def __init__(self, rows: Iterator[SettlementRow | BankRow | Misfit]) -> None:
        self._rows = rows
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
        """Return some rows as CSV, nothing at the end or at a fault."""
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
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        return out.getvalue().encode()


def stage(rows: Iterator[SettlementRow | BankRow | Misfit], columns: Mapping[str, str]) -> Staged:
    """Copy the rows of a reader into the temporary table `staged` of these columns. :raises ServiceError: of the reader"""
    staged, texts = Staged(rows), ", ".join(name for name, kind in columns.items() if kind == "text")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged")
        listed = ", ".join(f"{name} {kind} NOT NULL" for name, kind in columns.items())
        cursor.execute(f"CREATE TEMPORARY TABLE staged ({listed}) ON COMMIT DROP")
        copy = f"COPY staged ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({texts}))"
        cursor.copy_expert(copy, staged, 1 << 17)
        if staged.fault:
            raise staged.fault
        cursor.execute("ANALYZE staged")
    return staged
