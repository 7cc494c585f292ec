"""What the database refuses of kept money and its placements, whoever writes."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from payments.models import Allocation, Placement
from payments.posting import apply_report
from payments.tests.conftest import OTHER
from payments.tests.factories import NOW, AttemptFactory, report
from payments.tests.kept_desk import came, place, propose

pytestmark = pytest.mark.django_db
REFERENCE = "110260100051"


@pytest.fixture
def paid_twice(dues):
    """1,924 rupees in advance: the bills of their order had been paid before."""
    attempt = AttemptFactory()
    dues.paid = {"PD-1", "PD-2"}
    apply_report(account=attempt.account, report=report(attempt), now=NOW)
    return attempt


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"approver": "clerk", "approved_at": NOW}, "placement_decided_by_another"),
        ({"approver": "approver"}, "placement_decision_is_whole"),
        ({"approver": "approver", "refused_at": NOW}, "placement_refusal_has_a_reason"),
    ],
)
def test_decision_that_breaks_a_rule_is_refused(values, name):
    came()
    propose(target="advance")

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Placement.objects.update(**values)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"amount_paise": 0}, "placement_amount_positive"),
        ({"detail": ""}, "placement_says_why"),
        ({"kept_as": "advance", "target": "advance"}, "placement_target_fits_where_it_is_kept"),
        ({"target": "other"}, "placement_for_another_goes_elsewhere"),
    ],
)
def test_proposal_that_breaks_a_rule_is_refused(values, name):
    attempt = came()
    right = {
        "payment": attempt.order.payments.get(),
        "kept_as": "suspense",
        "kept_for": REFERENCE,
        "target": "advance",
        "placed_for": REFERENCE,
        "amount_paise": 1,
        "effect": [],
        "detail": "Why",
        "maker": "clerk",
        "asked_at": NOW,
    }

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Placement.objects.create(**{**right, **values})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_placement SET amount_paise = 1",
        "UPDATE payments_placement SET refusal = refusal",
        "DELETE FROM payments_placement",
    ],
)
def test_decided_placement_cannot_be_changed(statement):
    came()
    place(target="advance")

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_suspense_counts_for_nobody_else():
    attempt = came()

    with pytest.raises(IntegrityError, match="counts_for_another_on_a_bill"), transaction.atomic():
        Allocation.objects.create(
            payment=attempt.order.payments.get(), kind="suspense", reference=OTHER, amount_paise=0, landed_on=NOW.date()
        )


def test_advance_of_one_number_gives_nothing_for_another(paid_twice):
    with pytest.raises(IntegrityError, match="moved more than was kept"), transaction.atomic():
        for reference, paise in ((OTHER, -1), ("", 1)):
            Allocation.objects.create(
                payment=paid_twice.order.payments.get(),
                kind="advance",
                reference=reference,
                amount_paise=paise,
                landed_on=NOW.date(),
            )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
