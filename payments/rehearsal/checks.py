"""What must hold beyond the invariants of the books: the bank knows what really happened, and the rehearsal knows the bank."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection

from payments import invariants
from payments.models import Refund
from payments.sandbox.outcomes import SUCCESS
from payments.sandbox.settlement import SENT_BACK, TAKEN_BACK
from payments.states import RefundState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
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
# What a run has come by, each with how often: an act that never gets anywhere proves nothing.
REACHED = """
SELECT 'refund ' || state, count(*) FROM payments_refund GROUP BY 1
 UNION ALL SELECT 'dispute ' || state, count(*) FROM payments_dispute GROUP BY 1
 UNION ALL SELECT 'reversed, ' || reason, count(*) FROM payments_reversal GROUP BY 1
 UNION ALL SELECT 'placed, ' || target, count(*) FROM payments_placement WHERE approved_at IS NOT NULL GROUP BY 1
 UNION ALL SELECT 'break ' || kind, count(*) FROM payments_reconbreak GROUP BY 1
 UNION ALL SELECT 'break closed, ' || how, count(*) FROM payments_breakclosing GROUP BY 1
 UNION ALL SELECT 'taken, ' || instrument, count(*) FROM payments_handedover GROUP BY 1
 UNION ALL SELECT 'cheque paid', count(*) FROM payments_realisation HAVING count(*) > 0
 UNION ALL SELECT 'advance used', count(*) FROM payments_journal WHERE purpose LIKE 'advance used%' HAVING count(*) > 0
"""
BELIEVED = """
SELECT t.transaction_ref, p.amount_paise FROM payments_payment p JOIN payments_gatewaytransaction t ON t.id = p.transaction_id
 WHERE NOT EXISTS (SELECT FROM payments_handedover h WHERE h.attempt_id = t.attempt_id) ORDER BY p.id
"""
# An offender without a name is one all the same.
FIRST_OFFENDER = "SELECT {}, (SELECT coalesce(name, 'nameless') FROM ({} LIMIT 1) offender (name))"
# Each names the rows that should not be there once the world is quiet.
WHEN_QUIET = {
    "no order stays open when its price has ended": "SELECT order_number FROM payments_paymentorder WHERE state = 'open'",
    "no attempt stays open after its last day": """
        SELECT order_ref FROM payments_paymentattempt WHERE state IN ('created', 'registered', 'pending', 'unknown')""",
    "nobody is asked about for ever": "SELECT order_ref FROM payments_paymentattempt WHERE next_poll_at IS NOT NULL",
    "every refund that was approved comes to its end": "SELECT refund_number FROM payments_refund WHERE next_at IS NOT NULL",
    "every gateway message has been read": "SELECT id::text FROM payments_gatewaymessage WHERE state IN ('received', 'parked')",
    "everything in the outbox has been sent": "SELECT key FROM payments_outboxmessage WHERE sent_at IS NULL",
    "money that met no bill has a break": """
        SELECT 'payment ' || a.payment_id FROM payments_allocation a
         WHERE a.kind NOT IN ('bill', 'reversed', 'refunded', 'charged')
           AND NOT EXISTS (SELECT 1 FROM payments_reconbreak b WHERE b.payment_id = a.payment_id)""",
}


@contextmanager
def planned() -> Iterator[None]:
    """Have the database plan the invariants once, as one statement: that takes ten times as long as to answer them.

    What is asked is what `verify_books` asks, without its counts.
    """
    # By their places: two departments may each have an invariant of the same number.
    asked = " UNION ALL ".join(FIRST_OFFENDER.format(at, one.offenders) for at, one in enumerate(invariants.known()))
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode TO force_generic_plan")
        cursor.execute(f"PREPARE invariants (timestamptz) AS {asked % {'now': '$1'}}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE invariants")
            cursor.execute("RESET plan_cache_mode")


def books() -> Books:
    """Return what the books have come to."""
    with connection.cursor() as cursor:
        cursor.execute(BOOKS)
        return Books(*cursor.fetchone())


def reached() -> dict[str, int]:
    """Return what has happened to money by now, each with how often."""
    with connection.cursor() as cursor:
        cursor.execute(REACHED)
        return dict(cursor.fetchall())


def check(world: World, *, before: Books, now: datetime) -> Books:
    """Return the books as they are now. :raises Finding: an invariant is broken, a lie was believed, something shrank"""
    _check_invariants(now=now, but=PATIENT)
    found = books()
    for name, was, is_now in zip(Books._fields, before, found, strict=True):
        if is_now < was:
            raise Finding("the books never shrink", f"{name} {was} became {is_now}")
    _check_beliefs(world)
    _check_refunds(world)
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
    with connection.cursor() as cursor:
        cursor.execute("EXECUTE invariants (%s)", [now])
        offenders = dict(cursor.fetchall())
    for at, one in enumerate(invariants.known()):
        if offenders[at] is not None and one.number not in but:
            raise Finding(f"invariant {one.number}: {one.name}", offenders[at])


def _check_beliefs(world: World) -> None:
    for reference, paise in _believed():
        transaction = world.transactions.get(reference)
        if transaction is None or (transaction.status, transaction.amount_paise) != (SUCCESS, paise):
            raise Finding("nothing is believed that the bank does not know", f"{paise} paise")


def _check_refunds(world: World) -> None:
    """What the bank has given back is on its way or gone in the books, and what is gone in the books it has given back."""
    given = {
        one.refund_ref: one.amount_paise for one in world.refunds.values() if one.status in (TAKEN_BACK, SENT_BACK)
    }
    sent = Refund.objects.filter(advice_number="").values_list("refund_number", "amount_paise", "state")
    ours = {number: (paise, state) for number, paise, state in sent}
    for number, (paise, state) in ours.items():
        if state == RefundState.DONE and given.get(number) != paise:
            raise Finding("nothing is believed given back that the bank has not", f"{paise} paise")
    for number, paise in given.items():
        if ours[number][1] not in (RefundState.SUBMITTED, RefundState.UNKNOWN, RefundState.DONE):
            raise Finding("what the bank has given back is not ours again", f"{paise} paise")


def _believed() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(BELIEVED)
        return [(reference, paise) for reference, paise in cursor.fetchall()]
