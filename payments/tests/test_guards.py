"""The database refuses what no service should ever do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from payments.models import Allocation, Journal, JournalLine, Payment, PaymentAttempt, PaymentOrder
from payments.posting import apply_report
from payments.tests.factories import NOW, AttemptFactory, OrderFactory, report

APPEND_ONLY = ["payment", "allocation", "journal", "journalline", "receipt"]
SETTLEMENTS = ["settlementfile", "settlementline", "settlementchange", "settlementmatch", "bankfile", "bankline"]
ASKED = ["reversalrequest", "realisation"]
BREAKS = ["breakclosing", "breaknote", "breakpaper"]
KEPT_MONEY = ["refund", "placement", "closingrequest", "dispute"]
PAY_OUTS = ["settlement", "settlementcredit", "creditrequest", "returnmatch", "refusedfile"]
AT_THE_DESK = ["handedover", "receiptprint", "digest"]
LATER = ["reversal", "journalseal", *ASKED, *KEPT_MONEY, *BREAKS, *SETTLEMENTS, *PAY_OUTS, *AT_THE_DESK]


@pytest.fixture
def posted(db):
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=NOW)
    return attempt


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["UPDATE payments_{} SET id = id", "DELETE FROM payments_{}"])
def test_posted_row_cannot_be_changed(posted, table, statement):
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_every_money_table_guards_against_truncate(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only_truncate'")
        guarded = {name for (name,) in cursor.fetchall() if name.startswith("payments_")}
    assert guarded == {f"payments_{table}" for table in [*APPEND_ONLY, *LATER]}


def check_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_journal_out_of_balance_is_refused_at_commit(posted):
    payment = Payment.objects.get()

    with pytest.raises(IntegrityError, match="out of balance by 1 paise"), transaction.atomic():
        journal = Journal.objects.create(
            purpose="test", payment=payment, legs=2, business_date=NOW.date(), posted_at=NOW
        )
        JournalLine.objects.create(journal=journal, account="1200:billdesk", debit_paise=100)
        JournalLine.objects.create(journal=journal, account="1300:test", credit_paise=99)
        check_now()


def test_line_cannot_join_a_finished_journal(posted):
    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        JournalLine.objects.create(journal=Journal.objects.get(), account="2900", debit_paise=5)


def test_payment_not_allocated_whole_is_refused_at_commit(posted):
    with pytest.raises(IntegrityError, match="not allocated"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO payments_gatewaytransaction (attempt_id, account_id, transaction_ref, status, raw_status, "
                "amount_paise, bank_ref, method, happened_at, error_code) SELECT attempt_id, account_id, 'T-x', status, "
                "raw_status, amount_paise, '', '', happened_at, '' FROM payments_gatewaytransaction RETURNING id"
            )
            transaction_id = cursor.fetchone()[0]
        Payment.objects.create(
            transaction_id=transaction_id,
            order=posted.order,
            amount_paise=100,
            business_date=NOW.date(),
            received_at=NOW,
        )
        check_now()


@pytest.mark.parametrize(
    ("model", "values", "name"),
    [
        (PaymentOrder, {"amount_paise": 0}, "order_amount_positive"),
        (PaymentOrder, {"state": "lost"}, "order_state_known"),
        (PaymentOrder, {"expires_at": NOW - timedelta(days=1)}, "order_expires_after_opening"),
        (PaymentAttempt, {"amount_paise": 0}, "attempt_amount_positive"),
        (PaymentAttempt, {"state": "lost"}, "attempt_state_known"),
    ],
)
def test_row_that_breaks_a_rule_is_refused(db, model, values, name):
    AttemptFactory()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        model.objects.update(**values)


def test_same_dues_are_one_open_order(db):
    OrderFactory(dues_key="same")
    OrderFactory(dues_key="same", state="closed")

    with pytest.raises(IntegrityError, match="order_open_once_for_the_same_dues"), transaction.atomic():
        OrderFactory(dues_key="same")


def test_order_has_one_open_attempt(db):
    attempt = AttemptFactory()
    AttemptFactory(order=attempt.order, order_ref="second", state="failed")

    with pytest.raises(IntegrityError, match="attempt_open_once_per_order"), transaction.atomic():
        AttemptFactory(order=attempt.order, order_ref="third")


def test_allocation_to_a_bill_names_it(posted):
    with pytest.raises(IntegrityError, match="allocation_names_a_bill"), transaction.atomic():
        Allocation.objects.create(
            payment=Payment.objects.get(), kind="bill", bill="", amount_paise=0, landed_on=NOW.date()
        )
