"""The rows of a CSV file as COPY reads them: numbered, broken ones marked, never more than a block of them in memory.

A block in which nothing calls for a CSV reader goes through line by line as it is; any other is read and written anew.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from typing import TYPE_CHECKING, BinaryIO

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

BLOCK = 1 << 17
HEADER_ROW = 1  # as a spreadsheet counts
# What a byte that is not UTF-8 was read as, and the one character that PostgreSQL's text cannot hold.
UNSTORABLE = re.compile("[\ud800-\udfff\0]")
# Anything else than printable ASCII, Bengali and Devanagari with their joiners may be a blank that has to be stripped, or worse.
UNUSUAL = re.compile("[^\x20-\x7e\n\u0900-\u09ff\u200c\u200d]")
QUOTE_OR_BLANK = ('"', " ,", ", ", " \n", "\n ")
BROKEN_ROWS = {
    "not_utf8": gettext_noop("The row has bytes that are not UTF-8. Save the file as UTF-8 and import the row again."),
    "wrong_number_of_fields": gettext_noop("The row has more or fewer fields than the header."),
}


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


class RowStream:
    """A file that COPY reads: place in the file, what is broken (a code of `BROKEN_ROWS` or nothing), then the cells.

    `note` is told now and then how many rows have been read.
    `fault` is to be looked at after COPY, whose driver would hide an exception. `count` is the number of rows so far;
    an empty line is none.

    :raises WrongHeader, NotACsv: the first row does not name the columns, and perhaps the optional ones
    """

    def __init__(
        self,
        stream: BinaryIO,
        columns: Sequence[str],
        optional: Sequence[str] = (),
        note: Callable[[int], None] | None = None,
    ) -> None:
        # A byte that is not UTF-8 becomes a lone surrogate: it spoils its own row only.
        self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self.columns = self._header([*columns], [*optional])
        self.count = 0
        self._note = note
        self.fault: NotACsv | None = None
        self._place = HEADER_ROW
        self._blocks = self._encoded()
        self._block, self._taken = b"", 0

    def read(self, size: int) -> bytes:
        """Return at most `size` bytes of CSV; none at the end."""
        while self._taken == len(self._block):
            block = next(self._blocks, None)
            if block is None:
                return b""
            self._block, self._taken = block, 0
        start, self._taken = self._taken, min(self._taken + size, len(self._block))
        return self._block[start : self._taken]

    def _header(self, columns: list[str], optional: list[str]) -> list[str]:
        try:
            found = [name.strip() for name in next(csv.reader(self._text), [])]
        except csv.Error as error:
            raise NotACsv(reason=str(error)) from error
        if found not in (columns, columns + optional):
            shown = ", ".join(found)[:300].encode("utf-8", "replace").decode()
            raise WrongHeader(expected=", ".join(columns), found=shown or "-")
        return found

    def _encoded(self) -> Iterator[bytes]:
        try:
            while block := self._text.read(BLOCK):
                whole = block + self._text.readline()
                yield (self._as_it_is(whole) or self._read_anew(whole)).encode()
                if self._note:
                    self._note(self.count)
        except csv.Error as error:
            self.fault = NotACsv(reason=str(error))

    def _as_it_is(self, block: str) -> str:
        """Return the lines with their places in front, or nothing when a line is not plainly a sound row."""
        block = block.replace("\r\n", "\n").removesuffix("\n")
        if any(mark in block for mark in QUOTE_OR_BLANK) or block != block.strip(" "):
            return ""
        lines = block.split("\n")
        if UNUSUAL.search(block) or {line.count(",") for line in lines} != {len(self.columns) - 1}:
            return ""
        first = self._place + 1
        self._place += len(lines)
        self.count += len(lines)
        return "".join([f"{place},,{line}\n" for place, line in enumerate(lines, first)])

    def _read_anew(self, block: str) -> str:
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")  # COPY wants one kind of line end
        for row in self._rows(block):
            self._place += 1
            if row:
                self.count += 1
                writer.writerow([self._place, *self._marked(row)])
        return out.getvalue()

    def _rows(self, block: str) -> Iterator[list[str]]:
        lines = deque(io.StringIO(block, newline=""))

        def fed() -> Iterator[str]:
            while lines:
                yield lines.popleft()
            for line in self._text:  # noqa: UP028 - `yield from` would close the file with the generator
                yield line  # a quoted cell runs on behind the block

        for row in csv.reader(fed()):
            yield row
            if not lines:
                return

    def _marked(self, row: list[str]) -> list[str]:
        """Return what is broken of a row, and as many cells as there are columns."""
        width = len(self.columns)
        if UNSTORABLE.search("".join(row)):
            row, code = [UNSTORABLE.sub("?", cell) for cell in row], "not_utf8"
        else:
            code = "" if len(row) == width else "wrong_number_of_fields"
        cells = [*row, *[""] * width]
        rest = ",".join(row[width - 1 :])
        return [code, *(cell.strip() for cell in (*cells[: width - 1], rest))]
