"""Money kept for a payer in advance: how much there is, and giving it to the bills that come next. Amounts are paise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import structlog
from django.db import connection, transaction

from payments import ledger
from payments.ledger import Landing
from payments.payables import payable_of
from payments.reconciliation.breaks import close_what_was_placed
from payments.states import AllocationKind

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from payments.payables import Lines

log = structlog.get_logger()

# Whoever posts a payment of these orders, or uses their money, waits: the orders of these references, and those whose money
# counts for one of them.
LOCK = """
SELECT o.id FROM payments_paymentorder o
 WHERE o.kind = %(kind)s AND (o.reference = ANY(%(references)s) OR o.id IN (
       SELECT p.order_id FROM payments_allocation a JOIN payments_payment p ON p.id = a.payment_id
        WHERE a.reference = ANY(%(references)s) AND a.reference <> ''))
 ORDER BY o.id FOR UPDATE
"""
# Money that came to count for this reference while the locks were waited for is left for the next time. What has lost its place
# on a bill waits for the desk, which can put it back as of the day it was paid.
# While the payer's bank asks a payment back, nothing of it is used. Least what somebody has asked back: until that is decided,
# no bill takes it.
TO_USE = """(sum(amount_paise) - CASE WHEN own_reference = '' THEN (
            SELECT coalesce(sum(f.amount_paise), 0) FROM payments_refund f
             WHERE f.payment_id = part.payment_id AND f.state = 'requested') ELSE 0 END)"""
KEPT = f"""
SELECT payment_id, order_number, own_reference, {TO_USE}::bigint,
       (SELECT count(*) FROM payments_journal j WHERE j.payment_id = part.payment_id)
  FROM payments_keptpart part
 WHERE service = %s AND reference = %s AND kept_as = 'advance' AND order_id = ANY(%s)
   AND NOT EXISTS (SELECT FROM payments_dispute d WHERE d.payment_id = part.payment_id AND d.state = 'open')
   AND NOT EXISTS (SELECT FROM payments_reconbreak b WHERE b.payment_id = part.payment_id AND b.kind = 'LOST_ITS_PLACE'
                      AND NOT EXISTS (SELECT FROM payments_breakclosing c WHERE c.recon_break_id = b.id))
 GROUP BY payment_id, order_number, own_reference HAVING {TO_USE} > 0 ORDER BY payment_id
"""
# A part of other statements too.
ADVANCE_OF = "payments_advance_of({kind}, {reference})"
HAVING_ADVANCE = """
SELECT reference FROM payments_keptpart WHERE service = %s AND kept_as = 'advance'
 GROUP BY reference HAVING sum(amount_paise) > 0 ORDER BY reference
"""


class Kept(NamedTuple):
    """What is left of one payment's advance for a reference; `own_reference` as its allocations keep it."""

    payment: int
    order_number: str
    own_reference: str
    amount_paise: int
    journals: int


def advance_of(*, kind: str, reference: str) -> int:
    """Return what is kept in advance for a reference and not used yet, without what payers' banks ask back."""
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
    locked = lock_orders(kind=kind, references=[reference])
    with connection.cursor() as cursor:
        cursor.execute(KEPT, [kind, reference, locked])
        found = [Kept(*row) for row in cursor.fetchall()]
    for kept in found:
        landings = _landings(kind, reference, kept, on)
        if not landings:
            break
        purpose, payment = f"advance used {kept.journals}", kept.payment
        ledger.post_move(payment=payment, purpose=purpose, kind=kind, landings=landings, business_date=on, now=now)
        close_what_was_placed(payment=payment, now=now)
        used -= landings[0].amount_paise
    if used:
        log.info("advance_used", kind=kind, amount_paise=used)
    return used


def lock_orders(*, kind: str, references: Collection[str]) -> list[int]:
    """Lock until the commit every order whose money counts for one of these references, and return their ids."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, {"kind": kind, "references": list(references)})
        return [order for (order,) in cursor.fetchall()]


def _landings(kind: str, reference: str, kept: Kept, on: date) -> list[Landing]:
    """Return the move of one payment's advance onto bills, what leaves the advance first; none when no bill takes any."""
    lines = payable_of(kind).lines_for(reference=reference, amount_paise=kept.amount_paise, on=on)
    taken = onto_bills(kind=kind, reference=reference, lines=lines, paid_on=on, paid_by=kept.order_number)
    if not taken:
        return []
    leaves = Landing(AllocationKind.ADVANCE, "", -sum(part.amount_paise for part in taken))
    return [replace(part, reference=kept.own_reference) for part in (leaves, *taken)]


def onto_bills(*, kind: str, reference: str, lines: Lines, paid_on: date, paid_by: str) -> list[Landing]:
    """Let the bills of these lines take their shares of an order's money, and return where it lands."""
    if not lines:
        return []
    shares = payable_of(kind).on_paid(reference=reference, lines=lines, paid_on=paid_on, paid_by=paid_by)
    return [Landing(AllocationKind.BILL, share.bill, share.amount_paise, share.heads) for share in shares]
