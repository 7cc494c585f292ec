"""Files of rows and columns, as CSV, xlsx or xls: opened with care and read row by row, whatever their size.

An xlsx is a zip of XML: what it unpacks to is known before it is opened, and bounded. Formulas are not computed; such a cell is
a text that begins with `=`, which is no amount and no day. An xls holds 65,536 rows at most and is read whole.
"""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from payments.reconciliation.cells import Cell, exact
from payments.reconciliation.refusals import FileDamaged, FileEmpty, FileLocked, FileTooLarge, FileTypeUnknown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MEGABYTE = 1 << 20
MOST_BYTES = 512 * MEGABYTE
MOST_WORKBOOK_BYTES = 64 * MEGABYTE
MOST_UNPACKED_BYTES = 1024 * MEGABYTE
# The only part of an xlsx that is kept in memory whole: the texts that cells share.
MOST_SHARED_BYTES = 128 * MEGABYTE
SHARED = "xl/sharedStrings.xml"
MOST_ROWS = 2_000_000
MOST_COLUMNS = 64
MOST_BLANK_ROWS = 10_000
# A line of CSV that is longer is no row of a settlement.
LONGEST_CELL = 10_000
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What Office wraps a workbook with a password in; the name stands in the list of an OLE file's parts.
LOCKED = "EncryptedPackage".encode("utf-16-le")
READ = "CSV, xlsx, xls"


def rows_of(path: Path) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yield the place of each row that is not blank, counted as a spreadsheet counts, and its cells.

    :raises FileTooLarge, FileEmpty, FileTypeUnknown, FileLocked, FileDamaged:
    """
    head = check_size(path, MOST_BYTES)
    found = False
    blank = 0
    for place, row in enumerate(_rows(path, head), 1):
        if place > MOST_ROWS or blank > MOST_BLANK_ROWS:
            raise too_large(MOST_BYTES)
        cells = row[:MOST_COLUMNS] if len(row) > MOST_COLUMNS else row
        if not all(map(_is_blank, cells)):
            found, blank = True, 0
            yield place, cells
        else:
            blank += 1
    if not found:
        raise FileEmpty


def _is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))


def check_size(path: Path, most: int) -> bytes:
    """Return how a file begins. :raises FileEmpty, FileTooLarge:"""
    size = path.stat().st_size
    if size > most:
        raise too_large(most)
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise FileEmpty
    return head


def too_large(most: int) -> FileTooLarge:
    return FileTooLarge(megabytes=most // MEGABYTE, rows=MOST_ROWS)


def _rows(path: Path, head: bytes) -> Iterator[Sequence[Cell]]:
    if head.startswith(ZIP):
        return _xlsx(path)
    if head.startswith(OLE):
        return _xls(path)
    if b"\0" in head or head.startswith((b"%PDF", b"<", b"{")):
        raise FileTypeUnknown(expected=READ)
    return _csv(path)


def _csv(path: Path) -> Iterator[Sequence[Cell]]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        try:
            # Looked at row by row: the limit of the csv module would hold for everybody else's files too.
            for row in csv.reader(_short_lines(file)):
                if row and max(map(len, row)) > LONGEST_CELL:
                    raise FileDamaged
                yield row
        except csv.Error as error:
            raise FileDamaged from error


def _short_lines(file: io.TextIOBase) -> Iterator[str]:
    """Yield the lines of a text, none of them without end. :raises FileDamaged:"""
    longest = LONGEST_CELL * MOST_COLUMNS
    while line := file.readline(longest):
        if len(line) == longest:
            raise FileDamaged
        yield line


def _xlsx(path: Path) -> Iterator[Sequence[Cell]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - seven megabytes, which only workbooks need

    check_size(path, MOST_WORKBOOK_BYTES)
    try:
        _check_unpacked(path)
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except FileTooLarge:
        raise
    except Exception as fault:  # whatever the library stumbles over, it is no workbook to rely on
        raise FileDamaged from fault
    try:
        yield from (tuple(map(_cell, row)) for row in _first_sheet(book).iter_rows(values_only=True))
    except (zipfile.BadZipFile, EOFError, ValueError, KeyError, SyntaxError) as fault:
        raise FileDamaged from fault
    finally:
        book.close()


def _first_sheet(book: Any) -> Any:
    """Return the first sheet, told to look for itself how large it is: what a writer says of it is often wrong."""
    sheet = book.worksheets[0]
    sheet.reset_dimensions()
    return sheet


def _check_unpacked(path: Path) -> None:
    """:raises FileTooLarge: a zip bomb; the sizes it states are checked by whoever unpacks it"""
    with zipfile.ZipFile(path) as packed:
        sizes = {info.filename: info.file_size for info in packed.infolist()}
    if sum(sizes.values()) > MOST_UNPACKED_BYTES or sizes.get(SHARED, 0) > MOST_SHARED_BYTES:
        raise too_large(MOST_WORKBOOK_BYTES)


def _xls(path: Path) -> Iterator[Sequence[Cell]]:
    check_size(path, MOST_WORKBOOK_BYTES)
    if LOCKED in path.read_bytes():
        raise FileLocked
    try:
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    except PasswordError as fault:
        raise FileLocked from fault
    except CalamineError as fault:
        raise FileDamaged from fault
    yield from (tuple(map(_cell, row)) for row in sheet.iter_rows())


def _cell(value: object) -> Cell:
    """Return what a library read of a cell, numbers exactly as the spreadsheet shows them."""
    if isinstance(value, float):
        return exact(value)
    return value if isinstance(value, str | int | date | datetime) or value is None else str(value)
