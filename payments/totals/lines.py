"""Control totals line by line, as the table, the picture and the file show them: a sum, what changes it, the next sum."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payments.reconciliation.totals import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from payments.reconciliation.totals import ControlTotals, Difference, Sum


@dataclass(frozen=True, slots=True)
class Line:
    """One line. A sum stands for itself; of what changes a sum `paise` is what it adds, negative where it takes away."""

    name: str
    is_sum: bool
    paise: int
    count: int | None = None
    difference: Difference | None = None

    @property
    def is_open(self) -> bool:
        """Say whether somebody still has to do something about it."""
        return self.difference is not None and self.difference.is_unanswered


@dataclass(frozen=True, slots=True)
class Step:
    """A sum and what stands between it and the next one."""

    total: Line
    changes: tuple[Line, ...] = field(default=())


def steps_of(totals: ControlTotals) -> list[Step]:
    """Return the six sums in the sequence in which the money goes, each with what changes it on its way to the next.

    What no difference names is a change too, `unexplained`: it is there when the portal has counted wrongly.
    """
    fees = (Line("charges", False, -totals.charges_paise), Line("gst", False, -totals.gst_paise))
    moved = (
        _moved("other_days", totals.other_days, 1),
        _moved("refunds", totals.refunds, -1),
        _moved("chargebacks", totals.chargebacks, -1),
    )
    sums = [
        ("ordered", totals.ordered, Stage.ORDERED_PAID, ()),
        ("paid", totals.paid, Stage.PAID_SETTLED, ()),
        ("settled", totals.settled, Stage.SETTLED_NET, fees),
        ("net", totals.net, Stage.NET_PAID_OUT, moved),
        ("paid_out", totals.paid_out, Stage.PAID_OUT_CREDITED, ()),
    ]
    after = [totals.paid, totals.settled, totals.net, totals.paid_out, totals.credited]
    steps = [
        Step(_sum(name, total), _changes(totals, total, following, stage, usual))
        for (name, total, stage, usual), following in zip(sums, after, strict=True)
    ]
    return [*steps, Step(_sum("credited", totals.credited))]


def lines_of(totals: ControlTotals) -> Iterator[Line]:
    """Yield the same from top to bottom."""
    for step in steps_of(totals):
        yield step.total
        yield from step.changes


def _changes(
    totals: ControlTotals, total: Sum, following: Sum, stage: Stage, usual: tuple[Line, ...]
) -> tuple[Line, ...]:
    """Return what leads from one sum to the next; what is usual and nothing is left out."""
    found = [line for line in usual if line.paise or line.count]
    found += [Line(one.kind, False, one.paise, one.count, one) for one in totals.between(stage)]
    gap = following.paise - total.paise - sum(line.paise for line in found)
    return (*found, Line("unexplained", False, gap)) if gap else tuple(found)


def _sum(name: str, total: Sum) -> Line:
    return Line(name, True, total.paise, total.count)


def _moved(name: str, total: Sum, sign: int) -> Line:
    return Line(name, False, sign * total.paise, total.count)
