"""The books are sealed in a chain, and whoever changes one of them behind the guards is found."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from kmc_portal.common import trail
from payments import invariants, sealing
from payments.models import Counter, Journal, JournalSeal
from payments.posting import apply_report
from payments.tests.factories import NOW, AttemptFactory, report

pytestmark = pytest.mark.django_db
# Entries of the trail beside the books: the account through which these tests are paid was made.
ACCOUNT = 1


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


def heads() -> dict[str, int]:
    """The last number of each book."""
    return {head.book: head.number for head in sealing.heads()}


def test_every_journal_is_sealed_once_in_its_book(posted):
    assert sealing.seal_books(now=NOW) == 3 + ACCOUNT
    assert sealing.seal_books(now=NOW) == 0

    assert list(JournalSeal.objects.exclude(journal=None).order_by("pk").values_list("book", "number")) == [
        ("test_dues", 1),
        ("test_dues", 2),
        ("test_dues", 3),
    ]
    assert offender() is None


def test_what_comes_later_continues_the_chain(sealed, posted):
    apply_report(account=posted.account, report=report(posted, transaction_ref="T-9"), now=NOW)

    assert sealing.seal_books(now=NOW + timedelta(hours=1)) == 1
    assert (heads()["test_dues"], offender()) == (4, None)


def test_batches_make_one_chain(posted, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 2)

    assert sealing.seal_books(now=NOW) == 3 + ACCOUNT
    assert (heads(), offender()) == ({"test_dues": 3, "trail": ACCOUNT}, None)


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

    assert heads() == {"other": 1, "test_dues": 3, "trail": ACCOUNT}
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
        "FROM payments_journalseal before "
        "WHERE s.journal_id = %s AND before.book = s.book AND before.number = s.number - 1",
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


# --- The trail ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def entries():
    """Three entries of the trail, sealed: lists that were taken away."""
    for number in range(3):
        trail.note_export(Counter, rows=number, file_type="csv", query="", sha256="")
    sealing.seal_books(now=NOW)
    return list(JournalSeal.objects.filter(book="trail").order_by("number").values_list("entry", flat=True))


def change_entry(entry: int, change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE auditlog_logentry DISABLE TRIGGER append_only")
        cursor.execute(f"UPDATE auditlog_logentry SET {change} WHERE id = %s", [entry])


def test_trail_is_a_chain_of_its_own_beside_the_books(entries, posted):
    assert sealing.seal_books(now=NOW) == 3 + ACCOUNT

    assert heads() == {"test_dues": 3, "trail": 3 + ACCOUNT}
    assert offender() is None


@pytest.mark.parametrize(
    "change",
    [
        "object_repr = 'another'",
        "action = 0",
        "changes = '{}'",
        "additional_data = additional_data || '{\"rows\": 9}'",
        "remote_addr = '192.0.2.7'",
        "timestamp = timestamp - interval '1 microsecond'",
        "object_pk = '1'",
    ],
)
def test_entry_that_was_changed_behind_the_guards_is_named(entries, change):
    assert offender() is None

    change_entry(entries[1], change)

    assert offender() == f"trail {entries[1]}"


def test_seal_is_of_one_thing(entries, sealed):
    with pytest.raises(IntegrityError, match="seal_of_one_thing"), transaction.atomic():
        JournalSeal.objects.create(book="trail", number=9, sealed_at=NOW)


def test_command_names_the_heads(posted):
    out = StringIO()

    call_command("seal_books", "--json", stdout=out)

    document = json.loads(out.getvalue())
    assert document == {"sealed": 3 + ACCOUNT, "heads": [head._asdict() for head in sealing.heads()]}
