"""A payer's bank asks for money back: nothing is touched until it is decided, and whatever is decided, the books hold."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import IntegrityError, connection, transaction
from pypdf import PdfReader

from payments import ledger, papers
from payments.decisions import services as decisions
from payments.disputes import services as disputes
from payments.kept import advances, placements
from payments.ledger import Landing
from payments.models import (
    Allocation,
    Dispute,
    Journal,
    JournalLine,
    OutboxMessage,
    Payment,
    Receipt,
    Reversal,
    ReversalRequest,
)
from payments.reversals import services as reversals
from payments.states import DISPUTE_MOVES, PLACEMENTS, DisputeState
from payments.tests.conftest import OTHER
from payments.tests.factories import KIND, NOW
from payments.tests.kept_desk import LATER, balances, breaks, broken, came, kept, parts, place, propose
from payments.tests.refund_bench import approve, ask

pytestmark = pytest.mark.django_db
WHOLE = 192_400
REFERENCE = "110260100051"


@pytest.fixture
def posted():
    return came(WHOLE)


def open_dispute(amount_paise: int = WHOLE, **changes) -> Dispute:
    values = {
        "receipt_number": "PT-026/2026-27/000001",
        "case_number": "CB-77",
        "reason": "The cardholder does not know the payment",
        "reply_by": LATER.date() + timedelta(days=7),
        "maker": "clerk",
        "now": LATER,
    }
    return disputes.open_dispute(**{**values, "amount_paise": amount_paise, **changes})


def decide(dispute: Dispute, outcome: str, **changes) -> Dispute:
    values = {"outcome": outcome, "note": "Letter of 30 November", "approver": "approver", "now": LATER}
    return disputes.decide_dispute(dispute.pk, **{**values, **changes})


def legs(purpose: str) -> list[tuple[str, int, int]]:
    lines = JournalLine.objects.filter(journal=Journal.objects.get(purpose=purpose)).order_by("account")
    return list(lines.values_list("account", "debit_paise", "credit_paise"))


# --- What is decided --------------------------------------------------------------------------------------------------


def test_f55_open_dispute_is_booked_and_touches_no_bill(posted, dues):
    found = open_dispute()

    assert legs(f"disputed {found.pk}") == [("1200:billdesk", 0, WHOLE), ("1220", WHOLE, 0)]
    assert (dues.paid, [kind for kind, *_ in parts()], broken()) == ({"PD-1", "PD-2"}, ["bill", "bill"], [])


def test_f55_dispute_that_is_won_is_booked_back(posted, dues):
    found = decide(open_dispute(), "won")

    assert legs(f"dispute won {found.pk}") == [("1200:billdesk", WHOLE, 0), ("1220", 0, WHOLE)]
    assert (dues.paid, balances()["1200:billdesk"], broken()) == ({"PD-1", "PD-2"}, WHOLE, [])
    assert not Reversal.objects.exists()


def test_f55_dispute_that_is_lost_whole_reverses_the_payment(posted, dues):
    decide(open_dispute(), "lost")

    found = Reversal.objects.get()
    assert (found.reason, found.maker, found.approver) == ("charged_back", "clerk", "approver")
    assert found.detail == "CB-77: Letter of 30 November"
    assert (dues.paid, balances(), broken()) == (set(), {}, [])
    assert ReversalRequest.objects.get().approved_at == LATER
    assert OutboxMessage.objects.filter(topic="receipt_reversed").count() == 1


def test_dispute_that_is_lost_in_part_takes_the_last_bill_and_keeps_its_rest(posted, dues):
    decide(open_dispute(50_000), "lost")

    assert parts()[2:] == [
        ("bill", "PD-2", "", -92_400),
        ("charged", "", "", 50_000),
        ("advance", "", "", 42_400),
    ]
    assert dues.paid == {"PD-1"}
    assert (breaks(), broken()) == ({"CHARGED_BACK": ""}, [])
    assert balances() == {
        "1200:billdesk": WHOLE - 50_000,
        "1300:test_dues:property_tax": -100_000,
        "2100": -42_400,
    }
    assert not Reversal.objects.exists()


def test_part_that_was_lost_takes_what_is_kept_first_and_no_more_than_itself(dues):
    came(150_000)

    decide(open_dispute(40_000), "lost")

    assert (kept(), breaks(), broken()) == ([("suspense", REFERENCE, 110_000)], {"AMOUNT_DIFF": ""}, [])


def test_part_that_was_lost_comes_back_from_another_number(dues):
    dues.paid = {"PD-1", "PD-2"}
    came(WHOLE)
    place(target="other", placed_for=OTHER)
    dues.coming = [("PD-8", 100_000)]
    advances.use_advance(kind=KIND, reference=OTHER, on=LATER.date(), now=LATER)

    decide(open_dispute(112_400), "lost")

    assert ("PD-8" in dues.paid, kept(), broken()) == (False, [("advance", OTHER, 80_000)], [])


def test_rest_that_was_lost_later_reverses_the_payment(posted, dues):
    decide(open_dispute(50_000), "lost")
    decide(open_dispute(WHOLE - 50_000, case_number="CB-78"), "lost")

    assert (dues.paid, balances(), kept(), broken()) == (set(), {}, [], [])
    assert breaks() == {"CHARGED_BACK": "auto"}


def test_payment_that_was_lost_in_part_can_be_reversed(posted, dues):
    decide(open_dispute(50_000), "lost")
    asked = reversals.ask_for_reversal(
        receipt_number="PT-026/2026-27/000001", reason="bank_reversed", detail="Memo", maker="clerk", now=LATER
    )

    reversals.approve_reversal(asked.pk, approver="approver", now=LATER)

    assert broken() == []
    assert Allocation.objects.filter(kind="reversed").get().amount_paise == WHOLE


def test_part_that_was_lost_is_told(posted):
    found = decide(open_dispute(50_000), "lost")

    message = OutboxMessage.objects.get(topic="money_moved")
    assert (message.key, message.payload["happened"], message.payload["amount_paise"]) == (
        f"money_moved:dispute:{found.pk}",
        "charged",
        50_000,
    )


def test_receipt_page_says_what_was_taken_back(posted, client):
    decide(open_dispute(50_000), "lost")

    page = client.get(f"/en/receipts/{Receipt.objects.get().token}/").text

    assert '<dt>Taken back by the payer&#x27;s bank</dt><dd class="number">₹500.00</dd>' in page


def test_paper_and_verification_say_what_was_taken_back(posted, client):
    receipt = Receipt.objects.get()
    said = "₹500.00 of this payment has been taken back by the payer"
    assert (papers.charged_text(receipt), said in client.get(f"/en/verify/{receipt.code}/").text) == ("", False)

    decide(open_dispute(50_000), "lost")

    assert papers.charged_text(receipt) == f"{said}'s bank."
    assert said in client.get(f"/en/verify/{receipt.code}/").text
    pdf = PdfReader(BytesIO(client.get(f"/en/receipts/{receipt.token}.pdf").content))
    assert said.split(" ", 1)[1] in " ".join(pdf.pages[0].extract_text().split())


@pytest.mark.parametrize("state", DisputeState.values)
@pytest.mark.parametrize("outcome", DisputeState.values)
def test_every_move_of_a_dispute_is_in_the_table(posted, state, outcome):
    found = open_dispute(50_000)
    if state != "open":
        decide(found, state)
    try:
        moved = decide(found, outcome).state == outcome
    except (decisions.DecidedAlready, disputes.DisputeOutcomeUnknown):
        moved = False

    assert moved == (outcome in DISPUTE_MOVES[state])


# --- What is kept meanwhile -------------------------------------------------------------------------------------------


@pytest.fixture
def disputed(dues):
    """A payment that stands in advance whole, and is disputed."""
    dues.paid, dues.coming = {"PD-1", "PD-2"}, [("PD-3", 50_000)]
    came(WHOLE)
    return open_dispute(10_000)


def use_advance() -> int:
    return advances.use_advance(kind=KIND, reference=REFERENCE, on=LATER.date(), now=LATER)


def test_what_is_disputed_is_used_by_no_bill(disputed, dues):
    assert (use_advance(), dues.paid, kept()) == (0, {"PD-1", "PD-2"}, [("advance", REFERENCE, WHOLE)])
    assert advances.advance_of(kind=KIND, reference=REFERENCE) == 0


def test_what_is_disputed_stops_no_other_advance(disputed, dues):
    came(60_000, order__dues_key="another")
    place(target="advance")

    assert advances.advance_of(kind=KIND, reference=REFERENCE) == 60_000
    assert use_advance() == 50_000


@pytest.mark.parametrize(("outcome", "left"), [("won", WHOLE), ("lost", WHOLE - 10_000)])
def test_what_is_left_after_the_decision_is_used(disputed, dues, outcome, left):
    decide(disputed, outcome)

    assert advances.advance_of(kind=KIND, reference=REFERENCE) == left
    assert (use_advance(), broken()) == (50_000, [])


def test_what_is_disputed_is_not_placed(disputed, dues):
    for target in ("due", "other"):
        with pytest.raises(reversals.PaymentDisputed):
            propose(target=target, placed_for=OTHER)


def test_suspense_that_is_disputed_is_not_placed():
    came()
    open_dispute(10_000)

    for target in PLACEMENTS["suspense"]:
        with pytest.raises(reversals.PaymentDisputed):
            propose(target=target, placed_for=OTHER)


def test_placement_that_was_asked_for_before_waits_for_the_dispute():
    came()
    asked = propose(target="advance")
    dispute = open_dispute(10_000)

    with pytest.raises(reversals.PaymentDisputed):
        placements.approve_placement(asked.pk, approver="approver", now=LATER)

    decide(dispute, "won")
    assert placements.approve_placement(asked.pk, approver="approver", now=LATER).approver == "approver"


def test_what_is_disputed_is_not_given_back(disputed):
    with pytest.raises(reversals.PaymentDisputed):
        ask(left_paise=WHOLE)


def test_refund_that_was_asked_for_before_waits_for_the_dispute(dues):
    dues.paid = {"PD-1", "PD-2"}
    came(WHOLE)
    asked = ask(100_000)
    dispute = open_dispute(10_000)

    with pytest.raises(reversals.PaymentDisputed):
        approve(asked)

    decide(dispute, "won")
    assert approve(asked).state == "approved"


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"receipt_number": "PT-1"}, reversals.PaymentNotFound),
        ({"case_number": " "}, disputes.CaseNumberMissing),
        ({"reason": " "}, decisions.ReasonMissing),
        ({"reply_by": LATER.date() - timedelta(days=1)}, disputes.ReplyDayPast),
        ({"amount_paise": 0}, disputes.DisputedTooMuch),
        ({"amount_paise": WHOLE + 1}, disputes.DisputedTooMuch),
    ],
)
def test_dispute_that_says_too_little_is_refused(posted, changes, refusal):
    with pytest.raises(refusal):
        open_dispute(**changes)


def test_payment_has_one_open_dispute(posted):
    open_dispute(50_000)

    with pytest.raises(reversals.PaymentDisputed):
        open_dispute(50_000, case_number="CB-78")


def test_case_is_opened_once(posted):
    decide(open_dispute(50_000), "won")

    with pytest.raises(disputes.CaseKnown):
        open_dispute(50_000)


def test_more_than_is_left_of_the_payment_is_not_disputed(posted):
    decide(open_dispute(150_000), "lost")

    with pytest.raises(disputes.DisputedTooMuch):
        open_dispute(42_401, case_number="CB-78")
    assert open_dispute(42_400, case_number="CB-78").state == "open"


def test_disputed_payment_is_not_reversed_beside_it(posted):
    open_dispute()

    with pytest.raises(reversals.PaymentDisputed):
        reversals.ask_for_reversal(
            receipt_number="PT-026/2026-27/000001", reason="bank_reversed", detail="Memo", maker="clerk", now=LATER
        )


def test_reversal_that_was_asked_for_before_waits_for_the_dispute(posted):
    asked = reversals.ask_for_reversal(
        receipt_number="PT-026/2026-27/000001", reason="bank_reversed", detail="Memo", maker="clerk", now=LATER
    )
    open_dispute()

    with pytest.raises(reversals.PaymentDisputed):
        reversals.approve_reversal(asked.pk, approver="approver", now=LATER)


def test_charge_back_is_not_asked_for_as_a_reversal(posted):
    with pytest.raises(reversals.ReversalReasonUnknown):
        reversals.ask_for_reversal(
            receipt_number="PT-026/2026-27/000001", reason="charged_back", detail="Memo", maker="clerk", now=LATER
        )


def test_one_person_does_not_decide(posted):
    with pytest.raises(decisions.ApproverIsMaker):
        decide(open_dispute(), "lost", approver="clerk")
    assert not Reversal.objects.exists()


def test_decision_needs_a_note(posted):
    with pytest.raises(decisions.ReasonMissing):
        decide(open_dispute(), "won", note=" ")


# --- What the database refuses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"state": "won", "approver": "clerk", "note": "x", "decided_at": NOW}, "dispute_decided_by_another"),
        ({"state": "won", "approver": "approver"}, "dispute_decision_is_whole"),
        ({"state": "gone", "approver": "a", "note": "x", "decided_at": NOW}, "dispute_state_known"),
    ],
)
def test_decision_that_breaks_a_rule_is_refused(posted, values, name):
    open_dispute()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Dispute.objects.update(**values)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"amount_paise": 0}, "dispute_amount_positive"),
        ({"reason": ""}, "dispute_says_why"),
        ({"case_number": "CB-77"}, "dispute_open_once_per_payment"),
    ],
)
def test_dispute_that_breaks_a_rule_is_refused(posted, values, name):
    first = open_dispute(50_000)
    if name != "dispute_open_once_per_payment":
        decide(first, "won")
    right = {"case_number": "CB-78", "amount_paise": 1, "reason": "x", "reply_by": NOW.date(), "maker": "clerk"}

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Dispute.objects.create(payment=Payment.objects.get(), opened_at=NOW, **{**right, **values})


def test_database_refuses_the_same_case_twice(posted):
    decide(open_dispute(50_000), "won")
    right = {"case_number": "CB-77", "amount_paise": 1, "reason": "x", "reply_by": NOW.date(), "maker": "clerk"}

    with pytest.raises(IntegrityError, match="dispute_case_once_per_payment"), transaction.atomic():
        Dispute.objects.create(payment=Payment.objects.get(), opened_at=NOW, **right)


def test_disputes_of_more_than_the_payment_are_refused_at_commit(posted):
    right = {"case_number": "CB-78", "amount_paise": WHOLE + 1, "reason": "x", "reply_by": NOW.date(), "maker": "c"}

    with pytest.raises(IntegrityError, match="disputed for more than itself"), transaction.atomic():
        Dispute.objects.create(payment=Payment.objects.get(), opened_at=NOW, **right)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_dispute SET amount_paise = 1",
        "UPDATE payments_dispute SET note = note",
        "DELETE FROM payments_dispute",
    ],
)
def test_decided_dispute_cannot_be_changed(posted, statement):
    decide(open_dispute(), "won")

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_dispute_without_its_journal_is_named(posted):
    right = {"case_number": "CB-78", "amount_paise": 1, "reason": "x", "reply_by": NOW.date(), "maker": "clerk"}
    Dispute.objects.create(payment=Payment.objects.get(), opened_at=NOW, **right)

    assert [one.split(":")[0] for one in broken()] == [
        "what a gateway owes us is what was posted through it, less what it settled, what was reversed, given back, disputed or "
        "charged back",
        "what is disputed stands as disputed while the dispute is open, and no longer, and nothing kept of it moves meanwhile",
    ]


def test_advance_used_while_it_is_disputed_is_named(disputed):
    ledger.post_move(
        payment=disputed.payment_id,
        purpose="advance used 9",
        kind=KIND,
        landings=[Landing("advance", "", -100), Landing("bill", "PD-3", 100, {"property_tax": 100})],
        business_date=LATER.date(),
        now=LATER,
    )

    assert [line.split(":")[0] for line in broken()] == [
        "what is disputed stands as disputed while the dispute is open, and no longer, and nothing kept of it moves meanwhile"
    ]
