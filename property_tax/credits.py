"""Writing: what is paid on a bill before the bill is paid whole, and which bills may take such money."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import connection

from kmc_portal.common.financial_year import FinancialYear

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from payments.payables import Share

LOCK = "SELECT id FROM property_tax_demand WHERE demand_number = ANY(%s) ORDER BY id FOR UPDATE"
WRITE = """
WITH bill AS (
    UPDATE property_tax_demand SET credited_paise = credited_paise + %(amount)s WHERE demand_number = %(bill)s RETURNING id
)
INSERT INTO property_tax_demandcredit (demand_id, credited_on, heads, amount_paise, paid_by)
SELECT id, %(on)s, %(heads)s, %(amount)s, %(paid_by)s FROM bill
"""
TAKE_BACK = """
WITH credit AS (
    SELECT c.id, c.demand_id, c.credited_on, c.amount_paise, c.paid_by,
           (SELECT jsonb_object_agg(h.head, -h.paise::bigint) FROM jsonb_each_text(c.heads) AS h (head, paise)) AS heads
      FROM property_tax_demandcredit c JOIN property_tax_demand d ON d.id = c.demand_id
     WHERE d.demand_number = %(bill)s AND c.paid_by = %(paid_by)s AND c.heads = %(heads)s::jsonb AND c.takes_back_id IS NULL
       AND NOT EXISTS (SELECT FROM property_tax_demandcredit back WHERE back.takes_back_id = c.id)
     ORDER BY c.id LIMIT 1
), bill AS (
    UPDATE property_tax_demand d SET credited_paise = d.credited_paise - credit.amount_paise
      FROM credit WHERE d.id = credit.demand_id
)
INSERT INTO property_tax_demandcredit (demand_id, credited_on, heads, amount_paise, paid_by, takes_back_id)
SELECT demand_id, credited_on, heads, -amount_paise, paid_by, id FROM credit RETURNING id
"""
BY_HEAD = """
SELECT h.head, sum(h.paise::bigint)::bigint
  FROM property_tax_demand d JOIN property_tax_demandcredit c ON c.demand_id = d.id, jsonb_each_text(c.heads) AS h (head, paise)
 WHERE d.demand_number = %s GROUP BY h.head HAVING sum(h.paise::bigint) <> 0
"""
PAID_SINCE = """
SELECT coalesce(sum(c.amount_paise), 0) FROM property_tax_demandcredit c JOIN property_tax_demand d ON d.id = c.demand_id
 WHERE d.demand_number = %s AND c.credited_on > %s
"""
UNPAID = "SELECT demand_number FROM property_tax_demand WHERE demand_number = ANY(%s) AND paid_on IS NULL"
# A bill of this year that has not been presented would lose its rebate, and a disputed one is not asked for.
TAKE_ADVANCE = """
SELECT d.demand_number FROM property_tax_demand d JOIN property_tax_assessee a ON a.id = d.assessee_id
 WHERE a.assessee_number = %s AND d.paid_on IS NULL AND (d.disputed_on IS NULL OR d.disputed_on > %s)
   AND (d.presented_on <= %s OR d.issued_on < %s)
"""


def lock(bills: Iterable[str]) -> None:
    """Lock bills until the commit, in the one sequence in which everybody locks them."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [list(bills)])


def write(share: Share, *, on: date, paid_by: str) -> None:
    """Write what a bill took of a payment order's money without being paid whole."""
    values: dict[str, Any] = {
        "bill": share.bill,
        "amount": share.amount_paise,
        "heads": json.dumps(dict(share.heads)),
        "on": on,
        "paid_by": paid_by,
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, values)


def take_back(share: Share, *, paid_by: str) -> bool:
    """Take back what a bill took of a payment order's money without being paid whole; say whether there was such a credit."""
    values = {"bill": share.bill, "heads": json.dumps(dict(share.heads)), "paid_by": paid_by}
    with connection.cursor() as cursor:
        cursor.execute(TAKE_BACK, values)
        return bool(cursor.fetchone())


def by_head(bill: str) -> dict[str, int]:
    """Return what has been paid on each head of a bill before the bill was paid whole, in paise."""
    with connection.cursor() as cursor:
        cursor.execute(BY_HEAD, [bill])
        return dict(cursor.fetchall())


def unpaid(bills: Collection[str]) -> set[str]:
    """Return those of these bills that are not paid whole."""
    with connection.cursor() as cursor:
        cursor.execute(UNPAID, [list(bills)])
        return {number for (number,) in cursor.fetchall()}


def paid_since(bill: str, on: date) -> int:
    """Return what has been paid after a day on a bill that is not paid whole, in paise."""
    with connection.cursor() as cursor:
        cursor.execute(PAID_SINCE, [bill, on])
        return int(cursor.fetchone()[0])


def bills_that_take_an_advance(assessee_number: str, on: date) -> set[str]:
    """Return the unpaid bills that money kept for an assessee may be given to on a day."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_ADVANCE, [assessee_number, on, on, FinancialYear.of(on).first_day])
        return {number for (number,) in cursor.fetchall()}
