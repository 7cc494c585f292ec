"""What is due as pages show it: headings, their bills, and each line under the name people read with the reason for it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django_stubs_ext import StrOrPromise

    from kmc_portal.common.dues import Dues, HeadingDues, Line


@dataclass(frozen=True, slots=True)
class BillView:
    """One bill; `lines` are the name people read, the reason in words, and the line itself."""

    number: str
    period: str
    amount_paise: int
    lines: list[tuple[str, str, Line]]


@dataclass(frozen=True, slots=True)
class HeadingView:
    """One heading, at zero too."""

    code: str
    label: StrOrPromise
    meaning: StrOrPromise
    payable_paise: int
    bills: list[BillView]


@dataclass(frozen=True, slots=True)
class Wording:
    """How one kind of revenue is put into words: its headings with what they mean, its heads, its reasons."""

    headings: Mapping[str, tuple[StrOrPromise, StrOrPromise]]
    heads: Mapping[str, str]
    explain: Callable[[Line], str]

    def views(self, dues: Dues) -> list[HeadingView]:
        """Return every heading of some dues in the order of its table, with the bills under it."""
        return [self._heading(code, heading) for code, heading in dues.headings.items()]

    def _heading(self, code: str, dues: HeadingDues) -> HeadingView:
        bills = [self._bill(list(lines)) for _number, lines in groupby(dues.lines, key=lambda line: line.demand_number)]
        return HeadingView(code, *self.headings[code], dues.payable_paise, bills)

    def _bill(self, lines: list[Line]) -> BillView:
        told = [(self.heads[line.head], self.explain(line), line) for line in lines]
        return BillView(lines[0].demand_number, lines[0].period, sum(line.amount_paise for line in lines), told)
