"""Writing: what is kept for assessees in advance goes to the bills that have been presented since."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from payments.kept.advances import references_with_advance, use_advance
from property_tax.states import KIND

if TYPE_CHECKING:
    from datetime import date, datetime


class AdvancesUsed(NamedTuple):
    """How many assessees something was kept for, and what their bills took of it."""

    assessees: int
    amount_paise: int


def use_advances(*, on: date, now: datetime) -> AdvancesUsed:
    """Give every advance to the bills of its assessee that are due on a day, in the sequence of the rule in force.

    One commit an assessee. A bill of this year that has not been presented, a disputed one and a closed number take
    nothing; done again, it changes nothing.
    """
    references = references_with_advance(kind=KIND)
    used = [use_advance(kind=KIND, reference=reference, on=on, now=now) for reference in references]
    return AdvancesUsed(len(references), sum(used))
