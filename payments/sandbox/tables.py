"""Rows of cells as CSV or as a workbook."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from openpyxl import Workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SHEET = "Transaction Records"


def as_csv(rows: Iterable[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()


def as_workbook(rows: Iterable[Sequence[str]]) -> bytes:
    """Return an xlsx with one sheet; its cells are texts, as BillDesk's are."""
    book, file = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet(SHEET)
    for row in rows:
        sheet.append(list(row))
    book.save(file)
    return file.getvalue()
