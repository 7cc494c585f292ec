"""Reading: which bank lines a pay-out may be, and which pay-outs a bank line, for the clerk who matches them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from payments.reconciliation.crediting import OPEN_LINES, PAY_OUTS

if TYPE_CHECKING:
    from datetime import date

    from payments.models import ReconBreak

MOST = 50
LINES = f"""
SELECT s.id, b.id, b.value_on, b.utr, b.paise FROM ({PAY_OUTS}) s, ({OPEN_LINES}) b WHERE s.id = %(settlement)s
 ORDER BY b.id = ANY(%(suggested)s) DESC, abs(b.value_on - s.settled_on), b.id LIMIT {MOST}
"""
SETTLEMENTS = f"""
SELECT s.id, b.id, s.settled_on, s.utr, s.net - s.credited FROM ({PAY_OUTS}) s, ({OPEN_LINES}) b
 WHERE b.id = %(line)s AND s.net <> s.credited
 ORDER BY s.id = ANY(%(suggested)s) DESC, abs(b.value_on - s.settled_on), s.id LIMIT {MOST}
"""


class Candidate(NamedTuple):
    """A pay-out and a bank line that may be one; day, UTR and paise are of the one that is looked for."""

    settlement: int
    line: int
    day: date
    utr: str
    paise: int


def candidates(recon_break: ReconBreak) -> list[Candidate]:
    """Return what a break about a pay-out or a bank line may be matched with, the suggested first, at most 50."""
    suggested = recon_break.suggestion
    values: dict[str, Any] = {"account": recon_break.account_id, "days": None}
    if recon_break.settlement_id:
        sql, more = LINES, {"settlement": recon_break.settlement_id, "suggested": suggested.get("bank_lines", [])}
    elif recon_break.bank_line_id:
        sql, more = SETTLEMENTS, {"line": recon_break.bank_line_id, "suggested": suggested.get("settlements", [])}
    else:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, {**values, **more})
        return [Candidate(*row) for row in cursor.fetchall()]
