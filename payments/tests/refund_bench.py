"""A payment that stands in advance whole, and two clerks who give it back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection

from payments import invariants
from payments.models import JournalLine, Receipt, Refund
from payments.posting import apply_report
from payments.refunds import services as refunds
from payments.tests.factories import NOW, AttemptFactory, report

if TYPE_CHECKING:
    from payments.models import Payment, PaymentAttempt
    from payments.tests.conftest import SimpleDues

LATER = NOW + timedelta(days=3)
PAID = 192_400


def paid_in_advance(dues: SimpleDues, **attempt: object) -> PaymentAttempt:
    """Post 1,924 rupees for bills that had been paid before."""
    dues.paid = {"PD-1", "PD-2"}
    made = AttemptFactory(**attempt)
    apply_report(account=made.account, report=report(made), now=NOW)
    return made


def ask(amount_paise: int = PAID, **changes: object) -> Refund:
    values = {
        "receipt_number": Receipt.objects.latest("pk").receipt_number,
        "amount_paise": amount_paise,
        "left_paise": PAID,
        "reason": "Paid twice, letter 12 of 24 November",
        "maker": "clerk",
        "now": LATER,
    }
    return refunds.ask_for_refund(**{**values, **changes})


def approve(refund: Refund, **changes: object) -> Refund:
    return refunds.approve_refund(refund.pk, **{"approver": "approver", "now": LATER, **changes})


def approved(amount_paise: int = PAID, **changes: object) -> Refund:
    refund = ask(amount_paise, **changes)
    return approve(refund, now=refund.asked_at)


def state(refund: Refund) -> str:
    refund.refresh_from_db()
    return refund.state


def landed(payment: Payment) -> dict[str, int]:
    """Return where the money of a payment stands, by kind."""
    sums: dict[str, int] = {}
    for kind, paise in payment.allocations.values_list("kind", "amount_paise"):
        sums[kind] = sums.get(kind, 0) + paise
    return {kind: paise for kind, paise in sums.items() if paise}


def balances() -> dict[str, int]:
    """Return every account's balance, debits positive."""
    sums: dict[str, int] = {}
    for account, debit, credit in JournalLine.objects.values_list("account", "debit_paise", "credit_paise"):
        sums[account] = sums.get(account, 0) + debit - credit
    return {account: paise for account, paise in sums.items() if paise}


def broken() -> list[str]:
    """Return what does not hold, once the checks that wait for the commit have been made."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return [f"{one['name']}: {one['first_offender']}" for one in invariants.verify(now=LATER) if not one["holds"]]
