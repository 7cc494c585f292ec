"""What stands in advance is given back once, by two people; until it has left for good the books can put it back."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction

from payments import invariants
from payments.decisions import services as decisions
from payments.kept import advances
from payments.models import Allocation, Journal, OutboxMessage, Payment, Receipt, Refund
from payments.posting import apply_report
from payments.refunds import moves as refund_moves
from payments.refunds import services as refunds
from payments.refunds import verdicts as refund_verdicts
from payments.refunds.services import Advice
from payments.reversals import services as reversals
from payments.states import REFUND_MOVES, REFUND_UNDER_WAY, RefundState
from payments.tests.factories import KIND, NOW, AttemptFactory, report
from payments.tests.refund_bench import (
    LATER,
    PAID,
    approve,
    approved,
    ask,
    balances,
    broken,
    landed,
    paid_in_advance,
    state,
)

pytestmark = pytest.mark.django_db
BY_TREASURY = Advice("PA-77/2026", LATER.date())


@pytest.fixture
def advance(dues):
    return paid_in_advance(dues)


def end(refund: Refund, to: RefundState) -> None:
    """Send a refund, and let the gateway say how it ends."""
    for step in (RefundState.SUBMITTED, to):
        assert refund_moves.move(refund_moves.locked(refund.pk), step, now=LATER)


def payment() -> Payment:
    return Payment.objects.get()


# --- What the money does ----------------------------------------------------------------------------------------------


def test_request_leaves_the_money_in_advance_and_holds_it_there(advance, dues):
    dues.coming = [("PD-3", 100_000), ("PD-4", 92_400)]
    refund = ask(92_400)

    assert advances.use_advance(kind=KIND, reference=advance.order.reference, on=LATER.date(), now=LATER) == 100_000

    assert (landed(payment()), state(refund), broken()) == ({"advance": 92_400, "bill": 100_000}, "requested", [])


def test_approval_takes_the_money_out_of_the_advance(advance, dues):
    dues.coming = [("PD-3", 100_000)]
    refund = approved(92_401)

    assert (state(refund), refund.approver, refund.next_at) == ("approved", "approver", LATER)
    assert landed(payment()) == {"advance": 99_999, "refunded": 92_401}
    assert balances() == {"1200:billdesk": PAID, "2100": -99_999, "1210": -92_401}
    assert advances.use_advance(kind=KIND, reference=advance.order.reference, on=LATER.date(), now=LATER) == 0
    assert broken() == []


def test_refund_that_is_done_comes_off_what_the_gateway_owes(advance):
    refund = approved(92_400)
    end(refund, RefundState.DONE)

    assert (state(refund), refund.ended_at, refund.next_at) == ("done", LATER, None)
    assert landed(payment()) == {"advance": 100_000, "refunded": 92_400}
    assert balances() == {"1200:billdesk": 100_000, "2100": -100_000}
    assert list(Journal.objects.order_by("pk").values_list("purpose", "business_date")) == [
        ("received", NOW.date()),
        ("refund 1", LATER.date()),
        ("refund 1 done", LATER.date()),
    ]
    assert broken() == []


def test_f53_refund_that_failed_stands_in_advance_again_and_can_be_asked_for_anew(advance):
    end(approved(), RefundState.FAILED)

    assert (landed(payment()), balances()) == ({"advance": PAID}, {"1200:billdesk": PAID, "2100": -PAID})
    again = approved()
    end(again, RefundState.DONE)

    assert (landed(payment()), balances(), broken()) == ({"refunded": PAID}, {}, [])
    assert list(Journal.objects.order_by("pk").values_list("purpose", flat=True)) == [
        "received",
        "refund 1",
        "refund 1 failed",
        "refund 2",
        "refund 2 done",
    ]


def test_parts_are_given_back_one_after_another(advance):
    end(approved(100_000), RefundState.DONE)
    end(approved(92_400, left_paise=92_400), RefundState.DONE)

    assert (landed(payment()), balances(), broken()) == ({"refunded": PAID}, {}, [])
    with pytest.raises(refunds.NothingToRefund):
        ask(1, left_paise=0)


def test_refund_by_hand_is_paid_by_the_treasury_and_done_with_the_approval(advance):
    refund = approved(advice=BY_TREASURY)

    assert (state(refund), refund.next_at, refund.advice_number) == ("done", None, "PA-77/2026")
    assert balances() == {"1200:billdesk": PAID, "1100:treasury": -PAID}
    assert (landed(payment()), broken()) == ({"refunded": PAID}, [])


@pytest.mark.parametrize(("to", "topic"), [(RefundState.DONE, "refund_done"), (RefundState.FAILED, "refund_failed")])
def test_end_is_told_once_through_the_outbox(advance, to, topic):
    refund = approved()
    end(refund, to)

    message = OutboxMessage.objects.get(topic__startswith="refund")
    assert (message.topic, message.key) == (topic, f"{topic}:{refund.refund_number}")
    assert message.payload == {
        "order_number": advance.order.order_number,
        "kind": KIND,
        "amount_paise": PAID,
        "language": "en",
        "told_to": [],
        "receipt_number": "PT-026/2026-27/000001",
        "refund_number": refund.refund_number,
        "advice_number": "",
        "token": Receipt.objects.get().token,
    }


def test_refused_refund_leaves_the_money_for_the_next_bills(advance, dues):
    dues.coming = [("PD-3", PAID)]
    refund = refunds.refuse_refund(ask().pk, approver="approver", refusal="It is due for PD-3", now=LATER)

    assert (state(refund), refund.refusal) == ("refused", "It is due for PD-3")
    assert advances.use_advance(kind=KIND, reference=advance.order.reference, on=LATER.date(), now=LATER) == PAID
    assert broken() == []


# --- Every move -------------------------------------------------------------------------------------------------------

ENDED = [one for one in RefundState.values if one not in REFUND_UNDER_WAY]
WAYS_TO = {
    "requested": [],
    "refused": ["refused"],
    "approved": ["approved"],
    "submitted": ["approved", "submitted"],
    "unknown": ["approved", "submitted", "unknown"],
    "done": ["approved", "submitted", "done"],
    "failed": ["approved", "submitted", "failed"],
}
DECISION = {"approver": "approver", "decided_at": LATER}


def make_move(refund: Refund, to: str) -> bool:
    noted = {"next_at": LATER} if to in ("approved", "submitted", "unknown") else {}
    decided = DECISION if refund.state == "requested" else {}
    refusal = {"refusal": "No"} if to == "refused" else {}
    return refund_moves.move(refund_moves.locked(refund.pk), RefundState(to), now=LATER, **decided, **refusal, **noted)


@pytest.mark.parametrize(("came_from", "to"), list(product(RefundState.values, repeat=2)))
def test_moves_are_those_of_the_table_and_no_others(advance, came_from, to):
    refund = ask()
    for step in WAYS_TO[came_from]:
        assert make_move(refund, step)
        refund.refresh_from_db()

    is_allowed = to in REFUND_MOVES[came_from]

    assert make_move(refund, to) is is_allowed
    assert (state(refund), broken()) == (to if is_allowed else came_from, [])


def test_table_of_moves_is_the_one_that_was_agreed():
    """Written out once more, so that a change of it is seen twice."""
    assert {(came_from, to) for came_from, moves in REFUND_MOVES.items() for to in moves} == {
        ("requested", "approved"),
        ("requested", "refused"),
        ("approved", "submitted"),
        ("approved", "done"),
        ("submitted", "approved"),
        ("submitted", "unknown"),
        ("submitted", "done"),
        ("submitted", "failed"),
        ("unknown", "approved"),
        ("unknown", "submitted"),
        ("unknown", "done"),
        ("unknown", "failed"),
    }
    assert [one for one in ENDED if REFUND_MOVES[one]] == []


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"reason": " "}, refunds.RefundUnexplained),
        ({"amount_paise": 0}, refunds.RefundOfNothing),
        ({"receipt_number": "PT-026/2026-27/000009"}, reversals.PaymentNotFound),
        ({"left_paise": PAID - 1}, refunds.RefundLeftDiffers),
        ({"amount_paise": PAID + 1}, refunds.RefundTooLarge),
        ({"advice": Advice("PA-77")}, refunds.RefundAdviceIncomplete),
        ({"advice": Advice("", LATER.date())}, refunds.RefundAdviceIncomplete),
        ({"advice": Advice("PA-77", LATER.date() + timedelta(days=1))}, refunds.RefundAdviceIncomplete),
    ],
)
def test_request_that_says_too_little_or_too_much_is_refused(advance, changes, refusal):
    with pytest.raises(refusal):
        ask(**changes)
    assert Refund.objects.count() == 0


def test_money_on_bills_is_not_given_back():
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=NOW)

    with pytest.raises(refunds.NothingToRefund):
        ask()


def test_f51_refund_that_is_asked_for_twice_is_refused(advance):
    refund = ask(100_000)
    for step in (None, RefundState.APPROVED, RefundState.SUBMITTED, RefundState.UNKNOWN):
        if step:
            make_move(Refund.objects.get(), step)
        with pytest.raises(refunds.RefundUnderWay) as refusal:
            ask(92_400)
        assert refusal.value.details == {"refund_number": refund.refund_number}


def test_one_person_does_not_refund(advance):
    refund = ask()

    with pytest.raises(decisions.ApproverIsMaker):
        approve(refund, approver="clerk")
    with pytest.raises(decisions.ApproverIsMaker):
        refunds.refuse_refund(refund.pk, approver="clerk", refusal="No", now=LATER)
    assert state(refund) == "requested"


def test_decided_refund_is_not_decided_again(advance):
    refund = approved()

    with pytest.raises(decisions.DecidedAlready):
        approve(refund)
    with pytest.raises(decisions.DecidedAlready):
        refunds.refuse_refund(refund.pk, approver="approver", refusal="No", now=LATER)
    assert (landed(payment()), broken()) == ({"refunded": PAID}, [])


def test_refusal_of_a_refund_needs_a_reason(advance):
    with pytest.raises(decisions.RefusalUnexplained):
        refunds.refuse_refund(ask().pk, approver="approver", refusal=" ", now=LATER)


@pytest.mark.parametrize(
    ("setting", "value", "refusal"),
    [("REFUND_MOST_PAISE", PAID - 1, refunds.RefundAboveLimit), ("REFUND_DAYS", 2, refunds.RefundByHandOnly)],
)
def test_what_is_too_much_or_too_old_is_paid_by_the_treasury(advance, settings, setting, value, refusal):
    setattr(settings, setting, value)

    with pytest.raises(refusal):
        ask()
    assert state(approved(advice=BY_TREASURY)) == "done"


def test_largest_amount_cannot_be_passed_in_parts(advance, settings):
    settings.REFUND_MOST_PAISE = 150_000
    end(approved(100_000), RefundState.DONE)

    with pytest.raises(refunds.RefundAboveLimit):
        ask(92_400, left_paise=92_400)
    assert ask(50_000, left_paise=92_400).amount_paise == 50_000


def test_what_may_be_given_back_is_asked_again_when_it_is_approved(advance, settings):
    refund = ask()
    settings.REFUND_MOST_PAISE = 100

    with pytest.raises(refunds.RefundAboveLimit):
        approve(refund)
    assert landed(payment()) == {"advance": PAID}


def test_money_that_crossed_a_counter_goes_back_by_hand(dues):
    attempt = paid_in_advance(dues, account__gateway="counter", account__code="counter-1", account__merchant_id="1")

    with pytest.raises(refunds.RefundByHandOnly):
        ask()
    approved(advice=BY_TREASURY)

    assert balances() == {f"1200:{attempt.account.code}": PAID, "1100:treasury": -PAID}
    assert broken() == []


# --- Refund and reversal ----------------------------------------------------------------------------------------------


def ask_for_reversal():
    number = Receipt.objects.get().receipt_number
    return reversals.ask_for_reversal(
        receipt_number=number, reason="bank_reversed", detail="Memo 7", maker="clerk", now=LATER
    )


def test_payment_whose_reversal_is_asked_for_is_not_given_back(advance):
    refund = ask()
    ask_for_reversal()

    with pytest.raises(reversals.ReversalAsked):
        approve(refund)
    refunds.refuse_refund(refund.pk, approver="approver", refusal="It was no money", now=LATER)
    with pytest.raises(reversals.ReversalAsked):
        ask()


def test_payment_that_was_given_back_is_not_reversed(advance):
    approve(ask(100_000))
    with pytest.raises(reversals.PaymentRefunded):
        ask_for_reversal()
    # Asked for in the same moment in which the refund was approved.
    at_once = reversals.ReversalRequest.objects.create(
        payment=payment(), reason="bank_reversed", detail="Memo", maker="clerk", asked_at=LATER
    )

    with pytest.raises(reversals.PaymentRefunded):
        reversals.approve_reversal(at_once.pk, approver="approver", now=LATER)
    assert broken() == []


def test_reversed_payment_has_nothing_to_give_back(advance):
    refund = ask()
    request = ask_for_reversal()
    reversals.approve_reversal(request.pk, approver="approver", now=LATER)

    with pytest.raises(refunds.NothingToRefund):
        approve(refund)
    assert (landed(payment()), broken()) == ({"reversed": PAID}, [])


def test_refund_that_failed_does_not_stand_in_the_way_of_a_reversal(advance):
    end(approved(), RefundState.FAILED)

    reversals.approve_reversal(ask_for_reversal().pk, approver="approver", now=LATER)

    assert (landed(payment()), balances(), broken()) == ({"reversed": PAID}, {}, [])


# --- An end that no gateway tells -------------------------------------------------------------------------------------


def unknown() -> Refund:
    refund = approved()
    make_move(refund, "submitted")
    make_move(Refund.objects.get(pk=refund.pk), "unknown")
    return refund


def enter(refund: Refund, verdict: str = "done", **changes) -> Refund:
    return refund_verdicts.enter_verdict(
        refund.pk, **{"verdict": verdict, "proof": "Letter 9", "maker": "clerk", **changes}
    )


@pytest.mark.parametrize(("verdict", "stands"), [("done", {"refunded": PAID}), ("failed", {"advance": PAID})])
def test_unknown_refund_ends_as_one_clerk_enters_and_another_confirms(advance, verdict, stands):
    refund = enter(unknown(), verdict)
    assert (state(refund), landed(payment())) == ("unknown", {"refunded": PAID})

    refund_verdicts.confirm_verdict(refund.pk, approver="approver", now=LATER)

    assert (state(refund), refund.verdict_maker, refund.verdict_approver) == (verdict, "clerk", "approver")
    assert (landed(payment()), broken()) == (stands, [])


def test_verdict_that_a_colleague_drops_can_be_entered_anew(advance):
    refund = enter(unknown(), "failed")
    refund_verdicts.drop_verdict(refund.pk, approver="approver")
    assert (state(refund), refund.verdict) == ("unknown", "")

    assert enter(refund, "done").verdict == "done"


def test_one_person_does_not_end_a_refund(advance):
    refund = enter(unknown())

    for act in (partial(refund_verdicts.confirm_verdict, now=LATER), refund_verdicts.drop_verdict):
        with pytest.raises(decisions.ApproverIsMaker):
            act(refund.pk, approver="clerk")
    assert state(refund) == "unknown"


@pytest.mark.parametrize("changes", [{"verdict": "approved"}, {"verdict": ""}, {"proof": " "}])
def test_verdict_that_says_too_little_is_refused(advance, changes):
    refund = unknown()

    with pytest.raises(refund_verdicts.VerdictUnproved):
        enter(refund, **changes)


def test_verdict_is_entered_once_and_not_confirmed_before(advance):
    refund = unknown()
    with pytest.raises(refund_verdicts.VerdictMissing):
        refund_verdicts.confirm_verdict(refund.pk, approver="approver", now=LATER)

    enter(refund)
    with pytest.raises(refund_verdicts.VerdictEntered):
        enter(refund)


def test_only_an_unknown_end_is_entered_by_hand(advance):
    refund = approved()
    for step in ("submitted", "unknown"):
        with pytest.raises(refund_verdicts.RefundIsKnown):
            enter(refund)
        make_move(Refund.objects.get(), step)
    enter(refund)
    make_move(Refund.objects.get(), "submitted")

    with pytest.raises(refund_verdicts.RefundIsKnown):
        refund_verdicts.confirm_verdict(refund.pk, approver="approver", now=LATER)


# --- What the database refuses ----------------------------------------------------------------------------------------


def check_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_money_does_not_stand_as_refunded_without_a_refund(advance):
    with pytest.raises(IntegrityError, match="192400 paise refunded and refunds of 0"), transaction.atomic():
        for kind, paise in (("advance", -PAID), ("refunded", PAID)):
            Allocation.objects.create(payment=payment(), kind=kind, amount_paise=paise, landed_on=LATER.date())
        check_now()


def test_refund_without_its_money_is_refused_at_commit(advance):
    ask()
    with pytest.raises(IntegrityError, match="0 paise refunded and refunds of 192400"), transaction.atomic():
        Refund.objects.update(state="approved", approver="approver", decided_at=LATER, next_at=LATER)
        check_now()


def test_failed_refund_that_keeps_its_money_is_refused_at_commit(advance):
    make_move(approved(), "submitted")
    with pytest.raises(IntegrityError, match="192400 paise refunded and refunds of 0"), transaction.atomic():
        Refund.objects.update(state="failed", next_at=None, ended_at=LATER)
        check_now()


def test_no_more_is_refunded_than_stands_in_advance(advance):
    values = {"refund_number": "RF1", "reason": "x", "maker": "a", "asked_at": NOW, "approver": "b", "decided_at": NOW}
    with pytest.raises(IntegrityError, match="moved more than was kept"), transaction.atomic():
        Refund.objects.create(payment=payment(), amount_paise=PAID + 1, state="approved", next_at=NOW, **values)
        for kind, paise in (("advance", -PAID - 1), ("refunded", PAID + 1)):
            Allocation.objects.create(payment=payment(), kind=kind, amount_paise=paise, landed_on=LATER.date())
        check_now()


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"state": "gone", **DECISION}, "refund_state_known"),
        ({"state": "approved", "next_at": NOW, **DECISION, "approver": "clerk"}, "refund_decided_by_another"),
        ({"state": "approved", "next_at": NOW}, "refund_decision_is_whole"),
        (DECISION, "refund_decision_is_whole"),
        ({"state": "refused", **DECISION}, "refund_refusal_has_a_reason"),
        ({"state": "approved", **DECISION}, "refund_is_taken_up_until_its_end"),
        ({"next_at": NOW}, "refund_is_taken_up_until_its_end"),
        ({"state": "done", **DECISION}, "refund_end_has_a_moment"),
        ({"verdict": "done", "verdict_maker": "clerk"}, "refund_verdict_is_whole"),
        ({"verdict": "gone", "verdict_proof": "x", "verdict_maker": "clerk"}, "refund_verdict_is_whole"),
        (
            {"verdict": "done", "verdict_proof": "x", "verdict_maker": "clerk", "verdict_approver": "clerk"},
            "refund_verdict_confirmed_by_another",
        ),
        (
            {"verdict": "done", "verdict_proof": "x", "verdict_maker": "clerk", "verdict_approver": "other"},
            "refund_verdict_confirmed_by_another",
        ),
    ],
)
def test_refund_that_breaks_a_rule_is_refused(advance, values, name):
    ask()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Refund.objects.update(**values)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"amount_paise": 0}, "refund_amount_positive"),
        ({"reason": ""}, "refund_says_why"),
        ({"advice_number": "PA-1"}, "refund_advice_is_whole"),
        (
            {"advice_number": "PA-1", "advice_on": NOW.date(), "state": "unknown", "next_at": NOW, **DECISION},
            "refund_by_hand_is_not_sent",
        ),
        ({}, "refund_under_way_once"),
    ],
)
def test_second_refund_or_one_that_breaks_a_rule_is_not_made(advance, values, name):
    ask()
    usual = {"refund_number": "RF1", "amount_paise": 1, "reason": "x", "maker": "clerk", "asked_at": NOW}

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Refund.objects.create(payment=payment(), **{**usual, **values})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_refund SET amount_paise = 1",
        "UPDATE payments_refund SET maker = 'x'",
        "UPDATE payments_refund SET advice_number = 'x'",
        "DELETE FROM payments_refund",
    ],
)
def test_what_was_asked_for_cannot_be_changed(advance, statement):
    ask()
    check_now()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("to", ["refused", "done", "failed"])
def test_nothing_leaves_an_end(advance, to):
    refund = ask()
    for step in WAYS_TO[to]:
        make_move(refund, step)
        refund.refresh_from_db()
    check_now()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Refund.objects.update(state="requested")


def damage(*statements: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("refund", "allocation", "journalline"):
            cursor.execute(f"ALTER TABLE payments_{table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
    return [one["number"] for one in invariants.verify(now=LATER) if not one["holds"]]


@pytest.mark.parametrize(
    ("statement", "numbers"),
    [
        ("UPDATE payments_refund SET amount_paise = 192401", [7, 9]),
        ("UPDATE payments_allocation SET amount_paise = 1 WHERE kind = 'refunded'", [3, 9]),
        ("UPDATE payments_journalline SET account = '2100' WHERE account = '1210' AND debit_paise > 0", [9]),
        (
            "UPDATE payments_journalline SET account = '1100:treasury' WHERE credit_paise > 0 AND account LIKE '1200%'",
            [7],
        ),
    ],
)
def test_damage_to_a_refund_is_named(advance, statement, numbers):
    end(approved(), RefundState.DONE)

    assert damage(statement) == numbers
