"""The fourteen types of breaks: each is made, found once, ages, and closes by itself when what was missing has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from payments.disputes.services import open_dispute
from payments.models import Payment, PaymentAttempt, ReconBreak
from payments.posting import apply_report
from payments.reconciliation import breaks
from payments.reconciliation.break_kinds import KINDS, owner_of
from payments.reconciliation.refusals import LayoutUnknown
from payments.reconciliation.totals import Outcome, control_totals
from payments.reversals.services import approve_reversal, ask_for_reversal
from payments.tests.factories import report as said
from payments.tests.kept_desk import place
from payments.tests.recon_desk import (
    PAID,
    PAID_ON,
    Desk,
    about,
    asked_back,
    at,
    ends,
    open_breaks,
    posted,
    refs,
    refused_by_the_gateway,
    settled,
    went_back,
)
from payments.tests.refund_bench import broken

pytestmark = pytest.mark.django_db
NET = PAID - 1_180
DECEMBER = at(30) + timedelta(days=1)
WEDNESDAY = date(2026, 11, 25)


@dataclass(frozen=True)
class Case:
    """How a break of a kind is made, when it is found and what it is about, and what ends it."""

    kind: str
    paise: int
    make: Callable[[Desk], None]
    end: Callable[[Desk], None]
    found_at: datetime = at(25)
    due_on: date = date(2026, 11, 27)
    how: str = "auto"


def payment() -> Payment:
    return Payment.objects.select_related("transaction__attempt", "receipt").earliest("pk")


def good_day(desk: Desk) -> None:
    """One payment, settled and credited."""
    desk.report(settled(about(posted())))
    desk.statement(("24-11-2026", "UTR1", NET))


def stranger(desk: Desk) -> None:
    good_day(desk)
    desk.report(settled(refs("T-9", "KP-9", bank="9"), 500, 0, 0))


def correct(desk: Desk) -> None:
    desk.report(settled(about(payment())), ["SETTLED TRANSACTIONS -- corrected"], is_correction=True)


def settled_for_less(desk: Desk) -> None:
    desk.report(settled(about(posted()), PAID - 100))


def second_success(desk: Desk) -> None:
    first = posted()
    attempt = first.transaction.attempt
    apply_report(account=attempt.account, report=said(attempt, transaction_ref="T-2", bank_ref="2"), now=at(23, 12))
    desk.report(settled(about(first)), settled(refs("T-2", attempt.order_ref, "2"), PAID, 0, 0))


def money_is_placed(desk: Desk) -> None:
    desk.dues.paid = set()
    place(target="named")


def settled_though_failed(desk: Desk) -> None:
    attempt = refused_by_the_gateway()
    desk.report(settled(refs(f"T{attempt.order_ref}", attempt.order_ref)))


def success_comes_late(desk: Desk) -> None:
    attempt = PaymentAttempt.objects.get()
    apply_report(account=attempt.account, report=said(attempt), now=at(26))


def wrong_tax(desk: Desk) -> None:
    desk.report(settled(about(posted()), gst=182))


def settled_on_two_days(desk: Desk) -> None:
    good_day(desk)
    desk.report(settled(about(payment()), on=WEDNESDAY), settled(about(posted(bank_ref="2")), on=WEDNESDAY))


def second_day_is_corrected(desk: Desk) -> None:
    second = Payment.objects.select_related("transaction__attempt").latest("pk")
    desk.report(settled(about(second), on=WEDNESDAY), is_correction=True)


def only_another_is_settled(desk: Desk) -> None:
    posted()
    desk.report(settled(about(posted(bank_ref="2"))))


def it_is_settled_late(desk: Desk) -> None:
    desk.report(settled(about(payment()), on=date(2026, 11, 26)))


def not_credited(desk: Desk) -> None:
    desk.report(settled(about(posted())))
    desk.statement(("25-11-2026", "UTR1", NET - 500))


def credited_late(desk: Desk) -> None:
    desk.statement(("27-11-2026", "UTR2", NET))


def credited_too_much(desk: Desk) -> None:
    desk.report(settled(about(posted())))
    desk.statement(("24-11-2026", "UTR1", NET + 590))
    desk.match(NET + 590)


def charged_less(desk: Desk) -> None:
    desk.report(settled(about(payment()), charge=500, gst=90))


def credited_for_nothing(desk: Desk) -> None:
    desk.statement(("24-11-2026", "UTR1", NET))


def report_comes(desk: Desk) -> None:
    desk.report(settled(about(posted())))


def taken_back_by_the_bank(desk: Desk) -> None:
    good_day(desk)
    desk.report(refunds=[went_back(about(payment()), PAID, "RV-1", on=WEDNESDAY)])


def reversed_here(desk: Desk) -> None:
    number = ReconBreak.objects.get(kind="REFUND_UNMATCHED").suggestion["receipt_number"]
    asked = ask_for_reversal(
        receipt_number=number, reason="bank_reversed", detail="Report of 25 November", maker="clerk", now=at(25)
    )
    approve_reversal(asked.pk, approver="approver", now=at(25))


def charged_back(desk: Desk) -> None:
    good_day(desk)
    desk.report(chargebacks=[asked_back(about(payment()), PAID, "CASE-1", on=WEDNESDAY)])


def dispute_is_opened(desk: Desk) -> None:
    open_dispute(
        receipt_number=payment().receipt.receipt_number,
        amount_paise=PAID,
        case_number="CASE-1",
        reason="Not authorised",
        reply_by=date(2026, 12, 10),
        maker="clerk",
        now=at(25),
    )


def unknown_layout(desk: Desk) -> None:
    with pytest.raises(LayoutUnknown):
        desk.take_in(desk.file(["When", "What"], ["1", "2"], name="november.csv"))


def good_file_of_the_name(desk: Desk) -> None:
    desk.report(settled(about(posted())), name="november.csv", now=at(25, 10))


def row_of_another(desk: Desk) -> None:
    good_day(desk)
    desk.report(settled(about(payment())), settled(refs("T-9", "KP-9", "9", "OTHER"), 500, 0, 0))


GOLDEN = [
    Case("GATEWAY_ONLY", 500, stranger, correct, due_on=date(2026, 11, 26)),
    Case(
        "OURS_ONLY",
        PAID,
        only_another_is_settled,
        it_is_settled_late,
        DECEMBER,
        date(2026, 12, 2),
    ),
    Case("AMOUNT_DIFF", 100, settled_for_less, correct),
    Case("DUPLICATE_SUCCESS", PAID, second_success, money_is_placed),
    Case("STATUS_DIFF", PAID, settled_though_failed, success_comes_late, due_on=date(2026, 11, 26)),
    Case("FEE_DIFF", 2, wrong_tax, correct, due_on=date(2026, 12, 2)),
    Case("SETTLED_TWICE", PAID, settled_on_two_days, second_day_is_corrected, due_on=date(2026, 11, 30)),
    Case("NOT_SETTLED", PAID, only_another_is_settled, it_is_settled_late),
    Case("BATCH_SHORT", NET, not_credited, credited_late, at(27), date(2026, 11, 30)),
    Case("BATCH_OVER", 590, credited_too_much, charged_less),
    Case("BANK_UNIDENTIFIED", NET, credited_for_nothing, report_comes, due_on=date(2026, 11, 30)),
    Case("REFUND_UNMATCHED", PAID, taken_back_by_the_bank, reversed_here, due_on=date(2026, 11, 26)),
    Case("CHARGEBACK", PAID, charged_back, dispute_is_opened, due_on=date(2026, 11, 26)),
    Case("FILE_REJECTED", 0, unknown_layout, good_file_of_the_name, due_on=date(2026, 11, 26)),
    Case("UNKNOWN_MERCHANT", 500, row_of_another, correct),
]


# A line of which nobody knows what it is, and a file of which nobody knows what is in it.
NOT_OF_A_PAID_DAY = ("BANK_UNIDENTIFIED", "FILE_REJECTED")


@pytest.fixture
def desk(tmp_path, dues):
    made = Desk(tmp_path)
    made.dues = dues
    return made


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case.kind)
def test_break_is_made_found_aged_and_closed(desk, case):
    case.make(desk)
    desk.round(case.found_at)
    desk.round(case.found_at)

    found = ReconBreak.objects.get(kind=case.kind)
    assert (found.amount_paise, owner_of(case.kind)) == (case.paise, KINDS[case.kind].owner)
    assert breaks.age(found.opened_at, now=found.opened_at + timedelta(days=3)) == "2–3"
    if found.subject:
        assert found.due_on == case.due_on
    before = control_totals(account=desk.account, day=PAID_ON)
    assert (before.unexplained_paise, broken()) == (0, [])
    assert case.kind in NOT_OF_A_PAID_DAY or before.outcome == Outcome.DIFFERS

    case.end(desk)
    desk.round(case.found_at.replace(hour=18))

    assert case.kind not in open_breaks()
    assert ends()[case.kind] == case.how
    assert (control_totals(account=desk.account, day=PAID_ON).unexplained_paise, broken()) == (0, [])
