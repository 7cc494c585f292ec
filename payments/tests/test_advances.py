"""Money kept for a payer goes to the bills that come next, once, and the books say when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from payments.kept import advances
from payments.models import Allocation, Journal, JournalLine, Payment, Receipt
from payments.posting import apply_report
from payments.tests.factories import KIND, NOW, AttemptFactory, report

pytestmark = pytest.mark.django_db
REFERENCE = "110260100051"
NEXT_YEAR = date(2027, 5, 10)


@pytest.fixture
def advance(dues):
    """192,400 paise of an order whose bills had been paid before."""
    dues.paid = {"PD-1", "PD-2"}
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=NOW)
    return attempt


def use(on: date = NEXT_YEAR) -> int:
    return advances.use_advance(kind=KIND, reference=REFERENCE, on=on, now=NOW + timedelta(days=168))


def kept() -> int:
    return advances.advance_of(kind=KIND, reference=REFERENCE)


def test_advance_is_what_is_kept_and_not_used(advance, dues):
    dues.coming = [("PD-3", 100_000)]

    assert (kept(), advances.references_with_advance(kind=KIND)) == (192_400, [REFERENCE])
    assert use() == 100_000
    assert (kept(), advances.references_with_advance(kind=KIND)) == (92_400, [REFERENCE])


def test_advance_used_moves_from_the_advance_to_the_bill(advance, dues):
    dues.coming = [("PD-3", 100_000)]

    use()

    journal = Journal.objects.get(purpose="advance used 1")
    assert (journal.business_date, journal.payment) == (NEXT_YEAR, Payment.objects.get())
    assert list(JournalLine.objects.filter(journal=journal).values_list("account", "debit_paise", "credit_paise")) == [
        ("2100", 100_000, 0),
        ("1300:test_dues:property_tax", 0, 100_000),
    ]
    assert list(Allocation.objects.order_by("pk").values_list("kind", "bill", "amount_paise", "landed_on")) == [
        ("advance", "", 192_400, NOW.date()),
        ("advance", "", -100_000, NEXT_YEAR),
        ("bill", "PD-3", 100_000, NEXT_YEAR),
    ]
    assert Receipt.objects.count() == 1


def test_advance_used_up_is_not_used_again(advance, dues):
    dues.coming = [("PD-3", 100_000), ("PD-4", 92_400)]

    assert [use(), use()] == [192_400, 0]
    assert (kept(), advances.references_with_advance(kind=KIND)) == (0, [])


def test_oldest_payment_gives_first(advance, dues):
    apply_report(account=advance.account, report=report(advance, transaction_ref="T-2"), now=NOW)
    first, second = Payment.objects.order_by("pk")
    dues.coming = [("PD-3", 192_400), ("PD-4", 50_000)]

    assert use() == 242_400

    assert list(Allocation.objects.filter(kind="bill").values_list("payment", "bill")) == [
        (first.pk, "PD-3"),
        (second.pk, "PD-4"),
    ]


def test_without_a_bill_the_advance_stays(advance):
    assert (use(), kept()) == (0, 192_400)


def test_no_one_moves_more_than_was_kept(advance):
    with pytest.raises(IntegrityError, match="moved more than was kept"), transaction.atomic():
        for kind, bill, paise in (("advance", "", -192_401), ("bill", "PD-3", 192_401)):
            Allocation.objects.create(
                payment=Payment.objects.get(), kind=kind, bill=bill, amount_paise=paise, landed_on=NEXT_YEAR
            )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_allocation_that_breaks_its_payment_is_refused_at_commit(advance):
    with pytest.raises(IntegrityError, match="not allocated"), transaction.atomic():
        Allocation.objects.create(
            payment=Payment.objects.get(), kind="bill", bill="PD-3", amount_paise=1, landed_on=NEXT_YEAR
        )
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
