"""A payment that turns out not to be money is undone whole, once, by two people; the books go on holding."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from payments import invariants
from payments.decisions import services as decisions
from payments.kept import advances
from payments.models import (
    Allocation,
    Journal,
    JournalLine,
    OutboxMessage,
    Payment,
    PaymentOrder,
    Receipt,
    Reversal,
    ReversalRequest,
)
from payments.posting import apply_report
from payments.reversals import services as reversals
from payments.tests.factories import KIND, NOW, AttemptFactory, report

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=3)


@pytest.fixture
def posted(db):
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=NOW)
    return attempt


def ask(receipt_number: str = "", **changes) -> ReversalRequest:
    values = {
        "receipt_number": receipt_number or Receipt.objects.latest("pk").receipt_number,
        "reason": "bank_reversed",
        "detail": "Bank memo 77 of 26 November",
        "maker": "clerk",
        "now": LATER,
    }
    return reversals.ask_for_reversal(**{**values, **changes})


def reverse(receipt_number: str = "") -> Reversal:
    return reversals.approve_reversal(ask(receipt_number).pk, approver="approver", now=LATER)


def balances() -> dict[str, int]:
    sums: dict[str, int] = {}
    for account, debit, credit in JournalLine.objects.values_list("account", "debit_paise", "credit_paise"):
        sums[account] = sums.get(account, 0) + debit - credit
    return {account: paise for account, paise in sums.items() if paise}


def broken() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return [f"{one['name']}: {one['first_offender']}" for one in invariants.verify(now=LATER) if not one["holds"]]


def test_reversal_undoes_the_payment_on_the_day_of_the_reversal(posted, dues):
    found = reverse()

    assert found.reversal_number == "RV-PT-026/2026-27/000001"
    assert (found.reversed_on, found.maker, found.approver) == (LATER.date(), "clerk", "approver")
    assert list(Allocation.objects.order_by("pk").values_list("kind", "bill", "amount_paise", "landed_on")) == [
        ("bill", "PD-1", 100_000, NOW.date()),
        ("bill", "PD-2", 92_400, NOW.date()),
        ("bill", "PD-1", -100_000, LATER.date()),
        ("bill", "PD-2", -92_400, LATER.date()),
        ("reversed", "", 192_400, LATER.date()),
    ]
    assert (dues.paid, balances(), broken()) == (set(), {}, [])


def test_reversing_journal_mirrors_the_rebate_that_was_granted(posted):
    reverse()

    journal = Journal.objects.get(purpose="reversed")
    lines = JournalLine.objects.filter(journal=journal).order_by("account")
    assert journal.business_date == LATER.date()
    assert list(lines.values_list("account", "debit_paise", "credit_paise")) == [
        ("1200:billdesk", 0, 192_400),
        ("1300:test_dues:property_tax", 197_400, 0),
        ("5200:test_dues:rebate", 0, 5_000),
    ]


def test_order_stays_paid_and_the_receipt_stays(posted):
    reverse()

    assert PaymentOrder.objects.get().state == "paid"
    assert Receipt.objects.get().number == 1


def test_reversal_is_told_once_through_the_outbox(posted):
    found = reverse()

    message = OutboxMessage.objects.get(topic="receipt_reversed")
    assert message.key == "receipt_reversed:RV-PT-026/2026-27/000001"
    assert (message.payload["receipt_number"], message.payload["reversal_number"], message.payload["amount_paise"]) == (
        "PT-026/2026-27/000001",
        found.reversal_number,
        192_400,
    )


def test_reversals_are_numbered_without_a_hole(posted):
    first = reverse()
    other = AttemptFactory()
    apply_report(account=other.account, report=report(other), now=NOW)

    with pytest.raises(RuntimeError), transaction.atomic():
        reverse()
        raise RuntimeError
    second = reverse()

    assert [first.number, second.number, broken()] == [1, 2, []]


def test_year_of_the_number_is_that_of_the_reversal(posted):
    april = NOW.replace(year=2027, month=4, day=2)

    found = reversals.approve_reversal(ask().pk, approver="approver", now=april)

    assert (found.reversal_number, broken()) == ("RV-PT-026/2027-28/000001", [])


def test_report_that_comes_again_changes_nothing(posted, dues):
    reverse()

    assert apply_report(account=posted.account, report=report(posted), now=LATER) == "known already"
    assert (dues.paid, Payment.objects.count(), broken()) == (set(), 1, [])


def test_bills_can_be_paid_again(posted, dues):
    reverse()
    again = AttemptFactory()

    apply_report(account=again.account, report=report(again), now=LATER)

    assert (dues.paid, broken()) == ({"PD-1", "PD-2"}, [])
    assert balances()["1200:billdesk"] == 192_400


def test_advance_that_was_used_is_taken_off_the_bills_that_took_it(dues):
    dues.paid, dues.coming = {"PD-1", "PD-2"}, [("PD-3", 100_000)]
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=NOW)
    advances.use_advance(kind=KIND, reference=attempt.order.reference, on=NOW.date(), now=NOW)

    reverse()

    assert (dues.paid, balances(), broken()) == ({"PD-1", "PD-2"}, {}, [])
    assert advances.advance_of(kind=KIND, reference=attempt.order.reference) == 0


def test_money_in_suspense_is_reversed_too(dues):
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt, amount_paise=100), now=NOW)

    reverse()

    assert (balances(), broken()) == ({}, [])


def test_other_payment_that_made_the_bill_whole_is_kept_in_advance(posted, dues, monkeypatch):
    """The first one had paid a part of PD-1, the second one the rest: the rest has no bill any more."""
    second = AttemptFactory()
    dues.paid = set()
    apply_report(account=second.account, report=report(second), now=NOW)
    monkeypatch.setattr(dues, "on_reversed", lambda **_: {"PD-1"})

    reverse("PT-026/2026-27/000001")

    kept = Payment.objects.get(order=second.order)
    assert advances.advance_of(kind=KIND, reference=second.order.reference) == 100_000
    assert list(kept.breaks.values_list("kind", flat=True)) == ["LOST_ITS_PLACE"]
    assert balances() == {
        "1200:billdesk": 192_400,
        "2100": -100_000,
        "1300:test_dues:property_tax": -97_400,
        "5200:test_dues:rebate": 5_000,
    }
    assert broken() == []

    reverse("PT-026/2026-27/000002")

    assert (balances(), broken()) == ({}, [])


def test_two_bills_that_one_other_payment_made_whole_are_moved_one_after_the_other(posted, dues, monkeypatch):
    """Found by the rehearsal: both moves had the same name in the journal, and the reversal fell over."""
    second = AttemptFactory()
    dues.paid = set()
    apply_report(account=second.account, report=report(second), now=NOW)
    monkeypatch.setattr(dues, "on_reversed", lambda **_: {"PD-1", "PD-2"})

    reverse("PT-026/2026-27/000001")

    kept = Payment.objects.get(order=second.order)
    moved = kept.journals.filter(purpose__startswith="moved").order_by("pk").values_list("purpose", flat=True)
    assert list(moved) == ["moved 1", "moved 2"]
    assert sorted(found.facts["bill"] for found in kept.breaks.all()) == ["PD-1", "PD-2"]
    assert broken() == []


# --- What is refused --------------------------------------------------------------------------------------------------


def test_nothing_is_undone_before_a_colleague_has_approved(posted, dues):
    ask()

    assert (dues.paid, Reversal.objects.count()) == ({"PD-1", "PD-2"}, 0)


def test_one_person_does_not_reverse(posted):
    request = ask()

    with pytest.raises(decisions.ApproverIsMaker):
        reversals.approve_reversal(request.pk, approver="clerk", now=LATER)
    with pytest.raises(decisions.ApproverIsMaker):
        reversals.refuse_reversal(request.pk, approver="clerk", refusal="No", now=LATER)
    assert Reversal.objects.count() == 0


def test_decided_request_is_not_decided_again(posted):
    request = ask()
    reversals.approve_reversal(request.pk, approver="approver", now=LATER)

    with pytest.raises(decisions.DecidedAlready):
        reversals.approve_reversal(request.pk, approver="approver", now=LATER)
    assert Reversal.objects.count() == 1


def test_refused_request_leaves_the_payment_and_can_be_made_anew(posted, dues):
    reversals.refuse_reversal(ask().pk, approver="approver", refusal="The memo is of another payment.", now=LATER)

    assert (dues.paid, broken()) == ({"PD-1", "PD-2"}, [])
    assert reverse().number == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"receipt_number": "PT-026/2026-27/000009"}, reversals.PaymentNotFound),
        ({"reason": "because"}, reversals.ReversalReasonUnknown),
        ({"detail": "  "}, reversals.ReversalProofMissing),
    ],
)
def test_request_that_says_too_little_is_refused(posted, changes, refusal):
    with pytest.raises(refusal):
        ask(**changes)


def test_refusal_needs_a_reason(posted):
    with pytest.raises(decisions.RefusalUnexplained):
        reversals.refuse_reversal(ask().pk, approver="approver", refusal=" ", now=LATER)


def test_request_is_made_once_and_never_for_what_is_reversed(posted):
    request = ask()
    with pytest.raises(reversals.ReversalAsked):
        ask()
    reversals.approve_reversal(request.pk, approver="approver", now=LATER)

    with pytest.raises(reversals.PaymentReversed):
        ask()


# --- What the database refuses ----------------------------------------------------------------------------------------


def check_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_money_does_not_stand_as_reversed_without_a_reversal(posted):
    with pytest.raises(IntegrityError, match="has no reversal"), transaction.atomic():
        for kind, bill, paise in (("bill", "PD-1", -100_000), ("reversed", "", 100_000)):
            Allocation.objects.create(
                payment=Payment.objects.get(), kind=kind, bill=bill, amount_paise=paise, landed_on=NOW.date()
            )
        check_now()


def test_reversal_without_its_money_is_refused_at_commit(posted):
    values = {"series": "RV-X", "financial_year": 2026, "number": 1, "reversal_number": "RV-X/1", "detail": "memo"}
    with pytest.raises(IntegrityError, match="is not undone whole"), transaction.atomic():
        Reversal.objects.create(
            **values,
            payment=Payment.objects.get(),
            reason="dishonoured",
            maker="a",
            approver="b",
            reversed_on=NOW.date(),
            issued_at=NOW,
        )
        check_now()


def test_bill_gives_back_no_more_than_it_took(posted):
    with pytest.raises(IntegrityError, match="moved more than was kept"), transaction.atomic():
        for kind, bill, paise in (("bill", "PD-1", -100_001), ("advance", "", 100_001)):
            Allocation.objects.create(
                payment=Payment.objects.get(), kind=kind, bill=bill, amount_paise=paise, landed_on=NOW.date()
            )
        check_now()


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"approver": "clerk", "approved_at": NOW}, "reversalrequest_decided_by_another"),
        ({"approver": "approver"}, "reversalrequest_decision_is_whole"),
        ({"approver": "approver", "refused_at": NOW}, "reversalrequest_refusal_has_a_reason"),
        ({"reason": "because"}, "reversal_request_reason_known"),
        ({"detail": ""}, "reversalrequest_says_why"),
    ],
)
def test_request_that_breaks_a_rule_is_refused(posted, values, name):
    good = {"reason": "dishonoured", "detail": "Memo 12", "maker": "clerk", "asked_at": NOW}

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ReversalRequest.objects.create(payment=Payment.objects.get(), **{**good, **values})


@pytest.mark.parametrize("values", [{"detail": "Another"}, {"reason": "bank_reversed"}, {"maker": "somebody"}])
def test_what_was_asked_for_is_never_changed(posted, values):
    ask()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ReversalRequest.objects.update(**values)


def test_decided_request_is_never_changed_or_removed(posted):
    reverse()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ReversalRequest.objects.update(refusal="After all")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        ReversalRequest.objects.all().delete()


@pytest.mark.parametrize("statement", ["UPDATE payments_reversal SET id = id", "DELETE FROM payments_reversal"])
def test_reversal_cannot_be_changed(posted, statement):
    reverse()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_damage_to_a_reversed_payment_is_named(posted):
    reverse()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payments_journalline DISABLE TRIGGER append_only")
        cursor.execute("UPDATE payments_journalline SET account = '1300:x' WHERE debit_paise = 197400")

    assert [one["number"] for one in invariants.verify(now=LATER) if not one["holds"]] == [13]


def test_hole_in_the_reversals_is_named(posted):
    reverse()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("UPDATE payments_receiptseries SET last_number = 2 WHERE code LIKE 'RV-%'")

    found = {one["number"]: one["first_offender"] for one in invariants.verify(now=LATER) if not one["holds"]}
    assert found == {6: "series RV-PT-026 2026"}
