"""Reading: the control totals of one account and one day, from what was ordered to what the bank has credited.

The day is the one (IST) on which citizens paid. Its money is followed wherever it went: the rows by which the gateway settled it,
on whichever day, and the pay-outs in which those rows stand. Between two sums that differ stand the differences that say why.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import connection

from payments.reconciliation.totals_sql import DIFFERENCES, SUMS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from payments.models import GatewayAccount


class Outcome(StrEnum):
    """How a day stands."""

    TIES_OUT = "ties_out"  # every paisa is in the bank, and nothing is left to say
    AWAITED = "awaited"  # what is missing is not due yet
    ACCEPTED = "accepted"  # something differs, and two people have closed its breaks all the same
    DIFFERS = "differs"  # a break is open, or something differs that no break names
    EMPTY = "empty"  # nobody paid


class Stage(StrEnum):
    """Between which two sums a difference stands, in the sequence in which the money goes."""

    ORDERED_PAID = "ordered_paid"
    PAID_SETTLED = "paid_settled"
    SETTLED_NET = "settled_net"
    NET_PAID_OUT = "net_paid_out"
    PAID_OUT_CREDITED = "paid_out_credited"


@dataclass(frozen=True, slots=True)
class Sum:
    """So many things, and the paise that they come to."""

    count: int = 0
    paise: int = 0


NO_BREAKS = ("AWAITED", "TAKEN_BACK")


@dataclass(frozen=True, slots=True)
class Difference:
    """Why two sums differ, or what is wrong about them though they agree.

    `kind` is the kind of a break, or `AWAITED` (not due yet) or `TAKEN_BACK` (reversed or given back before it was settled), which
    are no breaks. `paise` is what it adds to the later sum, negative where it takes something away. `breaks` are its breaks by
    number, at most 100; `open_breaks` how many are open, `accepted_breaks` how many two people have closed.
    """

    stage: Stage
    kind: str
    count: int
    paise: int
    breaks: tuple[int, ...] = ()
    open_breaks: int = 0
    accepted_breaks: int = 0

    @property
    def is_break(self) -> bool:
        return self.kind not in NO_BREAKS

    @property
    def is_unanswered(self) -> bool:
        """Say whether somebody still has to do something about it."""
        return self.is_break and (self.open_breaks > 0 or not self.breaks)

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in DIFFERENCE} | {"breaks": list(self.breaks)}


DIFFERENCE = ("stage", "kind", "count", "paise", "open_breaks", "accepted_breaks")


@dataclass(frozen=True, slots=True)
class ControlTotals:
    """One account and day. Each sum and the differences of its stage come to the next one, to the paisa:

    `ordered` + ORDERED_PAID = `paid`; `paid` + PAID_SETTLED = `settled`; `settled` - charges - GST + SETTLED_NET = `net`;
    `net` + `other_days` - `refunds` - `chargebacks` + NET_PAID_OUT = `paid_out`; `paid_out` + PAID_OUT_CREDITED = `credited`.
    """

    account: str
    day: date
    ordered: Sum  # orders that were first paid on the day
    paid: Sum  # payments in our books
    settled: Sum  # rows of the gateway's reports about money of the day, gross
    charges_paise: int
    gst_paise: int
    net: Sum  # the same rows, as the gateway gives them net
    other_days: Sum  # rows about other days' money in the same pay-outs, net
    refunds: Sum  # rows that the same pay-outs were lessened by
    chargebacks: Sum
    paid_out: Sum  # the pay-outs themselves
    credited: Sum  # bank credits that are matched with them
    differences: tuple[Difference, ...] = ()

    @property
    def unexplained_paise(self) -> int:
        """Return what no difference names, added up over the stages without signs. It is 0 unless the code is wrong."""
        steps = {
            Stage.ORDERED_PAID: self.paid.paise - self.ordered.paise,
            Stage.PAID_SETTLED: self.settled.paise - self.paid.paise,
            Stage.SETTLED_NET: self.net.paise - (self.settled.paise - self.charges_paise - self.gst_paise),
            Stage.NET_PAID_OUT: self.paid_out.paise
            - (self.net.paise + self.other_days.paise - self.refunds.paise - self.chargebacks.paise),
            Stage.PAID_OUT_CREDITED: self.credited.paise - self.paid_out.paise,
        }
        return sum(abs(gap - sum(one.paise for one in self.between(stage))) for stage, gap in steps.items())

    @property
    def outcome(self) -> Outcome:
        if self.unexplained_paise or any(one.is_unanswered for one in self.differences):
            return Outcome.DIFFERS
        if any(one.kind == "AWAITED" for one in self.differences):
            return Outcome.AWAITED
        if any(one.accepted_breaks for one in self.differences):
            return Outcome.ACCEPTED
        return Outcome.TIES_OUT if self.paid.count or self.settled.count else Outcome.EMPTY

    @property
    def ties_out(self) -> bool:
        return self.outcome in (Outcome.TIES_OUT, Outcome.EMPTY)

    def between(self, stage: Stage) -> tuple[Difference, ...]:
        return tuple(one for one in self.differences if one.stage == stage)

    def as_json(self) -> dict[str, Any]:
        """Return what the command prints: sums as `{"count", "paise"}`, the day as text."""
        return {
            "account": self.account,
            "day": self.day.isoformat(),
            **{name: asdict(getattr(self, name)) for name in SUM_NAMES},
            "charges_paise": self.charges_paise,
            "gst_paise": self.gst_paise,
            "differences": [one.as_json() for one in self.differences],
            "unexplained_paise": self.unexplained_paise,
            "outcome": self.outcome.value,
            "ties_out": self.ties_out,
        }


SUM_NAMES = (
    "ordered",
    "paid",
    "settled",
    "net",
    "other_days",
    "refunds",
    "chargebacks",
    "paid_out",
    "credited",
)


def control_totals(*, account: GatewayAccount, day: date) -> ControlTotals:
    """Return where the money is that citizens paid through an account on a day (IST), in two statements.

    What is due and what is not, the breaks say that the last round of reconciliation has opened: a payment without a settled row
    and without a break is awaited.
    """
    values: dict[str, Any] = {"account": account.pk, "day": day, "days": None}
    with connection.cursor() as cursor:
        cursor.execute(SUMS, values)
        counted = dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
        cursor.execute(DIFFERENCES, values)
        differences = tuple(_difference(row) for row in cursor.fetchall())
    return ControlTotals(
        account=account.code,
        day=day,
        **{name: Sum(counted[f"{name}_count"], counted[f"{name}_paise"]) for name in SUM_NAMES},
        charges_paise=counted["charges_paise"],
        gst_paise=counted["gst_paise"],
        differences=differences,
    )


def _difference(row: Sequence[Any]) -> Difference:
    stage, kind, count, paise, breaks, *counts = row
    return Difference(Stage(stage), kind, count, paise, tuple(breaks), *counts)
