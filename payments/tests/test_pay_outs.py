"""Pay-outs at the desk and in the database: what two people match, what is refused, and what nobody can change."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import IntegrityError, connection, transaction

from payments import invariants, sealing
from payments.decisions.services import ApproverIsMaker, ReasonMissing
from payments.models import (
    BankFile,
    BankLine,
    CreditRequest,
    Journal,
    JournalSeal,
    ReconBreak,
    RefusedFile,
    ReturnMatch,
    Settlement,
    SettlementCredit,
    SettlementLine,
)
from payments.reconciliation import crediting
from payments.tests.factories import NOW, AccountFactory
from payments.tests.recon_desk import PAID, Desk, about, at, open_breaks, posted, settled
from payments.tests.refund_bench import broken

pytestmark = pytest.mark.django_db
NET = PAID - 1_180
BREAKS, MATCHES = "/admin/payments/reconbreak/", "/admin/payments/creditrequest/"


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def short(desk):
    """A pay-out that the bank has credited with 500 paise less."""
    desk.report(settled(about(posted())))
    desk.statement(("24-11-2026", "UTR1", NET - 500))
    desk.round(at(27))
    return ReconBreak.objects.get(kind="BATCH_SHORT")


def ask(**changes) -> CreditRequest:
    values = {
        "settlement": Settlement.objects.get().pk,
        "line": BankLine.objects.earliest("pk").pk,
        "amount_paise": None,
        "detail": "The bank's letter",
        "maker": "clerk",
        "now": at(27),
    }
    return crediting.ask_to_match(**{**values, **changes})


def damaged(*tables: str, sql: str) -> dict[int, str]:
    """Change something behind the guards, and return which invariants name what."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE payments_{table} DISABLE TRIGGER append_only")
        cursor.execute(sql)
    return {one["number"]: one["first_offender"] for one in invariants.verify(now=NOW) if not one["holds"]}


# --- Two people -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("short")
def test_line_is_matched_by_two_people_with_what_fits():
    made = crediting.approve_match(ask().pk, approver="approver", now=at(27))

    assert (made.amount_paise, made.key, made.maker, made.approver) == (NET - 500, "person", "clerk", "approver")
    assert broken() == []


@pytest.mark.usefixtures("short")
def test_refused_match_leaves_the_line_unmatched():
    crediting.refuse_match(ask().pk, approver="approver", refusal="Not ours", now=at(27))

    assert not SettlementCredit.objects.exists()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"detail": " "}, ReasonMissing),
        ({"amount_paise": NET}, crediting.CreditLeavesNothing),
        ({"amount_paise": 0}, crediting.CreditLeavesNothing),
        ({"amount_paise": -5}, crediting.CreditLeavesNothing),
    ],
)
@pytest.mark.usefixtures("short")
def test_match_that_does_not_fit_is_refused(changes, refusal):
    with pytest.raises(refusal):
        ask(**changes)


@pytest.mark.usefixtures("short")
def test_match_is_asked_for_and_made_once():
    waiting = ask()
    with pytest.raises(crediting.CreditAsked):
        ask()
    with pytest.raises(ApproverIsMaker):
        crediting.approve_match(waiting.pk, approver="clerk", now=at(27))
    crediting.approve_match(waiting.pk, approver="approver", now=at(27))

    with pytest.raises(crediting.CreditAsked):
        ask()


@pytest.mark.usefixtures("short")
def test_line_of_another_account_is_refused():
    other = AccountFactory(code="razorpay", merchant_id="OTHER")
    file = BankFile.objects.create(
        account=other, sha256="x", maker="x", taken_in_at=NOW, read=1, created=1, updated=0, rejected=0
    )
    line = BankLine.objects.create(account=other, file=file, place=1, value_on=NOW.date(), amount_paise=5)

    with pytest.raises(crediting.CreditOfAnotherAccount):
        ask(line=line.pk)


# --- The bank's reference ---------------------------------------------------------------------------------------------


def test_credit_is_matched_by_its_utr_whatever_its_amount(desk):
    desk.report(settled(about(posted())))
    old = SettlementLine.objects.get()
    new = SettlementLine.objects.get()
    new.pk, new.utr, new.version = None, "UTR1", 2  # as Razorpay names it
    new.save(force_insert=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_settlementchange (line_id, replaced_by_id, file_id) VALUES (%s, %s, %s)",
            [old.pk, new.pk, new.file_id],
        )
    desk.statement(("30-11-2026", "UTR1", NET - 500))
    desk.round(at(30))

    made = SettlementCredit.objects.get()
    assert (made.key, made.settlement.utr, made.amount_paise) == ("utr", "UTR1", NET - 500)
    assert open_breaks() == {"BATCH_SHORT": 500}
    assert broken() == []


def test_credit_after_the_window_is_not_matched_by_its_amount(desk):
    desk.report(settled(about(posted())))
    desk.statement(("30-11-2026", "UTR1", NET))
    desk.round(at(30) + timedelta(days=1))

    assert open_breaks() == {"BANK_UNIDENTIFIED": NET, "BATCH_SHORT": NET}


def test_two_credits_of_one_amount_are_left_to_people(desk):
    desk.report(settled(about(posted())))
    desk.statement(("24-11-2026", "UTR1", NET), ("24-11-2026", "UTR2", NET))
    desk.round(at(25))

    assert open_breaks() == {"BANK_UNIDENTIFIED": NET}
    assert not SettlementCredit.objects.exists()


# --- The books --------------------------------------------------------------------------------------------------------


@pytest.fixture
def credited(desk):
    desk.report(settled(about(posted())))
    desk.statement(("24-11-2026", "UTR1", NET))
    desk.round(at(25))


@pytest.mark.parametrize(
    ("table", "sql", "numbers"),
    [
        ("journalline", "UPDATE payments_journalline SET account = '1110:x' WHERE account = '5100:billdesk'", [16]),
        ("settlementcredit", "UPDATE payments_settlementcredit SET amount_paise = amount_paise - 1", [16]),
        ("settlementline", "UPDATE payments_settlementline SET charge_paise = charge_paise + 1", [7, 16]),
        ("bankline", "UPDATE payments_bankline SET amount_paise = 1", [17]),
    ],
)
@pytest.mark.usefixtures("credited")
def test_damage_behind_the_guards_is_named(table, sql, numbers):
    assert sorted(damaged(table, sql=sql)) == numbers


@pytest.mark.usefixtures("credited")
def test_journals_of_pay_outs_are_sealed_in_a_book_of_their_own():
    sealing.seal_books(now=NOW)
    assert list(JournalSeal.objects.exclude(journal=None).order_by("pk").values_list("book", "number")) == [
        ("test_dues", 1),
        ("pay-outs", 1),
        ("pay-outs", 2),
    ]

    changed = "UPDATE payments_journal SET settlement_id = NULL, payment_id = (SELECT min(id) FROM payments_payment) WHERE id = "
    last = Journal.objects.latest("pk").pk
    assert damaged("journal", sql=f"{changed}{last}")[10] == f"journal {last}"


def test_seal_of_a_payments_journal_is_what_it_was_before_pay_outs(desk):
    """A chain that was begun before journals could be about pay-outs still holds."""
    posted()
    sealing.seal_books(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT encode(sha256(convert_to(jsonb_build_array('', j.id, j.purpose, j.payment_id, j.legs,
                   to_char(j.business_date, 'YYYY-MM-DD'), (extract(epoch FROM j.posted_at) * 1000000)::bigint,
                   (SELECT jsonb_agg(jsonb_build_array(l.id, l.account, l.debit_paise, l.credit_paise) ORDER BY l.id)
                      FROM payments_journalline l WHERE l.journal_id = j.id))::text, 'UTF8')), 'hex')
              FROM payments_journal j
            """
        )
        (before,) = cursor.fetchone()

    assert JournalSeal.objects.exclude(journal=None).get().sha256 == before


# --- The desk ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def clerk(client):
    def made(name: str, *rights: str):
        user = User.objects.create_user(name, is_staff=True)
        codes = (*rights, "view_reconbreak", "view_creditrequest")
        user.user_permissions.set(Permission.objects.filter(codename__in=codes))
        client.force_login(user)
        return client

    return made


def test_clerk_proposes_a_match_and_a_colleague_approves_it(short, clerk):
    asking = clerk("asking", "add_creditrequest", "change_reconbreak")
    page = asking.get(BREAKS).content.decode()
    assert f"{MATCHES}{short.pk}/ask/" in page
    choice = asking.get(f"{MATCHES}{short.pk}/ask/").context["form"].fields["line"].choices[0][0]

    asking.post(f"{MATCHES}{short.pk}/ask/", {"line": choice, "amount_paise": "", "detail": "Letter 7"})
    waiting = CreditRequest.objects.get()
    clerk("deciding", "change_creditrequest").post(f"{MATCHES}{waiting.pk}/decide/", {"refusal": ""})

    assert SettlementCredit.objects.get().maker == "asking"


def test_refusal_stands_beside_the_amount(short, clerk):
    asking = clerk("asking", "add_creditrequest")
    choice = asking.get(f"{MATCHES}{short.pk}/ask/").context["form"].fields["line"].choices[0][0]

    answer = asking.post(f"{MATCHES}{short.pk}/ask/", {"line": choice, "amount_paise": "9999999", "detail": "x"})

    assert "not matched yet" in answer.context["form"].errors["amount_paise"][0]


@pytest.mark.parametrize("table", ["reconbreak", "settlement", "creditrequest", "refusedfile", "bankholiday"])
def test_tables_are_listed_in_a_constant_number_of_queries(admin_client, desk, table, django_assert_max_num_queries):
    desk.report(*(settled(about(posted(bank_ref=str(number))), gst=182) for number in range(20)))
    desk.statement(*(("24-11-2026", f"UTR{number}", 500 + number) for number in range(20)))
    desk.round(at(27))

    with django_assert_max_num_queries(9):
        assert admin_client.get(f"/admin/payments/{table}/").status_code == 200


# --- What the database refuses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["settlement", "settlementcredit", "creditrequest", "returnmatch", "refusedfile"])
@pytest.mark.parametrize("change", ["UPDATE payments_{} SET id = id", "DELETE FROM payments_{}"])
def test_pay_outs_cannot_be_changed(short, table, change):
    crediting.approve_match(ask().pk, approver="approver", now=at(27))
    line = SettlementLine.objects.get()
    refused = {"account": short.account, "sort": "statement", "sha256": "x", "rows": 1, "refused_at": NOW}
    RefusedFile.objects.create(**refused)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "INSERT INTO payments_returnmatch (line_id, refund_id, matched_at) VALUES (%s, 1, now())", [line.pk]
        )
        cursor.execute("SET session_replication_role = origin")

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format(table))


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"amount_paise": 0}, "settlement_credit_moves_money"),
        ({"key": "person"}, "settlement_credit_by_a_key_or_by_two_people"),
        ({"maker": "clerk", "approver": "approver"}, "settlement_credit_by_a_key_or_by_two_people"),
        ({"key": "person", "maker": "clerk", "approver": "clerk"}, "settlement_credit_by_a_key_or_by_two_people"),
        ({"amount_paise": NET}, "more than itself"),
        ({"amount_paise": -1}, "more than itself"),
    ],
)
@pytest.mark.usefixtures("short")
def test_database_refuses_credit(values, constraint):
    right = {"settlement": Settlement.objects.get(), "line": BankLine.objects.get(), "key": "utr", "amount_paise": 1}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        SettlementCredit.objects.create(**{**right, "matched_at": NOW, **values})
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.usefixtures("short")
def test_database_refuses_return_of_nothing_and_file_that_is_refused_for_nothing():
    with pytest.raises(IntegrityError, match="return_match_is_one_of_three"), transaction.atomic():
        ReturnMatch.objects.create(line=SettlementLine.objects.get(), matched_at=NOW)
    with pytest.raises(IntegrityError, match="refused_file_whole_or_in_rows"), transaction.atomic():
        RefusedFile.objects.create(account=AccountFactory(), sort="statement", sha256="x", refused_at=NOW)


@pytest.mark.usefixtures("short")
def test_database_refuses_journal_and_break_about_nothing():
    with pytest.raises(IntegrityError, match="journal_is_about_one_thing"), transaction.atomic():
        Journal.objects.create(purpose="x", legs=2, business_date=NOW.date(), posted_at=NOW)
    with pytest.raises(IntegrityError, match="break_is_about_something"), transaction.atomic():
        ReconBreak.objects.create(kind="X", amount_paise=1, facts={}, opened_at=NOW)


@pytest.mark.usefixtures("short")
def test_database_refuses_the_same_break_twice():
    found = ReconBreak.objects.get(kind="BATCH_SHORT")
    found.pk = None

    with pytest.raises(IntegrityError, match="break_once_per_subject_and_time"), transaction.atomic():
        found.save(force_insert=True)
