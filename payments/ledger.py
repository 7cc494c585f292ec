"""The books: one payment, where it landed, its journal and its receipt, written in one statement. Amounts are paise.

The chart: `1200:<account>` what a gateway owes us, `1300:<kind>` what citizens owe, `2100` advances, `2900` suspense.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from payments.receipts import ISSUE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

GATEWAY_RECEIVABLE = "1200"
DUES = "1300"
ADVANCE = "2100"
SUSPENSE = "2900"


@dataclass(frozen=True, slots=True)
class Landing:
    """Where one part of a payment lands: `kind` bill, advance or suspense; `bill` only with the first."""

    kind: str
    bill: str
    amount_paise: int


POST = f"""
WITH payment AS (
    INSERT INTO payments_payment (transaction_id, order_id, amount_paise, business_date, received_at)
    VALUES (%(transaction)s, %(order)s, %(amount)s, %(business_date)s, %(now)s) RETURNING id
), landed AS (
    INSERT INTO payments_allocation (payment_id, kind, bill, amount_paise)
    SELECT payment.id, part.kind, part.bill, part.amount
      FROM payment, unnest(%(kinds)s::text[], %(bills)s::text[], %(amounts)s::bigint[]) AS part (kind, bill, amount)
), journal AS (
    INSERT INTO payments_journal (purpose, payment_id, legs, business_date, posted_at)
    SELECT 'received', payment.id, cardinality(%(accounts)s::text[]), %(business_date)s, %(now)s FROM payment RETURNING id
), legs AS (
    INSERT INTO payments_journalline (journal_id, account, debit_paise, credit_paise)
    SELECT journal.id, leg.account, leg.debit, leg.credit
      FROM journal, unnest(%(accounts)s::text[], %(debits)s::bigint[], %(credits)s::bigint[]) AS leg (account, debit, credit)
), attempt AS (
    UPDATE payments_paymentattempt SET state = 'succeeded', next_poll_at = NULL WHERE id = %(attempt)s
), paid AS (
    UPDATE payments_paymentorder SET state = 'paid' WHERE id = %(order)s AND state <> 'paid'
), {ISSUE}
SELECT payment.id, receipt.receipt_number FROM payment, receipt
"""


def post_payment(
    *,
    transaction: int,
    order: int,
    attempt: int,
    gateway_account: str,
    kind: str,
    landings: Sequence[Landing],
    receipt: dict[str, Any],
    business_date: date,
    now: datetime,
) -> tuple[int, str]:
    """Write a payment with its allocations, its journal and its receipt, and close the attempt and the order.

    `receipt` is what `receipts.new_receipt` made. Returns the payment's id and the receipt number.

    :raises IntegrityError: the transaction was posted before, or the parts do not balance at commit
    """
    amount = sum(part.amount_paise for part in landings)
    credits = credit_legs(kind, landings)
    values: dict[str, Any] = {
        **receipt,
        "transaction": transaction,
        "order": order,
        "attempt": attempt,
        "amount": amount,
        "business_date": business_date,
        "now": now,
        "kinds": [part.kind for part in landings],
        "bills": [part.bill for part in landings],
        "amounts": [part.amount_paise for part in landings],
        "accounts": [f"{GATEWAY_RECEIVABLE}:{gateway_account}", *credits],
        "debits": [amount, *(0 for _ in credits)],
        "credits": [0, *credits.values()],
    }
    with connection.cursor() as cursor:
        cursor.execute(POST, values)
        payment, receipt_number = cursor.fetchone()
    return payment, receipt_number


def credit_legs(kind: str, landings: Sequence[Landing]) -> dict[str, int]:
    """Return what is credited to which account, accounts without an amount left out."""
    accounts = {"bill": f"{DUES}:{kind}", "advance": ADVANCE, "suspense": SUSPENSE}
    legs: dict[str, int] = {}
    for part in landings:
        legs[accounts[part.kind]] = legs.get(accounts[part.kind], 0) + part.amount_paise
    return {account: amount for account, amount in legs.items() if amount}
