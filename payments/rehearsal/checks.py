"""What must hold beyond the invariants of the books: the bank knows what really happened, and the rehearsal knows the bank."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

from payments import invariants
from payments.sandbox.outcomes import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from payments.sandbox.world import World


class Finding(Exception):
    """Something that must hold does not: its `name`, and the first `offender`."""

    def __init__(self, name: str, offender: str) -> None:
        super().__init__(f"{name}: {offender}")
        self.name = name
        self.offender = offender


class Books(NamedTuple):
    """What the books have come to. None of it ever shrinks."""

    payments: int
    paise: int
    receipts: int
    succeeded_attempts: int
    paid_orders: int


# What the scheduler owes us: broken while it stands still, and sound again as soon as it runs.
PATIENT = {8, 11}

BOOKS = """
SELECT (SELECT count(*) FROM payments_payment), (SELECT coalesce(sum(amount_paise), 0)::bigint FROM payments_payment),
       (SELECT count(*) FROM payments_receipt), (SELECT count(*) FROM payments_paymentattempt WHERE state = 'succeeded'),
       (SELECT count(*) FROM payments_paymentorder WHERE state = 'paid')
"""
BELIEVED = """
SELECT t.transaction_ref, p.amount_paise FROM payments_payment p JOIN payments_gatewaytransaction t ON t.id = p.transaction_id
 ORDER BY p.id
"""
# Each names the rows that should not be there once the world is quiet.
WHEN_QUIET = {
    "no order stays open when its price has ended": "SELECT order_number FROM payments_paymentorder WHERE state = 'open'",
    "no attempt stays open after its last day": """
        SELECT order_ref FROM payments_paymentattempt WHERE state IN ('created', 'registered', 'pending', 'unknown')""",
    "nobody is asked about for ever": "SELECT order_ref FROM payments_paymentattempt WHERE next_poll_at IS NOT NULL",
    "every gateway message has been read": "SELECT id::text FROM payments_gatewaymessage WHERE state IN ('received', 'parked')",
    "everything in the outbox has been sent": "SELECT key FROM payments_outboxmessage WHERE sent_at IS NULL",
    "money that met no bill has a break": """
        SELECT 'payment ' || a.payment_id FROM payments_allocation a
         WHERE a.kind NOT IN ('bill', 'reversed', 'charged')
           AND NOT EXISTS (SELECT 1 FROM payments_reconbreak b WHERE b.payment_id = a.payment_id)""",
}


def books() -> Books:
    """Return what the books have come to."""
    with connection.cursor() as cursor:
        cursor.execute(BOOKS)
        return Books(*cursor.fetchone())


def check(world: World, *, before: Books, now: datetime) -> Books:
    """Return the books as they are now. :raises Finding: an invariant is broken, a lie was believed, something shrank"""
    _check_invariants(now=now, but=PATIENT)
    found = books()
    for name, was, is_now in zip(Books._fields, before, found, strict=True):
        if is_now < was:
            raise Finding("the books never shrink", f"{name} {was} became {is_now}")
    _check_beliefs(world)
    return found


def check_when_quiet(world: World, *, now: datetime) -> None:
    """:raises Finding: the faults have stopped, time has passed, and something is still not at its end"""
    _check_invariants(now=now)
    for name, offenders in WHEN_QUIET.items():
        with connection.cursor() as cursor:
            cursor.execute(f"{offenders} ORDER BY 1 LIMIT 1")
            found = cursor.fetchone()
        if found:
            raise Finding(name, found[0])
    # A second success of an order, all of whose messages are lost, is for the settlement to find: nobody asks about paid orders.
    posted = {world.transactions[reference].order_id for reference, _paise in _believed()}
    for transaction in world.transactions.values():
        if transaction.status == SUCCESS and transaction.order_id not in posted:
            raise Finding("money that was paid is in the books", f"{transaction.order_id}, {transaction.outcome}")


def _check_invariants(*, now: datetime, but: Collection[int] = ()) -> None:
    for one in invariants.verify(now=now):
        if not one["holds"] and one["number"] not in but:
            raise Finding(f"invariant {one['number']}: {one['name']}", str(one["first_offender"]))


def _check_beliefs(world: World) -> None:
    for reference, paise in _believed():
        transaction = world.transactions.get(reference)
        if transaction is None or (transaction.status, transaction.amount_paise) != (SUCCESS, paise):
            raise Finding("nothing is believed that the bank does not know", f"{paise} paise")


def _believed() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(BELIEVED)
        return [(reference, paise) for reference, paise in cursor.fetchall()]
