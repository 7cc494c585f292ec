"""Lists as files for a spreadsheet, in which no cell is a formula."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kmc_portal.common.clock import IST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CSV, XLSX = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection", read 2026-11), the wide forms too.
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What the format of workbooks cannot hold; a message of a citizen may have it.
NOT_IN_A_WORKBOOK = {code: None for code in range(32) if chr(code) not in "\t\n\r"}


def file_of(file_type: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a list as CSV, as Excel reads it, or as a workbook. Numbers and days stay what they are; times are IST."""
    table = [[safe_cell(head) for head in heads], *([safe_cell(value) for value in row] for row in rows)]
    return _csv(table) if file_type == CSV else _workbook(table)


def safe_cell(value: Any) -> str | int | Decimal | date:
    """Return what a cell may hold: a text that a spreadsheet would take for a formula has an apostrophe before it."""
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    if isinstance(value, datetime):
        return value.astimezone(IST).replace(tzinfo=None, microsecond=0)
    if isinstance(value, int | Decimal | date):
        return value
    text = str(value).translate(NOT_IN_A_WORKBOOK)
    return f"'{text}" if text.lstrip(" ").startswith(BEGINS_A_FORMULA) or text.startswith(BEGINS_A_FORMULA) else text


def _csv(table: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(table)
    # Without the mark at its beginning, Excel takes Bengali for another alphabet's letters.
    return text.getvalue().encode("utf-8-sig")


def _workbook(table: Iterable[Sequence[Any]]) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 - seven megabytes, which only workbooks need

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in table:
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
