"""What payments calls when money for property tax arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import connection

from payments.invariants import Invariant
from property_tax.queries import assessee_dues

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

KIND = "property_tax"

# Locked in one order whoever comes, so that two payments of the same bills wait for each other and never in a circle.
MARK_PAID = """
WITH locked AS (
    SELECT id FROM property_tax_demand WHERE demand_number = ANY(%s) AND paid_on IS NULL ORDER BY id FOR UPDATE
)
UPDATE property_tax_demand d SET paid_on = %s FROM locked WHERE d.id = locked.id RETURNING d.demand_number
"""
MARK_UNPAID = "UPDATE property_tax_demand SET paid_on = NULL WHERE demand_number = ANY(%s)"


class DemandPayable:
    """Bills of one assessee; `reference` is the assessee number."""

    kind: ClassVar[str] = KIND

    def amount_due(self, *, reference: str, bills: Collection[str], on: date) -> int:
        lines = assessee_dues(assessee_number=reference, on=on).dues.lines
        return sum(line.amount_paise for line in lines if line.demand_number in bills)

    def on_paid(self, *, reference: str, bills: Sequence[str], paid_on: date) -> Sequence[str]:
        with connection.cursor() as cursor:
            cursor.execute(MARK_PAID, [list(bills), paid_on])
            return sorted(number for (number,) in cursor.fetchall())

    def on_reversed(self, *, reference: str, bills: Sequence[str]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(MARK_UNPAID, [list(bills)])


# Numbered among the invariants of the books: payments cannot see bills.
BILL_INVARIANT = Invariant(
    4,
    "a bill is paid once, by payments that were allocated to it",
    "SELECT count(*) FROM payments_allocation WHERE kind = 'bill' AND bill IN (SELECT demand_number FROM property_tax_demand)",
    f"""
    SELECT 'bill ' || a.bill FROM payments_allocation a
      JOIN payments_payment p ON p.id = a.payment_id
      JOIN payments_paymentorder o ON o.id = p.order_id AND o.kind = '{KIND}'
      LEFT JOIN property_tax_demand d ON d.demand_number = a.bill
     WHERE a.kind = 'bill'
     GROUP BY a.bill, d.paid_on HAVING count(*) > 1 OR d.paid_on IS NULL ORDER BY a.bill
    """,
)
