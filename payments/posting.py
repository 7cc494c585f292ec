"""The one poster. Return page, webhook, poller, cashier and, one day, settlement file only report; this moves an order.

One transaction: lock the order, write the transaction once, settle the bills, payment with allocations and journal,
receipt number (the last lock), outbox. Money that really arrived always lands: on its bills, in advance, or in suspense
with a break for a person.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from django.db import connection, transaction

from kmc_portal.common.clock import day_of
from payments import contention, ledger, receipts
from payments.gateways.base import ReportStatus
from payments.ledger import Landing
from payments.models import Payment, ReconBreak
from payments.payables import payable_of
from payments.states import ATTEMPT_MOVES, OPEN_ATTEMPTS, AllocationKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from payments.gateways.base import TransactionReport
    from payments.models import GatewayAccount

log = structlog.get_logger()
RUPEES = "356"
OPEN = [state.value for state in OPEN_ATTEMPTS]
# The outcome of a report that what was posted has failed. It takes nothing back: the gateway is asked what it means.
DENIED = "denies what is posted"


class ReportRejected(Exception):
    """A signed report that does not belong to us: unknown order, another merchant."""


class ReportHeld(ReportRejected):
    """A signed report that may be about money of ours and cannot be booked: a person looks at it."""


class Locked(NamedTuple):
    """An attempt with its order, both locked until the commit."""

    attempt: int
    attempt_state: str
    order: int
    order_number: str
    kind: str
    reference: str
    series: str
    amount_paise: int
    lines: str  # JSON
    language: str
    told_to: list[str]


# Rows are locked in the sequence of FROM: the order first, as `services` does that opens its attempts. Of a success that is
# known nothing new can be said: it locks nothing, so that a gateway that repeats itself costs reading only.
LOCK = """
SELECT a.id, a.state, o.id, o.order_number, o.kind, o.reference, o.series, a.amount_paise, o.snapshot ->> 'lines',
       o.language, o.told_to
  FROM payments_paymentorder o JOIN payments_paymentattempt a ON a.order_id = o.id
 WHERE a.order_ref = %(order_ref)s AND a.account_id = %(account)s
   AND NOT EXISTS (SELECT FROM payments_gatewaytransaction t
                    WHERE t.attempt_id = a.id AND t.transaction_ref = %(transaction_ref)s AND t.status = 'succeeded')
   FOR UPDATE
"""
KNOWN = """
SELECT FROM payments_gatewaytransaction t JOIN payments_paymentattempt a ON a.id = t.attempt_id
 WHERE a.order_ref = %(order_ref)s AND a.account_id = %(account)s
   AND t.transaction_ref = %(transaction_ref)s AND t.status = 'succeeded'
"""

# A transaction is written once. What is said of it later may only take it forward: failed may become succeeded, and
# nothing takes a success back. No row comes back when a report tells nothing new.
WRITE_TRANSACTION = """
INSERT INTO payments_gatewaytransaction AS known
       (attempt_id, account_id, transaction_ref, status, raw_status, amount_paise, surcharge_paise, bank_ref, method,
        happened_at, error_code)
VALUES (%(attempt)s, %(account)s, %(transaction_ref)s, %(status)s, %(raw_status)s, %(amount)s, %(surcharge)s, %(bank_ref)s,
        %(method)s, %(happened_at)s, %(error_code)s)
ON CONFLICT ON CONSTRAINT transaction_once_per_account DO UPDATE
   SET status = excluded.status, raw_status = excluded.raw_status, bank_ref = excluded.bank_ref,
       amount_paise = excluded.amount_paise, surcharge_paise = excluded.surcharge_paise,
       happened_at = excluded.happened_at, error_code = excluded.error_code
 WHERE known.attempt_id = excluded.attempt_id
   AND (known.status IN ('pending', 'unknown') AND excluded.status IN ('failed', 'succeeded')
        OR known.status = 'failed' AND excluded.status = 'succeeded')
RETURNING id
"""
# Two clicks at once can leave two pages. The attempt that was given up for another one is not opened again beside it: it is
# asked about all the same, and a success finds it.
MOVE_ATTEMPT = """
UPDATE payments_paymentattempt attempt SET state = %(state)s
 WHERE id = %(attempt)s AND (NOT %(opens)s OR NOT EXISTS (
       SELECT 1 FROM payments_paymentattempt other
        WHERE other.order_id = attempt.order_id AND other.id <> attempt.id AND other.state = ANY(%(open)s)))
"""


def apply_report(*, account: GatewayAccount, report: TransactionReport, now: datetime) -> str:
    """Take in what a gateway said, signed, about one transaction. Returns what was done with it, in a word or two.

    The same report again changes nothing. A success is posted once, whatever the state of its order.

    :raises ReportRejected: it is about no attempt of this account or another merchant
    :raises ReportHeld: it is not in rupees
    :raises Contended: the database ended it five times for the sake of others; nothing was written
    """
    if report.merchant_id != account.merchant_id:
        raise ReportRejected("another merchant's transaction")
    if report.currency != RUPEES:
        raise ReportHeld(f"not in rupees but in currency {report.currency[:10]}")
    return contention.begun_anew(lambda: _take_in(account, report, now))


@transaction.atomic
def _take_in(account: GatewayAccount, report: TransactionReport, now: datetime) -> str:
    locked = _lock(account.pk, report)
    if locked is None and not _is_known(account.pk, report):
        raise ReportRejected("no attempt of this account")
    transaction_id = _write_transaction(locked, account.pk, report) if locked else None
    if locked is None or transaction_id is None:
        return DENIED if report.status is ReportStatus.FAILED and _posted(account, report) else "known already"
    if report.status is ReportStatus.SUCCEEDED:
        return _post(locked, account, transaction_id, report, now)
    return _move_attempt(locked, report.status)


def open_denial(*, account: GatewayAccount, report: TransactionReport, now: datetime) -> None:
    """Have a person look at a posted payment of which the gateway, when it was asked, said that it failed."""
    payment = _posted(account, report)
    assert payment is not None
    says = f"{report.raw_status[:20]} {report.error_code[:40]}".strip()
    _, is_new = ReconBreak.objects.get_or_create(
        kind="GATEWAY_DENIES",
        payment=payment,
        facts={"attempt": report.order_ref, "gateway_says": says},
        defaults={"amount_paise": payment.amount_paise, "opened_at": now},
    )
    if is_new:
        log.warning("break_opened", kind="GATEWAY_DENIES", order_ref=report.order_ref)


def _posted(account: GatewayAccount, report: TransactionReport) -> Payment | None:
    return Payment.objects.filter(
        transaction__account=account,
        transaction__transaction_ref=report.transaction_ref,
        transaction__attempt__order_ref=report.order_ref,
    ).first()


def _lock(account: int, report: TransactionReport) -> Locked | None:
    """Return None for an attempt that is not there, and for a success that is known."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, _named(account, report))
        row = cursor.fetchone()
    return Locked(*row) if row else None


def _is_known(account: int, report: TransactionReport) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, _named(account, report))
        return bool(cursor.rowcount)


def _named(account: int, report: TransactionReport) -> dict[str, Any]:
    return {"account": account, "order_ref": report.order_ref, "transaction_ref": report.transaction_ref}


def _write_transaction(locked: Locked, account: int, report: TransactionReport) -> int | None:
    """Return the transaction's id when this report is news, None when it tells nothing new."""
    values: dict[str, Any] = {
        "attempt": locked.attempt,
        "account": account,
        "transaction_ref": report.transaction_ref,
        "status": report.status,
        "raw_status": report.raw_status[:20],
        "amount": report.amount_paise,
        "surcharge": report.surcharge_paise,
        "bank_ref": report.bank_ref[:60],
        "method": report.method[:20],
        "happened_at": report.happened_at,
        "error_code": report.error_code[:40],
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE_TRANSACTION, values)
        row = cursor.fetchone()
    return row[0] if row else None


def _move_attempt(locked: Locked, status: ReportStatus) -> str:
    """Move an attempt that has brought nothing yet; a move that the table does not know is none."""
    if status not in ATTEMPT_MOVES[locked.attempt_state]:
        return f"stays {locked.attempt_state}"
    values: dict[str, Any] = {"state": status, "attempt": locked.attempt, "opens": status.value in OPEN, "open": OPEN}
    with connection.cursor() as cursor:
        cursor.execute(MOVE_ATTEMPT, values)
        return str(status) if cursor.rowcount else f"stays {locked.attempt_state}"


def _post(
    locked: Locked, account: GatewayAccount, transaction_id: int, report: TransactionReport, now: datetime
) -> str:
    landings = _land(locked, report)
    series, payload = account.receipt_series or locked.series, _payload(locked, report)
    payment, receipt_number = ledger.post_payment(
        transaction=transaction_id,
        order=locked.order,
        attempt=locked.attempt,
        gateway_account=account.code,
        kind=locked.kind,
        landings=landings,
        receipt=receipts.new_receipt(series=series, issued_on=day_of(now), payload=payload),
        business_date=day_of(report.happened_at),
        now=now,
    )
    surplus = [part for part in landings if part.kind != AllocationKind.BILL]
    if surplus:
        _open_break(locked, payment, surplus, report, now)
    log.info(
        "payment_posted",
        order_number=locked.order_number,
        receipt_number=receipt_number,
        amount_paise=report.amount_paise,
    )
    return f"posted, {receipt_number}"


def _land(locked: Locked, report: TransactionReport) -> list[Landing]:
    """Decide where the money lands; the parts add up to what arrived.

    Too little pays no bill: which one it was meant for is for a person to say. What other payments have settled
    meanwhile, and what is too much, becomes an advance. The amounts are those of the order: the price that was shown when
    the payment began holds, however late the gateway's word comes.
    """
    if report.amount_paise < locked.amount_paise:
        return [Landing(AllocationKind.SUSPENSE, "", report.amount_paise)]
    shares = payable_of(locked.kind).on_paid(
        reference=locked.reference,
        lines=json.loads(locked.lines),
        paid_on=day_of(report.happened_at),
        paid_by=locked.order_number,
    )
    landings = [Landing(AllocationKind.BILL, share.bill, share.amount_paise, share.heads) for share in shares]
    surplus = report.amount_paise - sum(part.amount_paise for part in landings)
    if surplus:
        landings.append(Landing(AllocationKind.ADVANCE, "", surplus))
    return landings


def _open_break(
    locked: Locked, payment: int, surplus: Sequence[Landing], report: TransactionReport, now: datetime
) -> None:
    is_short = surplus[0].kind == AllocationKind.SUSPENSE
    kind = "AMOUNT_DIFF" if is_short or report.amount_paise != locked.amount_paise else "DUPLICATE_SUCCESS"
    over = surplus[0].amount_paise
    facts = {
        "order": locked.order_number,
        "asked_paise": locked.amount_paise,
        "came_paise": report.amount_paise,
        "over_paise": over,
    }
    ReconBreak.objects.create(kind=kind, payment_id=payment, amount_paise=over, facts=facts, opened_at=now)
    log.warning("break_opened", kind=kind, order_number=locked.order_number)


def _payload(locked: Locked, report: TransactionReport) -> dict[str, object]:
    return {
        "order_number": locked.order_number,
        "kind": locked.kind,
        "amount_paise": report.amount_paise,
        "language": locked.language,
        "told_to": locked.told_to,
    }
