"""`verify_books` proves the books, and names the first offender when somebody got past the guards."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from payments import invariants
from payments.posting import apply_report
from payments.tests.factories import NOW, AttemptFactory, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def posted():
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=NOW)
    return attempt


def broken() -> dict[int, str]:
    return {one["number"]: one["first_offender"] for one in invariants.verify(now=NOW) if not one["holds"]}


def test_books_hold_when_empty():
    assert broken() == {}


def test_books_hold_after_payments(posted):
    apply_report(account=posted.account, report=report(posted, transaction_ref="T-2"), now=NOW)

    assert broken() == {}


@pytest.mark.parametrize(
    ("tables", "damage", "number", "offender"),
    [
        (["journalline"], "UPDATE payments_journalline SET debit_paise = 1 WHERE debit_paise > 0", 1, "journal"),
        (["allocation"], "DELETE FROM payments_allocation WHERE bill = 'PD-1'", 3, "payment"),
        (["receipt"], "DELETE FROM payments_receipt", 5, "transaction"),
        (["receipt"], "UPDATE payments_receipt SET number = 2", 6, "series PT-026 2026"),
        ([], "UPDATE payments_receiptseries SET last_number = 9", 6, "series PT-026 2026"),
        (
            ["journalline"],
            "UPDATE payments_journalline SET account = '1200:x' WHERE debit_paise > 0",
            7,
            "account billdesk",
        ),
        ([], "UPDATE payments_paymentorder SET state = 'open'", 12, "order"),
    ],
)
def test_damage_behind_the_guards_is_named(posted, tables, damage, number, offender):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE payments_{table} DISABLE TRIGGER append_only")
        cursor.execute(damage)

    assert broken()[number].startswith(offender)


def test_unread_message_and_forgotten_attempt_are_named():
    attempt = AttemptFactory(created_at="2020-01-01T00:00:00Z")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_gatewaymessage (account_id, source, sha256, content_type, body, received_at, hits, state, "
            "result, order_ref, signature) VALUES (%s, 'webhook', '', '', '', '2020-01-01', 1, 'received', '', '', '')",
            [attempt.account_id],
        )

    assert sorted(broken()) == [8, 11]


def test_command_prints_one_document(posted):
    out = StringIO()

    call_command("verify_books", "--json", stdout=out)

    document = json.loads(out.getvalue())
    assert document["holds"] is True
    assert {tuple(one) for one in document["invariants"]} == {("number", "name", "holds", "checked", "first_offender")}


def test_command_ends_with_one_when_the_books_do_not_hold(posted):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE payments_receiptseries SET last_number = 9")
    out = StringIO()

    with pytest.raises(SystemExit) as end:
        call_command("verify_books", "--json", stdout=out)

    assert (end.value.code, json.loads(out.getvalue())["holds"]) == (1, False)
