"""The misfits of an import as a CSV that a clerk can open, correct and send again."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, TextIO

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Sequence

# A spreadsheet takes a cell that begins like this for a formula. A plain number, with its sign or not, does no harm.
FORMULA = re.compile(r"\s*[=+\-@\t\r]")
NUMBER = re.compile(r"[+-]?[0-9][0-9 .,-]*")


def write_rejects(stream: TextIO, told: Sequence[tuple[str, str, str]], columns: Sequence[str]) -> None:
    """Write the rows of the staging table that are misfits, each with its place and `told` (column, code, sentence)."""
    writer = csv.writer(stream)
    writer.writerow(["row", "field", "code", "message", *columns])
    staged = ", ".join(f"s.{name}" for name in columns)
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT m.row, m.fault, {staged} FROM misfit m JOIN staged s ON s.row = m.row ORDER BY m.row")
        for row, fault, *cells in cursor:
            writer.writerow([row, *told[fault], *map(harmless, cells)])


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if FORMULA.match(cell) and not NUMBER.fullmatch(cell) else cell
