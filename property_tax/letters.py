"""Reading: who is to get a letter of intimation, and for which bills. In one pass, of constant memory."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection, transaction

from kmc_portal.common.financial_year import FinancialYear
from property_tax import rulebook
from property_tax.bill_sql import ASSESSEE_COLUMNS, ASSESSEE_WIDTH, BILL_COLUMNS, assessee_facts, demand_facts
from property_tax.rules.dues import dues
from property_tax.states import Heading

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from kmc_portal.common.dues import Line


class OutstandingBill(NamedTuple):
    """A bill under the letter, with everything that has been added to it."""

    demand_number: str
    period: str
    payable_paise: int


@dataclass(frozen=True, slots=True)
class LetterOfIntimation:
    """What one assessee is reminded of. `payable_paise` is the sum of the bills."""

    assessee_number: str
    as_of: date
    payable_paise: int
    bills: tuple[OutstandingBill, ...]


# Which bills belong under the letter is for the rules to say; here only those are left out that never can. A disputed bill is
# not asked for while it is disputed, and a closed number cannot be paid under.
OUTSTANDING = f"""
SELECT a.assessee_number, {ASSESSEE_COLUMNS}, {BILL_COLUMNS}
  FROM property_tax_demand d JOIN property_tax_assessee a ON a.id = d.assessee_id AND a.status = 'active'
 WHERE (d.paid_on IS NULL OR d.paid_on > %(on)s) AND (d.disputed_on IS NULL OR d.disputed_on > %(on)s)
   AND d.issued_on <= %(on)s AND (d.issued_on < %(year_began)s OR d.kind = 'FS')
 ORDER BY a.assessee_number, d.financial_year, d.quarter, d.demand_number
"""
FACTS, BILL = slice(1, 1 + ASSESSEE_WIDTH), slice(1 + ASSESSEE_WIDTH, None)


def letters_of_intimation(*, on: date) -> Iterator[LetterOfIntimation]:
    """Yield a letter for every active assessee with something outstanding on a day, in the order of their numbers."""
    book = rulebook.current()
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(OUTSTANDING, {"on": on, "year_began": FinancialYear.of(on).first_day})
        for number, rows in groupby(cursor, key=lambda row: row[0]):
            of_assessee = list(rows)
            bills = [demand_facts(row[BILL]) for row in of_assessee]
            found = dues(bills, as_of=on, book=book, assessee=assessee_facts(of_assessee[0][FACTS]))
            heading = found.headings[Heading.LOI]
            if heading.payable_paise:
                yield LetterOfIntimation(number, on, heading.payable_paise, _per_bill(heading.lines))


def _per_bill(lines: Sequence[Line]) -> tuple[OutstandingBill, ...]:
    amounts: dict[tuple[str, str], int] = {}
    for line in lines:
        bill = (line.demand_number, line.period)
        amounts[bill] = amounts.get(bill, 0) + line.amount_paise
    return tuple(OutstandingBill(number, period, paise) for (number, period), paise in amounts.items())
