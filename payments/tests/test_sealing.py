"""The books are sealed in a chain, and whoever changes one of them behind the guards is found."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from payments import invariants, sealing
from payments.models import Journal, JournalSeal
from payments.posting import apply_report
from payments.tests.factories import NOW, AttemptFactory, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def posted():
    attempt = AttemptFactory()
    for number in range(3):
        apply_report(account=attempt.account, report=report(attempt, transaction_ref=f"T-{number}"), now=NOW)
    return attempt


@pytest.fixture
def sealed(posted):
    sealing.seal_books(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return list(Journal.objects.order_by("pk").values_list("pk", flat=True))


def unguarded(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        for table in ("journal", "journalline", "journalseal"):
            cursor.execute(f"ALTER TABLE payments_{table} DISABLE TRIGGER append_only")
        cursor.execute(statement, values)


def offender() -> str | None:
    found = {one["number"]: one["first_offender"] for one in invariants.verify(now=NOW)}
    return found[10]


def test_every_journal_is_sealed_once_in_its_book(posted):
    assert sealing.seal_books(now=NOW) == 3
    assert sealing.seal_books(now=NOW) == 0

    assert list(JournalSeal.objects.order_by("pk").values_list("book", "number")) == [
        ("test_dues", 1),
        ("test_dues", 2),
        ("test_dues", 3),
    ]
    assert offender() is None


def test_what_comes_later_continues_the_chain(sealed, posted):
    apply_report(account=posted.account, report=report(posted, transaction_ref="T-9"), now=NOW)

    assert sealing.seal_books(now=NOW + timedelta(hours=1)) == 1
    assert (sealing.heads()[0].number, offender()) == (4, None)


def test_batches_make_one_chain(posted, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 2)

    assert sealing.seal_books(now=NOW) == 3
    assert (sealing.heads()[0].number, offender()) == (3, None)


def test_books_of_two_kinds_are_two_chains(posted):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    sealing.seal_books(now=NOW)
    other = AttemptFactory()
    apply_report(account=other.account, report=report(other), now=NOW)
    other.order.kind = "other"
    other.order.save(update_fields=["kind"])
    sealing.seal_books(now=NOW)

    assert [(head.book, head.number) for head in sealing.heads()] == [("other", 1), ("test_dues", 3)]
    assert offender() is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE payments_journalline SET account = '1300:x' WHERE journal_id = %s AND credit_paise > 0",
        "UPDATE payments_journalline SET credit_paise = credit_paise + 1 WHERE journal_id = %s AND credit_paise > 0",
        "DELETE FROM payments_journalline WHERE journal_id = %s",
        "UPDATE payments_journal SET business_date = business_date - 1 WHERE id = %s",
        "UPDATE payments_journal SET posted_at = posted_at - interval '1 microsecond' WHERE id = %s",
        "UPDATE payments_journal SET purpose = 'else' WHERE id = %s",
        "UPDATE payments_journalseal SET sha256 = repeat('0', 64) WHERE journal_id = %s",
    ],
)
def test_journal_that_was_changed_behind_the_guards_is_named(sealed, change):
    assert offender() is None

    unguarded(change, sealed[1])

    assert offender() == f"journal {sealed[1]}"


def test_journal_that_was_changed_and_sealed_anew_is_betrayed_by_the_next(sealed):
    unguarded("UPDATE payments_journal SET purpose = 'else' WHERE id = %s", sealed[1])
    unguarded(
        "UPDATE payments_journalseal s SET sha256 = payments_seal_of(before.sha256, s.journal_id) "
        "FROM payments_journalseal before WHERE s.journal_id = %s AND before.number = s.number - 1",
        sealed[1],
    )

    assert offender() == f"journal {sealed[2]}"


def test_seal_that_was_taken_out_is_betrayed_by_the_next(sealed):
    unguarded("DELETE FROM payments_journalseal WHERE journal_id = %s", sealed[1])

    assert offender() == f"journal {sealed[2]}"


def test_seal_does_not_depend_on_how_a_session_writes(sealed):
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL timezone = 'Asia/Kolkata'; SET LOCAL datestyle = 'German'; SET LOCAL extra_float_digits = 0"
        )

    assert offender() is None


@pytest.mark.parametrize("statement", ["UPDATE payments_journalseal SET id = id", "DELETE FROM payments_journalseal"])
def test_seal_cannot_be_changed(sealed, statement):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_command_names_the_heads(posted):
    out = StringIO()

    call_command("seal_books", "--json", stdout=out)

    document = json.loads(out.getvalue())
    assert document == {"sealed": 3, "heads": [sealing.heads()[0]._asdict()]}
