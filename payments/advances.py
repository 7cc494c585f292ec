"""Money kept for a payer in advance: how much there is, and giving it to the bills that come next. Amounts are paise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import connection, transaction

from payments import ledger
from payments.ledger import Landing
from payments.payables import payable_of
from payments.states import AllocationKind

if TYPE_CHECKING:
    from datetime import date, datetime

log = structlog.get_logger()

# Whoever posts a payment of these orders, or uses their money, waits.
LOCK = "SELECT order_number FROM payments_paymentorder WHERE kind = %s AND reference = %s ORDER BY id FOR UPDATE"
# Least what somebody has asked back: until that is decided, no bill takes it.
TO_USE = """(sum(a.amount_paise) - (SELECT coalesce(sum(f.amount_paise), 0) FROM payments_refund f
                                       WHERE f.payment_id = p.id AND f.state = 'requested'))"""
KEPT = f"""
SELECT p.id, o.order_number, {TO_USE}::bigint, (SELECT count(*) FROM payments_journal j WHERE j.payment_id = p.id)
  FROM payments_paymentorder o JOIN payments_payment p ON p.order_id = o.id
  JOIN payments_allocation a ON a.payment_id = p.id AND a.kind = 'advance'
 WHERE o.kind = %s AND o.reference = %s
 GROUP BY p.id, o.order_number HAVING {TO_USE} > 0 ORDER BY p.id
"""
# A part of other statements too.
ADVANCE_OF = "payments_advance_of({kind}, {reference})"
HAVING_ADVANCE = """
SELECT o.reference FROM payments_allocation a JOIN payments_payment p ON p.id = a.payment_id
  JOIN payments_paymentorder o ON o.id = p.order_id AND o.kind = %s
 WHERE a.kind = 'advance' GROUP BY o.reference HAVING sum(a.amount_paise) > 0 ORDER BY o.reference
"""


def advance_of(*, kind: str, reference: str) -> int:
    """Return what is kept in advance for a reference and not used yet."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {ADVANCE_OF.format(kind='%s', reference='%s')}", [kind, reference])
        return int(cursor.fetchone()[0])


def references_with_advance(*, kind: str) -> list[str]:
    """Return for whom something is kept in advance, in the order of their references."""
    with connection.cursor() as cursor:
        cursor.execute(HAVING_ADVANCE, [kind])
        return [reference for (reference,) in cursor.fetchall()]


@transaction.atomic
def use_advance(*, kind: str, reference: str, on: date, now: datetime) -> int:
    """Give what is kept in advance to the bills that are due on a day, and return how much they took.

    The oldest payment gives first. Its kind of revenue says which bills take it, and in which sequence. Done again, nothing
    is left to take.
    """
    used = 0
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [kind, reference])
        cursor.execute(KEPT, [kind, reference])
        kept = cursor.fetchall()
    for payment, order_number, amount, journals in kept:
        landings = _landings(kind, reference, order_number, amount, on)
        if not landings:
            break
        purpose = f"advance used {journals}"
        ledger.post_move(payment=payment, purpose=purpose, kind=kind, landings=landings, business_date=on, now=now)
        used -= landings[0].amount_paise
    if used:
        log.info("advance_used", kind=kind, amount_paise=used)
    return used


def _landings(kind: str, reference: str, order_number: str, amount: int, on: date) -> list[Landing]:
    """Return the move of one payment's advance onto bills, what leaves the advance first; none when no bill takes any."""
    payable = payable_of(kind)
    lines = payable.lines_for(reference=reference, amount_paise=amount, on=on)
    shares = payable.on_paid(reference=reference, lines=lines, paid_on=on, paid_by=order_number) if lines else []
    if not shares:
        return []
    taken = [Landing(AllocationKind.BILL, share.bill, share.amount_paise, share.heads) for share in shares]
    return [Landing(AllocationKind.ADVANCE, "", -sum(part.amount_paise for part in taken)), *taken]
