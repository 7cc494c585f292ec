"""A break comes to its end by itself or by two people, once, and what is closed is not counted any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from kmc_portal.health import FIGURES
from payments import posting
from payments.decisions import services as decisions
from payments.gateways.base import ReportStatus
from payments.models import BreakClosing, ClosingRequest, KeptMoney, Payment, ReconBreak
from payments.reconciliation import breaks
from payments.tests.factories import NOW, report
from payments.tests.kept_desk import LATER, SHORT, came, place

pytestmark = pytest.mark.django_db


@pytest.fixture
def short():
    return came()


def ask(**changes) -> ClosingRequest:
    values = {"detail": "The gateway has paid the rest by hand", "maker": "clerk", "now": LATER}
    return breaks.ask_to_close(ReconBreak.objects.get().pk, **{**values, **changes})


def close() -> BreakClosing:
    return breaks.approve_closing(ask().pk, approver="approver", now=LATER)


def counted() -> int:
    with connection.cursor() as cursor:
        cursor.execute(FIGURES["portal_breaks"][1])
        return cursor.fetchone()[0]


def test_break_knows_what_was_at_stake(short):
    assert ReconBreak.objects.get().amount_paise == SHORT


def test_break_is_closed_by_two_people(short):
    found = close()

    assert (found.how, found.note, found.maker, found.approver, found.closed_at) == (
        "manual",
        "The gateway has paid the rest by hand",
        "clerk",
        "approver",
        LATER,
    )
    assert counted() == 0


def test_break_closes_by_itself_when_its_money_has_been_placed_whole(short):
    place(target="advance", amount_paise=SHORT - 1)
    assert counted() == 1

    place(target="advance", kept=KeptMoney.objects.get(kept_as="suspense").pk)

    found = BreakClosing.objects.get()
    assert (found.how, found.maker, found.approver, counted()) == ("auto", "", "", 0)


def test_denial_of_a_gateway_stays_closed_and_is_not_closed_by_placing(short):
    denial = report(short, status=ReportStatus.FAILED, raw_status="0399")
    posting.open_denial(account=short.account, report=denial, now=NOW)
    place(target="advance")
    denied = ReconBreak.objects.get(kind="GATEWAY_DENIES")
    assert not BreakClosing.objects.filter(recon_break=denied).exists()

    asked = breaks.ask_to_close(denied.pk, detail="Settled on 25 November", maker="clerk", now=LATER)
    breaks.approve_closing(asked.pk, approver="approver", now=LATER)
    posting.open_denial(account=short.account, report=denial, now=LATER)

    assert (ReconBreak.objects.count(), counted()) == (2, 0)


def test_two_bills_that_lost_their_place_are_two_breaks(short):
    payment = Payment.objects.get()
    for bill in ("PD-1", "PD-2"):
        ReconBreak.objects.create(
            kind="LOST_ITS_PLACE", payment=payment, amount_paise=1, facts={"bill": bill}, opened_at=NOW
        )

    with pytest.raises(IntegrityError, match="break_once_per_payment_kind_and_facts"), transaction.atomic():
        ReconBreak.objects.create(
            kind="LOST_ITS_PLACE", payment=payment, amount_paise=1, facts={"bill": "PD-1"}, opened_at=NOW
        )


@pytest.mark.parametrize(
    ("days", "age"),
    [(0, "0–1"), (1, "0–1"), (2, "2–3"), (3, "2–3"), (4, "4–7"), (7, "4–7"), (8, "8–30"), (30, "8–30"), (31, ">30")],
)
def test_age_of_a_break(days, age):
    assert breaks.age(NOW, now=NOW + timedelta(days=days)) == age


# --- What is refused --------------------------------------------------------------------------------------------------


def test_closing_needs_a_note(short):
    with pytest.raises(decisions.ReasonMissing):
        ask(detail=" ")


def test_closing_is_asked_for_once_at_a_time(short):
    ask()

    with pytest.raises(breaks.ClosingAsked):
        ask()


def test_closed_break_is_not_closed_again(short):
    waiting = ask()
    place(target="advance")

    with pytest.raises(breaks.BreakClosed):
        breaks.approve_closing(waiting.pk, approver="approver", now=LATER)
    with pytest.raises(breaks.BreakClosed):
        ask()


def test_one_person_does_not_close(short):
    with pytest.raises(decisions.ApproverIsMaker):
        breaks.approve_closing(ask().pk, approver="clerk", now=LATER)


def test_refused_closing_leaves_the_break_open(short):
    breaks.refuse_closing(ask().pk, approver="approver", refusal="Show me the letter", now=LATER)

    assert counted() == 1
    assert close().how == "manual"


# --- What the database refuses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"note": ""}, "closing_says_why"),
        ({"approver": "clerk"}, "closing_is_by_itself_or_by_two_people"),
        ({"maker": ""}, "closing_is_by_itself_or_by_two_people"),
        ({"how": "auto"}, "closing_is_by_itself_or_by_two_people"),
    ],
)
def test_closing_that_breaks_a_rule_is_refused(short, values, name):
    right = {"how": "manual", "note": "Why", "maker": "clerk", "approver": "approver", "closed_at": NOW}

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        BreakClosing.objects.create(recon_break=ReconBreak.objects.get(), **{**right, **values})


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"approver": "clerk", "approved_at": NOW}, "closingrequest_decided_by_another"),
        ({"approver": "approver"}, "closingrequest_decision_is_whole"),
        ({"approver": "approver", "refused_at": NOW}, "closingrequest_refusal_has_a_reason"),
    ],
)
def test_request_that_breaks_a_rule_is_refused(short, values, name):
    ask()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ClosingRequest.objects.update(**values)


def test_request_without_a_reason_is_refused(short):
    with pytest.raises(IntegrityError, match="closingrequest_says_why"), transaction.atomic():
        ClosingRequest.objects.create(recon_break=ReconBreak.objects.get(), detail="", maker="clerk", asked_at=NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_breakclosing SET note = 'x'",
        "DELETE FROM payments_breakclosing",
        "UPDATE payments_closingrequest SET detail = 'x'",
        "DELETE FROM payments_closingrequest",
    ],
)
def test_closing_cannot_be_changed(short, statement):
    close()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
