"""A bank's statement as rows and columns. No two banks agree on the columns, so each layout is a profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payments.reconciliation.cells import LONGEST_REFERENCE, Cell, day_of_cell, paise_of, text_of
from payments.reconciliation.mis import plain
from payments.reconciliation.refusals import LayoutUnknown
from payments.reconciliation.rows import BankRow, Misfit
from payments.reconciliation.sheets import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

# Account, branch and period stand above the header in what banks let one download.
MOST_ROWS_ABOVE = 40


@dataclass(frozen=True, slots=True)
class Profile:
    """The headers of one bank, as `plain` reads them. A file may lack the column `utr`."""

    code: str
    value_on: str
    narration: str
    debit: str
    credit: str
    utr: str = ""

    @property
    def needed(self) -> tuple[str, ...]:
        return (self.value_on, self.narration, self.debit, self.credit)


# The first is what the sandbox's bank sends. The others are assumed: common headers of Indian banks, until the corporation's
# own bank has sent a statement.
PROFILES = (
    Profile("plain", "valuedate", "narration", "debit", "credit", "utr"),
    Profile("withdrawal_deposit", "valuedate", "description", "withdrawals", "deposits", "referenceno"),
    Profile("amt", "valuedt", "narration", "withdrawalamt", "depositamt", "chq/refno"),
)


def statement_rows(path: Path) -> Iterator[BankRow | Misfit]:
    """Yield the lines of a statement; lines above the header are passed over, those without an amount, such as totals, too.

    :raises ServiceError: one of `refusals`; LayoutUnknown when the header is that of no profile
    """
    rows = rows_of(path)
    profile, at = _header(rows)
    for place, cells in rows:
        row = _row(place, cells, profile, at)
        if row is not None:
            yield row


def _header(rows: Iterator[tuple[int, Sequence[Cell]]]) -> tuple[Profile, Mapping[str, int]]:
    widest: Sequence[Cell] = ()
    for place, cells in rows:
        at = {plain(cell).split("(")[0]: column for column, cell in enumerate(cells)}
        profile = next((each for each in PROFILES if at.keys() >= set(each.needed)), None)
        if profile:
            return profile, at
        widest = max(widest, cells, key=lambda row: sum(cell not in ("", None) for cell in row))
        if place > MOST_ROWS_ABOVE:
            break
    expected = " | ".join(", ".join(profile.needed) for profile in PROFILES)
    raise LayoutUnknown(expected=expected, found=", ".join(str(cell) for cell in widest)[:300])


def _row(place: int, cells: Sequence[Cell], profile: Profile, at: Mapping[str, int]) -> BankRow | Misfit | None:
    def cell(name: str) -> Cell:
        return cells[at[name]] if name in at and at[name] < len(cells) else None

    name = "amount"
    try:
        amount = paise_of(cell(profile.credit)) - paise_of(cell(profile.debit))
        if not amount:
            return None
        name = "value_on"
        value_on = day_of_cell(cell(profile.value_on))
    except ValueError as error:
        return Misfit(place, name, "unreadable", str(error)[:200])
    utr = text_of(cell(profile.utr))
    if len(utr) > LONGEST_REFERENCE:
        return Misfit(place, "utr", "too_long", utr[:200])
    return BankRow(place, value_on, amount, utr, text_of(cell(profile.narration)))
