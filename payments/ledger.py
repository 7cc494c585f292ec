"""The books: where money landed, its journal and its receipt, written in one statement. Amounts are paise.

The chart: `1100:treasury` what the treasury has paid for us · `1100:<account>` what a bank has credited · `1110:<account>` what a
gateway has paid out and the bank has not credited yet · `1200:<account>` what a gateway owes us · `1210` refunds in transit ·
`1220` what payers' banks ask back, undecided · `1300:<kind>:<head>` what citizens owe · `2100` advances · `2900` suspense ·
`5100:<account>` a gateway's charges · `5110:<account>` GST on them · `5200:<kind>:<head>` rebates and waivers granted ·
`5900` rounding.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection

from payments.receipts import ISSUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

TREASURY = "1100:treasury"
IN_BANK = "1100"
PAID_OUT = "1110"
GATEWAY_RECEIVABLE = "1200"
IN_TRANSIT = "1210"
DISPUTED = "1220"
DUES = "1300"
ADVANCE = "2100"
SUSPENSE = "2900"
CHARGES = "5100"
CHARGES_GST = "5110"
GRANTED = "5200"
ROUNDING = "5900"
RECEIVED = "received"  # the purpose of a payment's first journal
KEPT = {"advance": ADVANCE, "suspense": SUSPENSE, "refunded": IN_TRANSIT}


@dataclass(frozen=True, slots=True)
class Landing:
    """Where one part of a payment lands: `kind` bill, advance, suspense or refunded. `bill` and its `heads` only with the first.

    A negative amount leaves an advance, the suspense or a bill; the heads of a bill that is left are negated too.
    `reference` is for whom it counts where that is not whom its order was for.
    """

    kind: str
    bill: str
    amount_paise: int
    heads: Mapping[str, int] = field(default_factory=dict)
    reference: str = ""


# The rest of a statement that begins with a row `payment (id)`.
LAND = """
landed AS (
    INSERT INTO payments_allocation (payment_id, kind, bill, amount_paise, heads, reference, landed_on)
    SELECT payment.id, part.kind, part.bill, part.amount, part.heads::jsonb, part.reference, %(landed_on)s
      FROM payment, unnest(%(kinds)s::text[], %(bills)s::text[], %(amounts)s::bigint[], %(heads)s::text[], %(references)s::text[])
                    AS part (kind, bill, amount, heads, reference)
), journal AS (
    INSERT INTO payments_journal (purpose, payment_id, legs, business_date, posted_at)
    SELECT %(purpose)s, payment.id, cardinality(%(accounts)s::text[]), %(business_date)s, %(now)s FROM payment RETURNING id
), legs AS (
    INSERT INTO payments_journalline (journal_id, account, debit_paise, credit_paise)
    SELECT journal.id, leg.account, leg.debit, leg.credit
      FROM journal, unnest(%(accounts)s::text[], %(debits)s::bigint[], %(credits)s::bigint[]) AS leg (account, debit, credit)
)"""
POST = f"""
WITH payment AS (
    INSERT INTO payments_payment (transaction_id, order_id, amount_paise, business_date, received_at)
    VALUES (%(transaction)s, %(order)s, %(amount)s, %(business_date)s, %(now)s) RETURNING id
), {LAND}, attempt AS (
    UPDATE payments_paymentattempt SET state = 'succeeded', next_poll_at = NULL WHERE id = %(attempt)s
), paid AS (
    UPDATE payments_paymentorder SET state = 'paid' WHERE id = %(order)s AND state <> 'paid'
), {ISSUE}
SELECT payment.id, receipt.receipt_number FROM payment, receipt
"""
# What the journals of a payment have come to; credited with that, every account is where it was before.
COME_TO = """
SELECT l.account, sum(l.debit_paise - l.credit_paise)::bigint
  FROM payments_journal j JOIN payments_journalline l ON l.journal_id = j.id
 WHERE j.payment_id = %s GROUP BY l.account HAVING sum(l.debit_paise) <> sum(l.credit_paise) ORDER BY l.account
"""
MOVE = f"WITH payment AS (SELECT %(payment)s::bigint AS id), {LAND} SELECT id FROM journal"


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
    legs = {f"{GATEWAY_RECEIVABLE}:{gateway_account}": -amount, **credits_of(kind, landings)}
    values: dict[str, Any] = {
        **receipt,
        **_landed(RECEIVED, landings, legs.items(), business_date, now),
        "transaction": transaction,
        "order": order,
        "attempt": attempt,
        "amount": amount,
    }
    with connection.cursor() as cursor:
        cursor.execute(POST, values)
        payment, receipt_number = cursor.fetchone()
    return payment, receipt_number


def post_move(
    *,
    payment: int,
    purpose: str,
    kind: str,
    landings: Sequence[Landing],
    business_date: date,
    now: datetime,
    landed_on: date | None = None,
    credits: Mapping[str, int] | None = None,
) -> int:
    """Write that money of a payment has moved from where it was kept, under a purpose of its own. Returns the journal's id.

    It counts from `landed_on` where that is not the day of the books. `credits` are paise of accounts on which nothing lands,
    debits negative.

    :raises IntegrityError: the landings do not add up to nothing, or the payment has a journal of this purpose
    """
    legs = {**credits_of(kind, landings), **(credits or {})}
    # From one payer's advance to another's nothing is left of the one account, and the books show both legs all the same.
    both = [(account, paise) for part in landings for account, paise in _accounts(kind, part)]
    values = _landed(purpose, landings, legs.items() or both, business_date, now)
    values["landed_on"] = landed_on or business_date
    return _write_move(payment, values)


def post_paid_out(
    *, payment: int, purpose: str, account: str, amount_paise: int, business_date: date, now: datetime
) -> int:
    """Write that a refund in transit has been paid out of an account. Returns the journal's id.

    :raises IntegrityError: the payment has a journal of this purpose
    """
    return _write_move(
        payment, _landed(purpose, [], [(IN_TRANSIT, -amount_paise), (account, amount_paise)], business_date, now)
    )


def post_reversal(*, payment: int, landings: Sequence[Landing], business_date: date, now: datetime) -> int:
    """Write the journal that mirrors all that was written of a payment, with its landings undone. Returns the journal's id.

    :raises IntegrityError: the landings do not add up to nothing, or the payment was reversed before
    """
    with connection.cursor() as cursor:
        cursor.execute(COME_TO, [payment])
        come_to = cursor.fetchall()
    return _write_move(payment, _landed("reversed", landings, come_to, business_date, now))


def _write_move(payment: int, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(MOVE, {**values, "payment": payment})
        (journal,) = cursor.fetchone()
    return int(journal)


def credits_of(kind: str, landings: Sequence[Landing]) -> dict[str, int]:
    """Return what is credited to each account, debits negative, accounts without an amount left out."""
    credits: dict[str, int] = {}
    for part in landings:
        for account, paise in _accounts(kind, part):
            credits[account] = credits.get(account, 0) + paise
    return {account: paise for account, paise in credits.items() if paise}


def _accounts(kind: str, part: Landing) -> list[tuple[str, int]]:
    if part.kind in KEPT:
        return [(KEPT[part.kind], part.amount_paise)]
    sign = -1 if part.amount_paise < 0 else 1
    return [(_account(kind, head, sign * paise), paise) for head, paise in part.heads.items()]


def _account(kind: str, head: str, paise: int) -> str:
    if head == "rounding":
        return ROUNDING
    return f"{DUES if paise > 0 else GRANTED}:{kind}:{head}"


def _landed(
    purpose: str, landings: Sequence[Landing], legs: Iterable[tuple[str, int]], business_date: date, now: datetime
) -> dict[str, Any]:
    """Return the values of `LAND`. `legs` are accounts with what each is credited, debits negative."""
    credits = list(legs)
    return {
        "purpose": purpose,
        "business_date": business_date,
        "landed_on": business_date,
        "now": now,
        "kinds": [part.kind for part in landings],
        "bills": [part.bill for part in landings],
        "amounts": [part.amount_paise for part in landings],
        "heads": [json.dumps(dict(part.heads)) for part in landings],
        "references": [part.reference for part in landings],
        "accounts": [account for account, _paise in credits],
        "debits": [max(0, -paise) for _account, paise in credits],
        "credits": [max(0, paise) for _account, paise in credits],
    }
