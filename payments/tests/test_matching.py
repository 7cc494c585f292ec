"""Which payment a settled row is about: three keys, the surest first, and not a paisa of tolerance."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from payments.models import Payment, SettlementChange, SettlementFile, SettlementLine, SettlementMatch
from payments.posting import apply_report
from payments.reconciliation.matching import match_payments
from payments.tests.factories import NOW, AttemptFactory
from payments.tests.factories import report as said

pytestmark = pytest.mark.django_db
SETTLED_ON = NOW.date() + timedelta(days=1)


def posted(**changes):
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=said(attempt, **changes), now=NOW)
    return Payment.objects.select_related("transaction__attempt__account").latest("pk")


@pytest.fixture
def payment():
    return posted()


def line_of(payment, **changes):
    """A settled row about a payment, as the gateway would send it."""
    one, account = payment.transaction, payment.transaction.account
    file, _ = SettlementFile.objects.get_or_create(
        account=account, sha256="x", maker="a.clerk", taken_in_at=NOW, read=1, created=1, updated=0, rejected=0
    )
    values = {
        "place": 1,
        "kind": "settled",
        "merchant_id": account.merchant_id,
        "transaction_ref": one.transaction_ref,
        "order_ref": one.attempt.order_ref,
        "bank_ref": one.bank_ref,
        "happened_on": payment.business_date,
        "settled_on": SETTLED_ON,
        "gross_paise": payment.amount_paise,
        "charge_paise": 0,
        "gst_paise": 0,
        "net_paise": payment.amount_paise,
        "occurrence": 1,
    }
    return SettlementLine.objects.create(account=account, file=file, **{**values, **changes})


def match(payment):
    found = match_payments(account=payment.transaction.account, now=NOW)
    return {key: count for key, count in found.items() if count}


def test_row_is_matched_by_its_transaction(payment):
    line = line_of(payment)

    assert match(payment) == {"transaction": 1}
    made = SettlementMatch.objects.get()
    assert (made.line, made.payment, made.key) == (line, payment, "transaction")


def test_row_is_matched_by_our_reference(payment):
    line_of(payment, transaction_ref="OTHER", bank_ref="")

    assert match(payment) == {"order": 1}


def test_row_is_matched_by_the_banks_reference_within_a_day(payment):
    line_of(payment, transaction_ref="OTHER", order_ref="", happened_on=payment.business_date - timedelta(days=1))

    assert match(payment) == {"bank": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"gross_paise": 192_401},
        {"merchant_id": "OTHER"},
        {"kind": "refund"},
        {"kind": "chargeback"},
        {"occurrence": 2},
        {"transaction_ref": "OTHER", "bank_ref": "ANOTHER"},
        {"transaction_ref": "OTHER", "order_ref": "", "bank_ref": ""},
        {"transaction_ref": "OTHER", "order_ref": "", "happened_on": date(2026, 11, 25)},
    ],
)
def test_row_that_does_not_fit_is_not_matched(payment, changes):
    line_of(payment, **changes)

    assert match(payment) == {}


def test_two_payments_of_one_bank_reference_are_left_to_a_person(payment):
    posted()
    line_of(payment, transaction_ref="OTHER", order_ref="")

    assert match(payment) == {}


def test_two_rows_of_one_order_are_left_to_a_person(payment):
    for other in ("OTHER", "ANOTHER"):
        line_of(payment, transaction_ref=other, bank_ref="")

    assert match(payment) == {}


def test_f56_match_is_made_once(payment):
    line_of(payment)
    match(payment)

    assert match(payment) == {}
    assert SettlementMatch.objects.count() == 1


def test_payment_settled_on_two_days_is_matched_with_the_first(payment):
    second = line_of(payment, settled_on=SETTLED_ON + timedelta(days=1))
    first = line_of(payment)

    assert match(payment) == {"transaction": 1}
    assert match(payment) == {}
    assert (hasattr(first, "match"), hasattr(second, "match")) == (True, False)


def test_f57_replacing_row_takes_over_the_match_and_the_old_one_stays(payment):
    old = line_of(payment)
    match(payment)
    new = line_of(payment, net_paise=1, version=2)
    SettlementChange.objects.create(line=old, replaced_by=new, file=new.file)

    assert match(payment) == {"transaction": 1}
    assert list(SettlementMatch.objects.order_by("pk").values_list("line", flat=True)) == [old.pk, new.pk]


def test_number_of_statements_does_not_grow_with_the_rows(payment, django_assert_num_queries):
    for number in range(20):
        line_of(payment, transaction_ref=f"X{number}")

    with django_assert_num_queries(9):
        match(payment)


@pytest.mark.parametrize(
    "change", ["UPDATE payments_settlementmatch SET id = id", "DELETE FROM payments_settlementmatch"]
)
def test_match_cannot_be_changed(payment, change):
    line_of(payment)
    match(payment)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


@pytest.mark.parametrize(("key", "constraint"), [("guess", "settlement_match_key_known"), ("bank", "line_id")])
def test_database_refuses_match(payment, key, constraint):
    line = line_of(payment)
    match(payment)
    if key == "guess":
        line = line_of(payment, transaction_ref="OTHER")

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        SettlementMatch.objects.create(line=line, payment=payment, key=key, matched_at=NOW)
