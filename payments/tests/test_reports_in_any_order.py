"""Whatever gateways report of three attempts, in whatever sequence: drawn at random, held against a model of a few lines.

The rehearsal hears what a bank of the sandbox can say. Here is also what no bank should: more than was asked, a success taken
back, codes that nobody knows, one reference for two attempts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from payments import invariants
from payments.gateways.base import ReportStatus
from payments.models import GatewayTransaction, Payment, PaymentAttempt, PaymentOrder
from payments.payables import payable_of
from payments.posting import apply_report
from payments.states import ATTEMPT_MOVES, ORDER_MOVES, AttemptState
from payments.tests.factories import KIND, NOW, AttemptFactory, report

pytestmark = pytest.mark.django_db
SUCCEEDED = ReportStatus.SUCCEEDED


@dataclass(slots=True)
class Model:
    """What should come of reports: the first success of a reference is a payment, of the attempt that used it first."""

    owners: dict[str, int] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)

    def hear(self, attempt: int, reference: str, status: ReportStatus, paise: int) -> None:
        if self.owners.setdefault(reference, attempt) == attempt and status == SUCCEEDED:
            self.paid.setdefault(reference, paise)


REPORTS = st.tuples(
    st.integers(0, 2),
    st.sampled_from(["T-1", "T-2", "T-3", "T-4"]),
    st.sampled_from(ReportStatus),
    st.sampled_from([192_400, 192_400, 192_300, 100, 500_000]),
    st.sampled_from([timedelta(), timedelta(minutes=2), timedelta(hours=9)]),
)


@contextmanager
def undone() -> Iterator[None]:
    """Let every example begin with empty books; what waits for a commit is asked at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        yield
        transaction.set_rollback(True)


def three_attempts() -> list[PaymentAttempt]:
    """Two tries of one order, the first one given up, and another order for the same bills."""
    first = AttemptFactory(state="expired")
    return [first, AttemptFactory(order=first.order, order_ref="SECOND"), AttemptFactory()]


def states() -> list[tuple[str, str]]:
    return list(PaymentAttempt.objects.order_by("pk").values_list("state", "order__state"))


def paid() -> dict[str, int]:
    return dict(Payment.objects.values_list("transaction__transaction_ref", "amount_paise"))


@settings(max_examples=100, deadline=None)
@given(st.lists(REPORTS, min_size=1, max_size=10))
def test_reports_in_any_order_keep_the_books(reports):
    with undone():
        payable_of(KIND).paid.clear()
        attempts, model, now = three_attempts(), Model(), NOW
        for number, reference, status, paise, later in reports:
            now, before = now + later, states()
            changes = {"transaction_ref": reference, "status": status, "raw_status": "0777", "amount_paise": paise}
            apply_report(account=attempts[number].account, report=report(attempts[number], **changes), now=now)
            model.hear(number, reference, status, paise)

            assert [one["name"] for one in invariants.verify(now=now) if not one["holds"]] == []
            assert paid() == model.paid
            for (attempt, order), (attempt_before, order_before) in zip(states(), before, strict=True):
                assert attempt in (attempt_before, *ATTEMPT_MOVES[attempt_before])
                assert order in (order_before, *ORDER_MOVES[order_before])
        assert_states_tell_of_the_money(model)


def assert_states_tell_of_the_money(model: Model) -> None:
    """An attempt has succeeded and an order is paid exactly when there is a payment; a transaction that succeeded stays so."""
    succeeded = set(PaymentAttempt.objects.filter(state=AttemptState.SUCCEEDED).values_list("pk", flat=True))
    assert succeeded == set(Payment.objects.values_list("transaction__attempt", flat=True))
    assert set(PaymentOrder.objects.filter(state="paid").values_list("pk", flat=True)) == set(
        Payment.objects.values_list("order", flat=True)
    )
    assert set(GatewayTransaction.objects.filter(status=SUCCEEDED).values_list("transaction_ref", flat=True)) == set(
        model.paid
    )
