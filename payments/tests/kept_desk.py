"""What tests of the desk for kept money share: a payment that fell short, two clerks, and what the books have come to."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from payments import invariants
from payments.kept import placements
from payments.models import Allocation, JournalLine, KeptMoney, Payment, PaymentAttempt, Placement
from payments.payables import payable_of
from payments.posting import apply_report
from payments.tests.factories import KIND, NOW, AttemptFactory, report

LATER = NOW + timedelta(days=3)
SHORT = 150_000


def came(paise: int = SHORT, **values) -> PaymentAttempt:
    """Post so much of the 1,924 rupees that an order asks for: too little waits in suspense."""
    attempt = AttemptFactory(**values)
    apply_report(account=attempt.account, report=report(attempt, amount_paise=paise), now=NOW)
    return attempt


def propose(**changes) -> Placement:
    """Ask for a placement. The bills of these tests are no rows, so what was tried on them is taken back here."""
    dues = payable_of(KIND)
    paid = set(dues.paid)
    values = {
        "kept": KeptMoney.objects.latest("pk").pk,
        "target": "named",
        "placed_for": "",
        "amount_paise": None,
        "detail": "The payer has shown the bill",
        "maker": "clerk",
        "now": LATER,
    }
    try:
        return placements.propose_placement(**{**values, **changes})
    finally:
        dues.paid = paid


def place(**changes) -> Placement:
    return placements.approve_placement(propose(**changes).pk, approver="approver", now=LATER)


def parts() -> list[tuple[str, str, str, int]]:
    return list(Allocation.objects.order_by("pk").values_list("kind", "bill", "reference", "amount_paise"))


def kept() -> list[tuple[str, str, int]]:
    return list(KeptMoney.objects.order_by("pk").values_list("kept_as", "reference", "amount_paise"))


def breaks() -> dict[str, str]:
    """Return the kinds of the breaks of all payments with how each was closed, empty while it is open."""
    found = Payment.objects.exclude(breaks=None).order_by("pk").values_list("breaks__kind", "breaks__closing__how")
    return {kind: how or "" for kind, how in found}


def balances() -> dict[str, int]:
    sums: dict[str, int] = {}
    for account, debit, credit in JournalLine.objects.values_list("account", "debit_paise", "credit_paise"):
        sums[account] = sums.get(account, 0) + debit - credit
    return {account: paise for account, paise in sums.items() if paise}


def broken() -> list[str]:
    """Check what is deferred to the commit, and return the invariants that do not hold."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return [f"{one['name']}: {one['first_offender']}" for one in invariants.verify(now=LATER) if not one["holds"]]
