"""BillDesk's settlement report: a workbook or CSV with up to three sections one under the other, each with its own header.

Columns are found by the beginning of their header, blanks and dots left out: merchants rename what stands behind, and the
spacing varies. A header without a column that is needed is a layout that is not known.
"""

from __future__ import annotations

import re
from functools import partial
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from kmc_portal.common.money import rupees
from payments.reconciliation.cells import (
    LONGEST_REFERENCE,
    Cell,
    day_of_cell,
    paise_of,
    plain_amounts,
    plain_texts,
    text_of,
)
from payments.reconciliation.refusals import LayoutUnknown, TotalsWrong
from payments.reconciliation.rows import Misfit, RowKind, SettlementRow
from payments.reconciliation.sheets import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

SECTIONS = {
    "SETTLED TRANSACTIONS": RowKind.SETTLED,
    "REFUND TRANSACTIONS": RowKind.REFUND,
    "CHARGEBACK TRANSACTIONS": RowKind.CHARGEBACK,
}
TRAILERS = ("NET CREDIT", "SETTLED TRANSACTIONS --")
# So many are looked at together: what a column repeats is read once.
ROWS_AT_ONCE = 250
# A line of more cells that stands in no section is a row that nobody may overlook.
WIDEST_REMARK = 3
IDENTIFIERS = {
    "merchant_id": ("billerid",),
    "bank_ref": ("bankrefno",),
    "transaction_ref": ("pgirefno",),
    "order_ref": ("ref1",),
    "happened_on": ("dateoftxn", "dateoftransaction"),
    "settled_on": ("settlementdate",),
    "gross_paise": ("grossamount",),
}
NEEDED: Mapping[RowKind, Mapping[str, tuple[str, ...]]] = {
    RowKind.SETTLED: {**IDENTIFIERS, "charge_paise": ("charges",), "gst_paise": ("gst",), "net_paise": ("netamount",)},
    RowKind.REFUND: {**IDENTIFIERS, "own_ref": ("refundid",), "net_paise": ("refundamount",)},
    RowKind.CHARGEBACK: {**IDENTIFIERS, "net_paise": ("chargebackamount", "netamount", "grossamount")},
}
MAY_BE_THERE = {"own_ref": ("subtxnid", "chargebackid", "refundid")}
REFERENCES = ("merchant_id", "transaction_ref", "order_ref", "bank_ref", "own_ref")


class Header(NamedTuple):
    """How the rows of a section are read: for each field from `merchant_id` to `net_paise` by what, and in which place."""

    kind: RowKind
    readers: Sequence[tuple[Callable[[Cell], Any], int]]
    width: int


class Unfit(ValueError):
    """A reference that is none. The text is what was found."""

    def __init__(self, code: str, found: str) -> None:
        super().__init__(found)
        self.code = code


def settlement_rows(path: Path) -> Iterator[SettlementRow | Misfit]:
    """Yield the rows of a settlement report; memory does not grow with the file.

    What the report says of its own net credit is compared when the last row has been taken, unless one was set aside.

    :raises ServiceError: one of `refusals`: the file is not to be taken in, whatever was yielded before
    """
    report, found = Report(), rows_of(path)
    while block := list(islice(found, ROWS_AT_ONCE)):
        yield from report.read_block(block)
    report.check()


class Report:
    """What has been read of a report so far: the section it is in, and the totals."""

    def __init__(self) -> None:
        self.kind: RowKind | None = None
        self.header: Header | None = None
        self.has_headers = False
        self.passed_over = ""
        self.counted_paise = 0
        self.misfits = 0
        self.stated_paise: int | None = None

    def read_block(self, block: Sequence[tuple[int, Sequence[Cell]]]) -> Sequence[SettlementRow | Misfit]:
        """Return the rows of a part of the file: column by column where that is the same, else one by one.

        :raises LayoutUnknown: as `read`
        """
        rows = self._by_columns(block)
        if rows is None:
            return [row for place, cells in block if (row := self.read(place, cells)) is not None]
        self.counted_paise += sum(row.credit_paise for row in rows)
        return rows

    def _by_columns(self, block: Sequence[tuple[int, Sequence[Cell]]]) -> list[SettlementRow] | None:
        """Return the rows of a block of texts; nothing where one is short, stands between rows, or cannot be read."""
        places, cells = zip(*block, strict=True)
        if self.header is None or min(map(len, cells)) < self.header.width:
            return None
        columns = list(zip(*cells, strict=False))
        if any(set(map(type, columns[at])) != {str} for at in {0, *(at for _read, at in self.header.readers)}):
            return None
        if any(_is_title(cell) for cell in set(columns[0])):
            return None
        try:
            values = [_read_column(read, columns[at]) for read, at in self.header.readers]
        except ValueError:
            return None
        return list(map(SettlementRow, places, repeat(self.header.kind), *values))

    def read(self, place: int, cells: Sequence[Cell]) -> SettlementRow | Misfit | None:
        """Return a row, or nothing of a title, a header or a trailer. :raises LayoutUnknown:"""
        if self._is_between_rows(cells):
            return None
        if self.header is None:
            self._begin(cells)
            return None
        row = _row(place, cells, self.header)
        if isinstance(row, Misfit):
            self.misfits += 1
        else:
            self.counted_paise += row.credit_paise
        return row

    def check(self) -> None:
        """:raises LayoutUnknown: no section was found; TotalsWrong: the net credit is another one"""
        if not self.has_headers:
            raise LayoutUnknown(expected=", ".join(SECTIONS), found=self.passed_over or "-")
        if self.stated_paise not in (None, self.counted_paise) and not self.misfits:
            raise TotalsWrong(stated=rupees(self.stated_paise or 0), counted=rupees(self.counted_paise))

    def _is_between_rows(self, cells: Sequence[Cell]) -> bool:
        if not _is_title(cells[0]):
            return False
        title = str(cells[0]).strip().upper()
        if title in SECTIONS:
            self.kind, self.header = SECTIONS[title], None
        else:
            self._close(title, cells)
        return True

    def _close(self, title: str, cells: Sequence[Cell]) -> None:
        self.kind, self.header = None, None
        if not title.startswith("NET CREDIT"):
            return
        stated = next((cell for cell in cells[1:] if cell not in ("", None)), None)
        try:
            self.stated_paise = _signed(stated)
        except ValueError as error:
            raise LayoutUnknown(expected="NET CREDIT, 0.00", found=str(stated)[:80]) from error

    def _begin(self, cells: Sequence[Cell]) -> None:
        """Take a header. Outside of the sections a letterhead or a remark is passed over, rows and headers are not."""
        if self.kind is not None:
            self.header, self.has_headers = _header(self.kind, cells), True
        elif sum(cell not in ("", None) for cell in cells) > WIDEST_REMARK:
            raise LayoutUnknown(expected=", ".join(SECTIONS), found=_shown(cells))
        else:
            self.passed_over = self.passed_over or _shown(cells)


def _is_title(cell: Cell) -> bool:
    """Say whether a first cell is no row's: the title of a section, or of what closes one."""
    title = cell.strip().upper() if isinstance(cell, str) else ""
    return title in SECTIONS or title.startswith(TRAILERS)


def _read_column(read: Callable[[Cell], Any], cells: Sequence[str]) -> Iterable[Any]:
    """Return what a column says, each text read once where they repeat, as days, charges and merchants do. :raises ValueError:"""
    at_once = AT_ONCE.get(read)
    if at_once and (values := at_once(cells)) is not None:
        return values
    distinct = set(cells)
    if 2 * len(distinct) > len(cells):
        return list(map(read, cells))
    known = {cell: read(cell) for cell in distinct}
    return [known[cell] for cell in cells]


def plain(cell: Cell) -> str:
    """Return a header without blanks, dots and case: `Gross Amount (Rs. Ps)` is `grossamount(rsps)`."""
    return re.sub(r"[\s._]", "", str(cell or "")).lower()


def _header(kind: RowKind, cells: Sequence[Cell]) -> Header:
    names = [plain(cell) for cell in cells]
    needed = {name: _found(names, starts) for name, starts in NEEDED[kind].items()}
    missing = [NEEDED[kind][name][0] for name, at in needed.items() if at is None]
    if missing:
        raise LayoutUnknown(expected=f"{kind}: {', '.join(missing)}", found=_shown(cells))
    found = {name: _found(names, starts) for name, starts in MAY_BE_THERE.items()} | needed
    places = {name: at for name, at in found.items() if at is not None}
    readers = [
        (read, places[name]) if name in places else (partial(_without_column, read), 0)
        for name, read in READERS.items()
    ]
    return Header(kind, readers, len(names))


def _without_column(read: Callable[[Cell], Any], _cell: Cell) -> Any:
    return read(None)


def _found(names: Sequence[str], starts: tuple[str, ...]) -> int | None:
    """Return where a column stands: the name itself, or with something in brackets behind it."""
    matching = (at for start in starts for at, name in enumerate(names) if name.split("(")[0] == start)
    return next(matching, None)


def _shown(cells: Sequence[Cell]) -> str:
    return ", ".join(str(cell) for cell in cells if cell not in ("", None))[:300] or "-"


def _row(place: int, cells: Sequence[Cell], header: Header) -> SettlementRow | Misfit:
    """Return a row, or what is wrong with it. Only then is it looked at field by field: a report may have a million good ones."""
    if len(cells) < header.width:
        cells = [*cells, *[None] * (header.width - len(cells))]
    try:
        return SettlementRow(place, header.kind, *[read(cells[at]) for read, at in header.readers])
    except ValueError:
        return _first_fault(place, dict(zip(READERS, header.readers, strict=True)), cells)


def _first_fault(place: int, readers: Mapping[str, tuple[Callable[[Cell], Any], int]], cells: Sequence[Cell]) -> Misfit:
    """Return what is wrong with a row that cannot be read; amounts and days come before references."""
    for name in sorted(readers, key=REFERENCES.__contains__):
        read, at = readers[name]
        try:
            read(cells[at])
        except Unfit as fault:
            return Misfit(place, name, fault.code, str(fault)[:200])
        except ValueError as error:
            return Misfit(place, name, "unreadable", str(error)[:200])
    raise AssertionError("no fault")


def _name(cell: Cell) -> str:
    """Return a reference without which a row cannot be told from others."""
    return _reference(cell) or _refuse("missing", "")


def _reference(cell: Cell) -> str:
    text = text_of(cell)
    return text if len(text) <= LONGEST_REFERENCE else _refuse("too_long", text)


def _refuse(code: str, found: str) -> str:
    raise Unfit(code, found)


def _amount(cell: Cell) -> int:
    """Return the paise of an amount that must be there."""
    if cell is None or (isinstance(cell, str) and (not cell or cell.isspace())):
        raise ValueError("no amount")
    return paise_of(cell)


def _signed(cell: Cell) -> int:
    """Return the paise of a net credit, negative when refunds took more than was settled."""
    text = text_of(cell)
    return -_amount(text[1:]) if text.startswith("-") else _amount(cell)


READERS: Mapping[str, Callable[[Cell], Any]] = {
    "merchant_id": _name,
    "transaction_ref": _name,
    "order_ref": _reference,
    "bank_ref": _reference,
    "own_ref": _reference,
    "happened_on": day_of_cell,
    "settled_on": day_of_cell,
    "gross_paise": _amount,
    "charge_paise": paise_of,
    "gst_paise": paise_of,
    "net_paise": _amount,
}
# How a whole column is read that has nothing unusual in it, as most have.
AT_ONCE: Mapping[Callable[[Cell], Any], Callable[[Sequence[str]], Sequence[Any] | None]] = {
    _name: plain_texts,
    _reference: plain_texts,
    paise_of: plain_amounts,
    _amount: plain_amounts,
}
