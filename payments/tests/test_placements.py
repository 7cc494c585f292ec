"""Money that is kept goes where it belongs, by two people, once, and a reversal brings it back from wherever it went."""

from __future__ import annotations

import pytest

from payments.decisions import services as decisions
from payments.kept import advances, placements
from payments.models import Allocation, Journal, JournalLine, OutboxMessage, PaymentOrder, Placement, Receipt
from payments.posting import apply_report
from payments.reversals import services as reversals
from payments.states import PLACEMENTS, PlacementTarget
from payments.tests.conftest import OTHER, ReferenceUnknown
from payments.tests.factories import KIND, NOW, AttemptFactory, report
from payments.tests.kept_desk import LATER, SHORT, balances, breaks, broken, came, kept, parts, place, propose

pytestmark = pytest.mark.django_db
REFERENCE = "110260100051"


def advance(reference: str = REFERENCE) -> int:
    return advances.advance_of(kind=KIND, reference=reference)


def reverse(receipt_number: str = "") -> None:
    asked = reversals.ask_for_reversal(
        receipt_number=receipt_number or Receipt.objects.latest("pk").receipt_number,
        reason="bank_reversed",
        detail="Memo 7",
        maker="clerk",
        now=LATER,
    )
    reversals.approve_reversal(asked.pk, approver="approver", now=LATER)


@pytest.fixture
def paid_twice(dues):
    """1,924 rupees in advance: the bills of their order had been paid before."""
    attempt = AttemptFactory()
    dues.paid = {"PD-1", "PD-2"}
    apply_report(account=attempt.account, report=report(attempt), now=NOW)
    return attempt


# --- Where it can go --------------------------------------------------------------------------------------------------


def test_f29_suspense_goes_to_the_bills_that_were_meant_as_of_the_day_of_payment(dues):
    came()

    place()

    assert parts() == [
        ("suspense", "", "", SHORT),
        ("suspense", "", "", -100_000),
        ("bill", "PD-1", "", 100_000),
    ]
    assert set(Allocation.objects.filter(kind="bill").values_list("landed_on", flat=True)) == {NOW.date()}
    assert (dues.paid, kept(), broken()) == ({"PD-1"}, [("suspense", REFERENCE, 50_000)], [])


def test_books_have_the_placement_on_the_day_of_the_approval(dues):
    came()

    place()

    journal = Journal.objects.get(purpose="placed 1")
    assert journal.business_date == LATER.date()
    assert list(JournalLine.objects.filter(journal=journal).values_list("account", "debit_paise", "credit_paise")) == [
        ("2900", 100_000, 0),
        ("1300:test_dues:property_tax", 0, 100_000),
    ]


def test_suspense_goes_to_what_is_due_as_of_the_day_of_the_approval(dues):
    dues.coming = [("PD-3", 60_000), ("PD-4", 90_000)]
    came()

    place(target="due")

    assert set(Allocation.objects.filter(kind="bill").values_list("bill", "landed_on")) == {
        ("PD-3", LATER.date()),
        ("PD-4", LATER.date()),
    }
    assert (kept(), breaks(), broken()) == ([], {"AMOUNT_DIFF": "auto"}, [])


def test_suspense_goes_to_the_advance_of_its_payer():
    came()

    place(target="advance")

    assert (kept(), advance(), breaks(), broken()) == (
        [("advance", REFERENCE, SHORT)],
        SHORT,
        {"AMOUNT_DIFF": "auto"},
        [],
    )


def test_suspense_goes_to_the_advance_of_the_right_number():
    came()

    place(target="other", placed_for=f" {OTHER} ")

    assert (kept(), advance(), advance(OTHER), broken()) == ([("advance", OTHER, SHORT)], 0, SHORT, [])
    assert balances() == {"1200:billdesk": SHORT, "2100": -SHORT}


def test_advance_goes_to_the_right_number_and_back(paid_twice):
    place(target="other", placed_for=OTHER)
    assert (advance(), advance(OTHER), breaks()) == (0, 192_400, {"DUPLICATE_SUCCESS": "auto"})

    place(target="other", placed_for=REFERENCE)

    assert (advance(), advance(OTHER), broken()) == (192_400, 0, [])
    assert parts()[-1] == ("advance", "", "", 192_400)


def test_advance_goes_back_to_the_bills_that_were_meant(paid_twice, dues):
    dues.paid = set()

    place()

    assert (dues.paid, advance(), breaks(), broken()) == (
        {"PD-1", "PD-2"},
        0,
        {"DUPLICATE_SUCCESS": "auto"},
        [],
    )


def test_part_of_it_can_be_placed(paid_twice):
    place(target="other", placed_for=OTHER, amount_paise=92_400)

    assert (advance(), advance(OTHER), breaks()) == (100_000, 92_400, {"DUPLICATE_SUCCESS": ""})


def test_bills_of_the_right_number_take_its_advance_and_the_books_say_for_whom(paid_twice, dues):
    place(target="other", placed_for=OTHER)
    dues.coming = [("PD-8", 100_000)]

    assert advances.references_with_advance(kind=KIND) == [OTHER]
    assert advances.use_advance(kind=KIND, reference=OTHER, on=LATER.date(), now=LATER) == 100_000
    assert (advance(OTHER), parts()[-2:]) == (
        92_400,
        [("advance", "", OTHER, -100_000), ("bill", "PD-8", OTHER, 100_000)],
    )
    assert broken() == []


def test_money_of_the_right_number_goes_to_what_is_due_there(paid_twice, dues):
    place(target="other", placed_for=OTHER)
    dues.coming = [("PD-8", 100_000)]

    place(target="due")

    assert parts()[-1] == ("bill", "PD-8", OTHER, 100_000)


def test_advance_that_is_used_whole_closes_its_break(paid_twice, dues):
    dues.coming = [("PD-3", 192_400)]

    advances.use_advance(kind=KIND, reference=REFERENCE, on=LATER.date(), now=LATER)

    assert breaks() == {"DUPLICATE_SUCCESS": "auto"}


@pytest.mark.parametrize(("kept_as", "targets"), PLACEMENTS.items())
def test_every_place_for_kept_money_is_in_the_table(kept_as, targets, dues):
    came()
    if kept_as == "advance":
        place(target="advance")
    dues.coming = [("PD-3", 1)]
    taken = []
    for target in PlacementTarget:
        try:
            propose(target=target, placed_for=OTHER)
        except placements.PlacementTargetUnknown:
            continue
        taken.append(target)
        Placement.objects.filter(approver="").update(approver="approver", refused_at=LATER, refusal="Only asked")

    assert tuple(taken) == targets


# --- What a proposal shows, and holds to ------------------------------------------------------------------------------


def test_proposal_moves_nothing_and_shows_bills_and_heads(dues):
    came()

    found = propose()

    assert found.effect == [
        {"kind": "suspense", "bill": "", "reference": "", "amount_paise": -100_000, "heads": {}},
        {"kind": "bill", "bill": "PD-1", "reference": "", "amount_paise": 100_000, "heads": {"property_tax": 100_000}},
    ]
    assert (found.amount_paise, Allocation.objects.count(), broken()) == (100_000, 1, [])


def test_proposal_that_would_do_something_else_meanwhile_is_refused(dues):
    dues.coming = [("PD-3", 60_000), ("PD-4", 90_000)]
    came()
    asked = propose(target="due")
    dues.coming, dues.paid = [("PD-3", 150_000)], set()

    with pytest.raises(placements.PlacementChanged):
        placements.approve_placement(asked.pk, approver="approver", now=LATER)

    assert (kept(), Placement.objects.get().approver) == ([("suspense", REFERENCE, SHORT)], "")


def test_money_that_has_gone_meanwhile_is_not_placed(paid_twice, dues):
    asked = propose(target="other", placed_for=OTHER)
    dues.coming = [("PD-3", 100_000)]
    advances.use_advance(kind=KIND, reference=REFERENCE, on=LATER.date(), now=LATER)

    with pytest.raises(placements.MoneyNotKept):
        placements.approve_placement(asked.pk, approver="approver", now=LATER)


def test_reversed_money_is_not_placed(paid_twice):
    asked = propose(target="other", placed_for=OTHER)
    reverse()

    with pytest.raises(placements.MoneyNotKept):
        placements.approve_placement(asked.pk, approver="approver", now=LATER)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"target": "nowhere"}, placements.PlacementTargetUnknown),
        ({"target": "other", "placed_for": REFERENCE}, placements.PlacementForTheSame),
        ({"target": "other", "placed_for": "11"}, ReferenceUnknown),
        ({"amount_paise": SHORT + 1}, placements.MoneyNotKept),
        ({"amount_paise": 0}, placements.MoneyNotKept),
        ({"kept": 0}, placements.MoneyNotKept),
        ({"target": "due"}, placements.NothingTakesIt),
        ({"detail": " "}, decisions.ReasonMissing),
    ],
)
def test_proposal_that_cannot_be_is_refused(changes, refusal):
    came()

    with pytest.raises(refusal):
        propose(**changes)

    assert not Placement.objects.exists()


def test_refusal_of_a_number_belongs_to_the_field_where_it_was_written():
    came()

    with pytest.raises(ReferenceUnknown) as found:
        propose(target="other", placed_for="11")

    assert found.value.field == "placed_for"


def test_one_proposal_of_a_payment_waits_at_a_time():
    came()
    propose(target="advance")

    with pytest.raises(placements.PlacementAsked):
        propose(target="advance")


def test_one_person_does_not_place():
    came()
    asked = propose(target="advance")

    with pytest.raises(decisions.ApproverIsMaker):
        placements.approve_placement(asked.pk, approver="clerk", now=LATER)
    with pytest.raises(decisions.ApproverIsMaker):
        placements.refuse_placement(asked.pk, approver="clerk", refusal="No", now=LATER)


def test_placement_is_decided_once():
    came()
    asked = place(target="advance")

    with pytest.raises(decisions.DecidedAlready):
        placements.approve_placement(asked.pk, approver="approver", now=LATER)
    assert advance() == SHORT


def test_refused_placement_leaves_the_money_and_can_be_made_anew():
    came()
    placements.refuse_placement(propose(target="advance").pk, approver="approver", refusal="Not theirs", now=LATER)

    assert kept() == [("suspense", REFERENCE, SHORT)]
    place(target="advance")
    assert advance() == SHORT


def test_refusal_needs_a_reason():
    came()

    with pytest.raises(decisions.RefusalUnexplained):
        placements.refuse_placement(propose(target="advance").pk, approver="approver", refusal=" ", now=LATER)


# --- The way back -----------------------------------------------------------------------------------------------------


def test_reversal_brings_back_what_was_placed_on_bills(dues):
    came()
    place()

    reverse()

    assert (dues.paid, kept(), balances(), broken()) == (set(), [], {}, [])


def test_reversal_brings_back_what_was_placed_for_another_number(paid_twice, dues, monkeypatch):
    place(target="other", placed_for=OTHER)
    dues.coming = [("PD-8", 100_000)]
    advances.use_advance(kind=KIND, reference=OTHER, on=LATER.date(), now=LATER)
    asked, undo = [], dues.on_reversed
    monkeypatch.setattr(dues, "on_reversed", lambda **said: asked.append(said["reference"]) or undo(**said))

    reverse()

    assert asked == [OTHER]
    assert (dues.paid, advance(OTHER), kept(), balances(), broken()) == ({"PD-1", "PD-2"}, 0, [], {}, [])


def test_reversal_closes_the_breaks_of_its_payment():
    came()

    reverse()

    assert breaks() == {"AMOUNT_DIFF": "auto"}


def test_placed_money_of_another_payment_that_loses_its_place_stays_for_whom_it_counted(dues, monkeypatch):
    """The money of a neighbour had made PD-1 whole, and what had been paid on it first was no money."""
    came(192_400)
    dues.paid = set()
    came(100_000, order__reference=OTHER)
    place(target="other", placed_for=REFERENCE)
    dues.coming = [("PD-1", 100_000)]
    advances.use_advance(kind=KIND, reference=REFERENCE, on=NOW.date(), now=LATER)
    monkeypatch.setattr(dues, "on_reversed", lambda **_: {"PD-1"})

    reverse("PT-026/2026-27/000001")

    assert parts()[-5:-3] == [("bill", "PD-1", REFERENCE, -100_000), ("advance", "", REFERENCE, 100_000)]
    assert (advance(), broken()) == (100_000, [])


# --- Who is told ------------------------------------------------------------------------------------------------------


def test_placement_is_told_through_the_outbox():
    came(order__told_to=["7"])

    asked = place()

    message = OutboxMessage.objects.get(topic="money_moved")
    told = {name: message.payload[name] for name in ("happened", "bills", "amount_paise", "told_to", "reference")}
    assert message.key == f"money_moved:placement:{asked.pk}"
    assert told == {
        "happened": "named",
        "bills": ["PD-1"],
        "amount_paise": 100_000,
        "told_to": ["7"],
        "reference": REFERENCE,
    }


def test_receipt_page_says_where_the_money_stands_today(client):
    came()
    receipt = Receipt.objects.get()
    address = f"/en/receipts/{receipt.token}/"
    assert "₹1,500.00 of this money found no unpaid bill" in client.get(address).text

    place()
    page = client.get(address).text

    assert "Where this money stands today" in page
    assert '<dt>Bill PD-1</dt><dd class="number">₹1,000.00</dd>' in page
    assert "₹500.00 of this money found no unpaid bill" in page


def test_receipt_page_of_a_payment_on_its_bills_says_nothing_of_places(client):
    attempt = AttemptFactory()
    apply_report(account=attempt.account, report=report(attempt), now=NOW)

    assert "stands today" not in client.get(f"/en/receipts/{Receipt.objects.get().token}/").text


def test_order_stays_as_it_was():
    came()
    place(target="other", placed_for=OTHER)

    assert list(PaymentOrder.objects.values_list("state", "reference")) == [("paid", REFERENCE)]
