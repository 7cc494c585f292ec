"""The faults of the matrix that only a settlement report or a bank statement shows: F47, F54, F56 to F64."""

from __future__ import annotations

from datetime import date, timedelta

import httpx
import pytest

from payments import services
from payments.models import (
    BankLine,
    BreakClosing,
    Journal,
    OutboxMessage,
    Payment,
    PaymentAttempt,
    ReconBreak,
    Refund,
    RefusedFile,
    ReturnMatch,
    Settlement,
    SettlementCredit,
    SettlementMatch,
)
from payments.reconciliation import breaks
from payments.reconciliation.refusals import LayoutUnknown
from payments.reconciliation.totals import Outcome, Stage, control_totals
from payments.refunds import services as refunds
from payments.refunds.moves import move
from payments.refunds.services import RefundOfUnsettled
from payments.reversals.services import approve_reversal, ask_for_reversal
from payments.states import RefundState
from payments.tests.factories import NOW, OrderFactory
from payments.tests.recon_desk import (
    PAID,
    PAID_ON,
    Desk,
    about,
    at,
    ends,
    open_breaks,
    posted,
    refs,
    settled,
    went_back,
)
from payments.tests.refund_bench import approved, balances, broken, paid_in_advance

pytestmark = pytest.mark.django_db
NET = PAID - 1_180
WEDNESDAY = date(2026, 11, 25)


@pytest.fixture
def desk(tmp_path, dues):
    made = Desk(tmp_path)
    made.dues = dues
    return made


def totals(desk):
    found = control_totals(account=desk.account, day=PAID_ON)
    assert found.unexplained_paise == 0
    return found


def differences(desk) -> dict[tuple[str, str], int]:
    return {(one.stage.value, one.kind): one.paise for one in totals(desk).differences}


def force(kind: str) -> BreakClosing:
    found = ReconBreak.objects.get(kind=kind, closing=None)
    asked = breaks.ask_to_close(found.pk, detail="Written off, note 7", maker="clerk", now=at(26))
    return breaks.approve_closing(asked.pk, approver="approver", now=at(26))


# --- Money that went back ---------------------------------------------------------------------------------------------


def test_f47_payment_that_the_bank_took_back_is_reversed_by_two_people_and_matched(desk):
    payment = posted()
    desk.report(settled(about(payment)), refunds=[went_back(about(payment), PAID, "RV-1", on=WEDNESDAY)])
    desk.round(at(26))
    suggestion = ReconBreak.objects.get(kind="REFUND_UNMATCHED").suggestion
    assert suggestion == {"act": "reversal", "receipt_number": payment.receipt.receipt_number}

    asked = ask_for_reversal(
        receipt_number=suggestion["receipt_number"],
        reason="bank_reversed",
        detail="Report of 25 November",
        maker="clerk",
        now=at(26),
    )
    reversal = approve_reversal(asked.pk, approver="approver", now=at(26))
    desk.round(at(26, 12))

    assert ReturnMatch.objects.get().reversal == reversal
    assert ends()["REFUND_UNMATCHED"] == "auto"
    assert "1200:billdesk" not in balances()
    assert broken() == []


def test_f54_refund_that_we_did_not_start_stays_a_break(desk):
    payment = posted()
    desk.report(settled(about(payment)), refunds=[went_back(about(payment), 500, "RF-9")])
    desk.round(at(25))
    desk.round(at(26))

    found = ReconBreak.objects.get(kind="REFUND_UNMATCHED")
    assert (found.amount_paise, found.suggestion["act"], found.payment) == (500, "refund", payment)
    assert ("net_paid_out", "REFUND_UNMATCHED") in differences(desk)
    assert broken() == []


def test_f54_refund_of_ours_is_matched_by_its_number(desk):
    paid_in_advance(desk.dues)
    payment = Payment.objects.select_related("transaction__attempt").get()
    desk.report(settled(about(payment)))
    refund = approved(500)
    move(refund, RefundState.SUBMITTED, now=at(26))
    move(Refund.objects.get(), RefundState.DONE, now=at(26), gateway_refund_ref="RF-9")
    desk.report(refunds=[went_back(about(payment), 500, "RF-9", on=date(2026, 11, 27))])
    desk.round(at(27))

    assert ReturnMatch.objects.get().refund == refund
    assert "REFUND_UNMATCHED" not in open_breaks()
    assert broken() == []


# --- Files ------------------------------------------------------------------------------------------------------------


def test_f56_overlapping_reports_are_matched_and_booked_once(desk):
    first, second = posted(), posted(bank_ref="2")
    desk.report(settled(about(first)))
    desk.round(at(25))
    desk.report(settled(about(first)), settled(about(second)))
    desk.round(at(25))
    desk.round(at(26))

    assert SettlementMatch.objects.count() == 2
    assert list(Journal.objects.exclude(settlement=None).values_list("purpose", flat=True)) == [
        "settled 1",
        "settled 2",
    ]
    assert balances()["1110:billdesk"] == 2 * NET
    assert broken() == []


def test_f57_corrected_report_is_booked_with_the_difference(desk):
    payment = posted()
    desk.report(settled(about(payment)))
    desk.statement(("24-11-2026", "UTR1", NET))
    desk.round(at(25))

    desk.report(settled(about(payment), charge=2_000, gst=360))
    desk.round(at(26))

    assert {name: paise for name, paise in balances().items() if name[:2] in ("11", "51")} == {
        "1100:billdesk": NET,
        "1110:billdesk": -1_180,
        "5100:billdesk": 2_000,
        "5110:billdesk": 360,
    }
    assert open_breaks() == {"BATCH_OVER": 1_180}
    assert broken() == []


def test_f58_bad_row_is_on_a_desk_and_the_rest_is_settled(desk):
    payment = posted()
    soon = settled(about(payment, transaction="T-8"))
    soon[-1] = "soon"
    desk.report(settled(about(payment)), soon)
    desk.round(at(25))

    assert SettlementMatch.objects.get().payment == payment
    assert (RefusedFile.objects.get().rows, open_breaks()) == (1, {"FILE_REJECTED": 0})


def test_f58_refused_file_is_on_a_desk_and_nothing_of_it_is_kept(desk):
    bad = desk.file(["When", "What"], ["1", "2"], name="november.csv")
    for _ in range(2):
        with pytest.raises(LayoutUnknown):
            desk.take_in(bad)
    desk.round(at(25))

    found = RefusedFile.objects.get()
    assert (found.name, found.code, found.sort) == ("november.csv", "settlement_layout_unknown", "settlement")
    assert "found: When, What" in found.detail
    assert open_breaks() == {"FILE_REJECTED": 0}


# --- A success that one side lacks -------------------------------------------------------------------------------------


@pytest.fixture
def paid_unheard(bench):
    """A payment at the gateway of which no news has come."""
    order = OrderFactory()
    checkout = services.start_attempt(
        token=order.token, now=NOW, return_url="https://portal.example/r/", payer_ip="", user_agent=""
    )
    bench.press(checkout)
    bench.advance(days=1)
    return order


def sent_report(bench, desk):
    """The report as the gateway itself writes it."""
    path = desk.folder / "sent.csv"
    path.write_bytes(httpx.get(f"{bench.url}/sim/settlement/KMCSIM/2026-11-24.csv").content)
    return path


def test_f59_success_that_we_lack_is_asked_about_and_posted_once_late(bench, desk, paid_unheard):
    desk.take_in(sent_report(bench, desk))
    desk.round(at(24, 12))
    desk.round(at(24, 13))

    paid_unheard.refresh_from_db()
    assert (paid_unheard.state, Payment.objects.count()) == ("paid", 1)
    assert OutboxMessage.objects.filter(topic="receipt_issued").count() == 1
    assert SettlementMatch.objects.get().payment == Payment.objects.get()
    assert (open_breaks(), broken()) == ({}, [])


def test_f59_gateway_that_is_away_leaves_a_break_and_the_question_to_the_poller(bench, desk, paid_unheard):
    desk.take_in(sent_report(bench, desk))
    url = desk.account.base_url
    desk.account.base_url = "http://127.0.0.1:9"
    desk.account.save()
    desk.round(at(24, 12))
    assert open_breaks() == {"GATEWAY_ONLY": PAID}
    assert PaymentAttempt.objects.get().next_poll_at == at(24, 12)

    desk.account.base_url = url
    desk.account.save()
    desk.round(at(24, 13))

    assert (open_breaks(), ends()) == ({}, {"GATEWAY_ONLY": "auto"})
    assert PaymentAttempt.objects.get().next_poll_at is None


def test_f60_success_that_no_report_has_ages_escalates_and_is_not_given_back(desk):
    paid_in_advance(desk.dues)
    desk.round(at(24))
    assert "NOT_SETTLED" not in open_breaks()
    assert differences(desk) == {("ordered_paid", "DUPLICATE_SUCCESS"): 0, ("paid_settled", "AWAITED"): -PAID}

    desk.round(at(25))
    assert open_breaks()["NOT_SETTLED"] == PAID
    desk.round(at(30) + timedelta(days=1))

    assert open_breaks()["OURS_ONLY"] == PAID
    closing = BreakClosing.objects.get(recon_break__kind="NOT_SETTLED")
    assert (closing.how, closing.note) == ("auto", "it has become OURS_ONLY")
    with pytest.raises(RefundOfUnsettled):
        refunds.payment_to_refund(
            receipt_number=Payment.objects.get().receipt.receipt_number, today=at(30).date() + timedelta(days=1)
        )


# --- What the bank credits --------------------------------------------------------------------------------------------


def test_f61_pay_out_that_was_credited_short_stays_open_and_its_rows_settled(desk):
    desk.report(settled(about(posted())))
    desk.statement(("24-11-2026", "UTR1", NET - 500))
    desk.round(at(27))
    line, pay_out = BankLine.objects.get(), Settlement.objects.get()
    assert ReconBreak.objects.get(kind="BATCH_SHORT").suggestion == {
        "act": "match",
        "settlements": [pay_out.pk],
        "bank_lines": [line.pk],
    }

    desk.match(NET - 500)
    desk.round(at(27, 12))

    assert SettlementMatch.objects.count() == 1
    assert open_breaks() == {"BATCH_SHORT": NET}
    assert differences(desk) == {("paid_out_credited", "BATCH_SHORT"): -500}
    assert balances()["1110:billdesk"] == 500
    assert broken() == []


def test_f62_credit_in_two_parts_is_proposed_and_matched_by_two_people(desk):
    desk.report(settled(about(posted())))
    desk.statement(("24-11-2026", "UTR1", 100_000), ("24-11-2026", "UTR2", NET - 100_000))
    desk.round(at(27))
    proposed = ReconBreak.objects.get(kind="BATCH_SHORT").suggestion
    assert proposed["bank_lines"] == list(BankLine.objects.order_by("pk").values_list("pk", flat=True))

    desk.match(100_000)
    desk.match(NET - 100_000)
    desk.round(at(27, 12))

    assert open_breaks() == {}
    assert totals(desk).outcome == Outcome.TIES_OUT
    assert broken() == []


def test_f62_one_credit_for_two_pay_outs_is_proposed_and_matched_by_two_people(desk):
    desk.report(settled(about(posted())), settled(about(posted(bank_ref="2")), on=WEDNESDAY))
    desk.statement(("25-11-2026", "UTR1", 2 * NET))
    desk.round(at(26))
    proposed = ReconBreak.objects.get(kind="BANK_UNIDENTIFIED").suggestion
    assert proposed["settlements"] == list(Settlement.objects.order_by("pk").values_list("pk", flat=True))

    desk.match(NET, line=2 * NET)
    desk.match(NET, line=2 * NET, pay_out=1)
    desk.round(at(26, 12))

    assert (open_breaks(), SettlementCredit.objects.count(), broken()) == ({}, 2, [])


def test_f63_credit_with_a_number_in_its_narration_is_proposed_for_whose_number_it_is(desk):
    desk.statement(("24-11-2026", "110260100051", 50_000))
    desk.round(at(25))

    found = ReconBreak.objects.get(kind="BANK_UNIDENTIFIED")
    assert found.suggestion == {"act": "identify", "kind": "test_dues", "reference": "110260100051"}


# --- By force ---------------------------------------------------------------------------------------------------------


def test_f64_break_that_still_differs_is_closed_by_force_and_not_opened_again(desk):
    desk.report(settled(about(posted()), gst=182))
    desk.statement(("24-11-2026", "UTR1", NET - 2))
    desk.round(at(25))
    found = force("FEE_DIFF")
    desk.round(at(27))

    assert (found.how, found.note, found.maker, found.approver) == ("force", "Written off, note 7", "clerk", "approver")
    assert open_breaks() == {}
    assert totals(desk).outcome == Outcome.ACCEPTED
    assert totals(desk).between(Stage.SETTLED_NET)[0].accepted_breaks == 1


def test_f64_break_that_is_over_is_closed_by_hand_and_not_by_force(desk):
    desk.report(settled(refs("T-9", "KP-9", "9"), 500, 0, 0))
    desk.round(at(25))
    desk.report(settled(refs("T-8", "KP-8", "8"), 500, 0, 0), is_correction=True)
    found = ReconBreak.objects.get(kind="GATEWAY_ONLY")
    asked = breaks.ask_to_close(found.pk, detail="Withdrawn", maker="clerk", now=at(25))

    assert breaks.approve_closing(asked.pk, approver="approver", now=at(25)).how == "manual"


def test_what_closed_by_itself_and_comes_back_is_opened_a_second_time(desk):
    payment = posted()
    desk.round(at(25))
    desk.report(settled(about(payment)))
    desk.round(at(25, 12))
    desk.report(settled(refs("T-8", "KP-8", "8"), 5, 0, 0), is_correction=True)
    desk.round(at(26))

    found = ReconBreak.objects.filter(kind="NOT_SETTLED").order_by("times")
    assert list(found.values_list("times", "closing__how")) == [(1, "auto"), (2, None)]
