"""What is owed as of a day, in lines that explain themselves: the shape that every kind of revenue answers in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

Terms = tuple[tuple[str, object], ...]


class Line(NamedTuple):
    """One amount with its reason; deductions are negative. `terms` are the figures of its arithmetic, for people."""

    demand_number: str
    period: str
    head: str
    amount_paise: int
    rule: str
    source: str
    terms: Terms = ()


@dataclass(frozen=True, slots=True)
class HeadingDues:
    """What is payable under one heading: the sum of its lines."""

    payable_paise: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class NextChange:
    """The first later day on which the total is another, and why."""

    on: date
    total_paise: int
    because: str


@dataclass(frozen=True, slots=True)
class Dues:
    """Everything owed as of a day. `total_paise` is the sum of the headings, a heading the sum of its lines."""

    as_of: date
    headings: dict[str, HeadingDues]
    total_paise: int
    next_change: NextChange | None

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for heading in self.headings.values() for line in heading.lines)


def dues_document(name: str, number: str, dues: Dues) -> dict[str, Any]:
    """Return dues as a JSON document, the number under its `name`: amounts in paise, dates as `YYYY-MM-DD`."""
    return {
        name: number,
        "as_of": dues.as_of.isoformat(),
        "total_paise": dues.total_paise,
        "headings": {code: _heading(heading) for code, heading in dues.headings.items()},
        "next_change": _change(dues.next_change),
    }


def line_document(line: Line) -> dict[str, Any]:
    """Return one line with the fields of the contract; the figures of its arithmetic are told in words elsewhere."""
    return {name: value for name, value in line._asdict().items() if name != "terms"}


def per_bill(lines: Iterable[Line]) -> dict[str, int]:
    """Return the sum of each bill's lines, in paise."""
    sums: dict[str, int] = {}
    for line in lines:
        sums[line.demand_number] = sums.get(line.demand_number, 0) + line.amount_paise
    return sums


def _heading(heading: HeadingDues) -> dict[str, Any]:
    return {"payable_paise": heading.payable_paise, "lines": [line_document(line) for line in heading.lines]}


def _change(change: NextChange | None) -> dict[str, Any] | None:
    if change is None:
        return None
    return {"on": change.on.isoformat(), "total_paise": change.total_paise, "because": change.because}
