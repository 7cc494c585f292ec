"""What every gateway must do, asked over real HTTP of a sandbox on a loopback port.

A gateway's test module subclasses `GatewayContract`, and the classes below it that name what the gateway can do, and gives
them two fixtures: `bench`, which opens a page, pays and moves the clock, and `gateway`, which speaks to it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from payments.gateways.base import (
    AlreadyOpened,
    CheckoutRequest,
    MaybeSent,
    NotKnown,
    Refused,
    ReportStatus,
    TransactionReport,
    WireMessage,
)

if TYPE_CHECKING:
    from payments.gateways.base import Gateway
    from payments.tests.billdesk_bench import Bench

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REFUND_DAY = date(2026, 11, 24)
SUCCEEDED, PENDING, FAILED = ReportStatus.SUCCEEDED, ReportStatus.PENDING, ReportStatus.FAILED


def an_order(amount_paise: int, order_ref: str = "KMCPT0001") -> CheckoutRequest:
    return CheckoutRequest(
        order_ref=order_ref,
        amount_paise=amount_paise,
        order_at=START,
        return_url="http://portal.example/pay/return/billdesk/",
        payer_ip="203.0.113.7",
        user_agent="Mozilla/5.0",
        additional_info=("KP261123ABCDEFG", "property_tax"),
    )


class GatewayContract:
    """What all of them must do: each ending that a payment can have, and every way in which an answer can go wrong."""

    def pay(self, gateway: Gateway, bench: Bench, paise: int, **form: str) -> TransactionReport:
        """Open an order for 12,450 rupees and so many paise, press Pay, and return what the browser brings back."""
        checkout = gateway.open(an_order(1_245_000 + paise))
        report = gateway.read(bench.press(checkout, **form))
        assert isinstance(report, TransactionReport)
        return report

    def statuses(self, gateway: Gateway) -> list[ReportStatus]:
        return [report.status for report in gateway.ask("KMCPT0001")]

    # --- open -----------------------------------------------------------------------------------------------------

    def test_open_page_lives_half_an_hour(self, gateway, bench):
        assert gateway.open(an_order(1_245_000)).valid_until == START + timedelta(minutes=30)

    # --- read and ask, by the ending that the paise choose ----------------------------------------------------------

    @pytest.mark.parametrize(
        ("paise", "brought", "asked", "later", "webhooks"),
        [
            (0, SUCCEEDED, [SUCCEEDED], [SUCCEEDED], 1),
            (1, FAILED, [FAILED], [FAILED], 1),
            (2, PENDING, [PENDING], [SUCCEEDED], 1),
            (3, PENDING, [PENDING], [FAILED], 1),
            (4, SUCCEEDED, [SUCCEEDED], [SUCCEEDED], 0),
            (5, SUCCEEDED, [SUCCEEDED], [SUCCEEDED], 3),
            (6, SUCCEEDED, [SUCCEEDED], [SUCCEEDED], 1),
            (9, SUCCEEDED, [SUCCEEDED], [SUCCEEDED], 1),
            (12, PENDING, [PENDING], [PENDING], 0),
            (50, SUCCEEDED, [SUCCEEDED], [SUCCEEDED], 1),
        ],
    )
    def test_ending_by_paise(self, gateway, bench, paise, brought, asked, later, webhooks):
        assert self.pay(gateway, bench, paise).status == brought
        assert self.statuses(gateway) == asked
        bench.advance(minutes=2)
        assert self.statuses(gateway) == later
        bench.advance(seconds=1)
        assert len(bench.webhooks()) == webhooks

    def test_pay_brings_what_was_asked(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        assert (report.order_ref, report.amount_paise, report.merchant_id, report.currency, report.method) == (
            "KMCPT0001",
            1_245_000,
            bench.credentials.merchant_id,
            "356",
            "upi",
        )
        assert report.happened_at == START

    def test_late_success_comes_after_the_page_has_died(self, gateway, bench):
        self.pay(gateway, bench, 7)
        bench.advance(minutes=30)
        assert self.statuses(gateway) == [PENDING]
        bench.advance(minutes=2)
        assert self.statuses(gateway) == [SUCCEEDED]

    def test_deemed_payment_fails_a_day_later(self, gateway, bench):
        self.pay(gateway, bench, 12)
        bench.advance(days=1)
        assert self.statuses(gateway) == [FAILED]

    def test_short_amount_is_reported_as_it_is(self, gateway, bench):
        self.pay(gateway, bench, 9)
        assert [report.amount_paise for report in gateway.ask("KMCPT0001")] == [1_244_909]

    def test_status_nobody_knows_is_unknown_and_no_failure(self, gateway, bench):
        report = self.pay(gateway, bench, 2)
        bench.post(f"/sim/transactions/{report.transaction_ref}/status", status="0777")
        assert self.statuses(gateway) == [ReportStatus.UNKNOWN]

    def test_ask_unknown_order_knows_nothing(self, gateway, bench):
        assert gateway.ask("KMCPT9999") == ()

    def test_ask_order_nobody_paid_knows_nothing(self, gateway, bench):
        gateway.open(an_order(1_245_000))
        assert gateway.ask("KMCPT0001") == ()

    def test_ask_answer_about_another_order_is_refused(self, gateway, bench):
        self.pay(gateway, bench, 0)
        bench.spoil("other_order")
        with pytest.raises(Refused):
            gateway.ask("KMCPT0001")

    # --- refunds --------------------------------------------------------------------------------------------------

    def test_refund_that_waits_is_done_later(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        assert gateway.refund(report, refund_ref="R1", amount_paise=10_002).status == PENDING
        bench.advance(minutes=2)
        assert gateway.ask_refund(report, refund_ref="R1").status == SUCCEEDED

    def test_refund_that_fails_leaves_the_money_to_refund(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        assert gateway.refund(report, refund_ref="R1", amount_paise=10_001).status == FAILED
        assert gateway.refund(report, refund_ref="R2", amount_paise=1_245_000).status == SUCCEEDED

    def test_refund_without_answer_is_asked_about_and_not_repeated(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        bench.spoil("silent")
        with pytest.raises(MaybeSent):
            gateway.refund(report, refund_ref="R1", amount_paise=1_245_000)
        assert gateway.ask_refund(report, refund_ref="R1").status == SUCCEEDED

    def test_refund_that_waits_may_fail_later(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        assert gateway.refund(report, refund_ref="R1", amount_paise=10_003).status == PENDING
        bench.advance(minutes=2)
        assert gateway.ask_refund(report, refund_ref="R1").status == FAILED

    def test_refund_whose_status_nobody_knows_is_unknown(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        gateway.refund(report, refund_ref="R1", amount_paise=100)
        assert bench.post("/sim/refunds/R1/status", status="0777").status_code == 200
        assert gateway.ask_refund(report, refund_ref="R1").status == ReportStatus.UNKNOWN

    def test_ask_refund_that_never_arrived_is_not_known(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        with pytest.raises(NotKnown):
            gateway.ask_refund(report, refund_ref="R404")

    def test_cancelled_page_is_only_a_hint(self, gateway, bench):
        checkout = gateway.open(an_order(1_245_000))
        message = bench.press(checkout, action="cancel")
        assert isinstance(message, WireMessage)
        assert gateway.read(message).order_ref == "KMCPT0001"
        assert gateway.ask("KMCPT0001") == ()


class RegistersOrders:
    """A gateway that is told of an order before the payer comes."""

    def test_open_tried_again_after_silence_is_answered(self, gateway, bench):
        with pytest.raises(MaybeSent):
            gateway.open(an_order(1_245_011))
        assert gateway.open(an_order(1_245_011, "KMCPT0002")).gateway_order_ref != ""

    @pytest.mark.parametrize("fault", ["silent", "unavailable", "garbage"])
    def test_open_unusable_answer_may_have_been_sent(self, gateway, bench, fault):
        bench.spoil(fault)
        with pytest.raises(MaybeSent):
            gateway.open(an_order(1_245_000))

    @pytest.mark.parametrize("fault", ["other_amount", "other_order"])
    def test_open_answer_about_something_else_is_refused(self, gateway, bench, fault):
        bench.spoil(fault)
        with pytest.raises(Refused) as refusal:
            gateway.open(an_order(1_245_000))
        assert refusal.value.code == "OTHER_ANSWER"


class KnowsReferences:
    """A gateway that takes a reference of ours once."""

    def test_open_same_reference_twice_says_so(self, gateway, bench):
        gateway.open(an_order(1_245_000))
        with pytest.raises(AlreadyOpened):
            gateway.open(an_order(1_245_000))

    def test_open_without_answer_may_have_been_sent_and_was(self, gateway, bench):
        with pytest.raises(MaybeSent):
            gateway.open(an_order(1_245_011))
        with pytest.raises(AlreadyOpened):
            gateway.open(an_order(1_245_011))
        assert gateway.ask("KMCPT0001") == ()


class SealsAnswers:
    """A gateway whose answers are sealed, so that one that is not its own shows."""

    @pytest.mark.parametrize("fault", ["forged", "other_client"])
    def test_open_answer_that_is_not_the_gateways_may_have_been_sent(self, gateway, bench, fault):
        bench.spoil(fault)
        with pytest.raises(MaybeSent):
            gateway.open(an_order(1_245_000))

    def test_ask_forged_answer_is_never_believed(self, gateway, bench):
        self.pay(gateway, bench, 0)
        bench.spoil("forged")
        with pytest.raises(MaybeSent):
            gateway.ask("KMCPT0001")


class SignsReturns:
    """A gateway whose message through the browser reports the transaction itself."""

    def test_forged_messages_are_refused_and_asking_tells_the_truth(self, gateway, bench):
        with pytest.raises(Refused):
            self.pay(gateway, bench, 10)
        bench.advance(seconds=1)
        (webhook,) = bench.webhooks()
        with pytest.raises(Refused):
            gateway.read(webhook)
        assert self.statuses(gateway) == [SUCCEEDED]

    def test_webhook_says_what_the_browser_says(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        bench.advance(seconds=1)
        assert [gateway.read(message) for message in bench.webhooks()] == [report]

    def test_webhook_before_return_has_come_when_the_page_answers(self, gateway, bench):
        checkout = gateway.open(an_order(1_245_006))
        message = bench.press(checkout)
        assert [gateway.read(sent) for sent in bench.webhooks(wait=False)] == [gateway.read(message)]


class TellsEveryTry:
    """A gateway that tells of all transactions of an order."""

    def test_two_successes_are_two_transactions(self, gateway, bench):
        self.pay(gateway, bench, 8)
        assert len({report.transaction_ref for report in gateway.ask("KMCPT0001")}) == 2

    def test_failed_payment_can_be_tried_again_on_the_page(self, gateway, bench):
        checkout = gateway.open(an_order(1_245_000))
        bench.press(checkout, action="failure")
        bench.press(checkout)
        assert self.statuses(gateway) == [FAILED, SUCCEEDED]


class NamesRefunds:
    """A gateway where each refund is found by our reference, and a reference is given once."""

    def test_refund_of_all_and_of_parts(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        for number, paise in enumerate((1_000_000, 245_000)):
            given = gateway.refund(report, refund_ref=f"R{number}", amount_paise=paise)
            assert (given.status, given.amount_paise) == (SUCCEEDED, paise)
            assert gateway.ask_refund(report, refund_ref=f"R{number}") == given
        with pytest.raises(Refused):
            gateway.refund(report, refund_ref="R2", amount_paise=100)

    def test_refund_same_reference_twice_says_so(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        gateway.refund(report, refund_ref="R1", amount_paise=100)
        with pytest.raises(AlreadyOpened):
            gateway.refund(report, refund_ref="R1", amount_paise=100)


class ListsSettlements:
    """A gateway that can be asked for what it has paid out."""

    def test_settlement_comes_on_the_next_morning(self, gateway, bench):
        report = self.pay(gateway, bench, 0, method="card")
        assert gateway.settlements(REFUND_DAY) == ()
        bench.advance(days=1)
        (line,) = gateway.settlements(REFUND_DAY)
        assert (line.transaction_ref, line.order_ref, line.kind) == (report.transaction_ref, "KMCPT0001", "settled")
        assert (line.gross_paise, line.charges_paise, line.gst_paise) == (1_245_000, 11_205, 2_017)
        assert line.net_paise == line.gross_paise - line.charges_paise - line.gst_paise
        assert line.settled_on == REFUND_DAY

    def test_settlement_lists_refunds_beside_payments(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        gateway.refund(report, refund_ref="R1", amount_paise=100_000)
        bench.advance(days=1)
        lines = gateway.settlements(REFUND_DAY)
        assert [(line.kind, line.net_paise) for line in lines] == [("settled", 1_245_000), ("refund", 100_000)]

    def test_settlement_leaves_out_what_was_taken_back_before(self, gateway, bench):
        report = self.pay(gateway, bench, 0)
        gateway.refund(report, refund_ref="R1", amount_paise=1_245_000)
        bench.advance(days=1)
        assert gateway.settlements(REFUND_DAY) == ()


class GivesUpiLinks:
    """A gateway that is `TakesUpi`."""

    def test_upi_link_pays_our_amount_under_our_reference(self, gateway, bench):
        fields = parse_qs(urlsplit(gateway.open_upi(an_order(1_245_000)).url).query)
        assert (fields["am"], fields["tr"], fields["cu"]) == (["12450.00"], ["KMCPT0001"], ["INR"])

    def test_upi_payment_waits_for_the_payer(self, gateway, bench):
        gateway.open_upi(an_order(1_245_000))
        assert self.statuses(gateway) == [PENDING]
        bench.advance(seconds=10)
        assert self.statuses(gateway) == [SUCCEEDED]
        bench.advance(seconds=1)
        assert [gateway.read(message).status for message in bench.webhooks()] == [SUCCEEDED]

    def test_upi_payment_that_the_payer_declines_fails(self, gateway, bench):
        gateway.open_upi(an_order(1_245_001))
        bench.advance(seconds=10)
        assert self.statuses(gateway) == [FAILED]

    def test_upi_link_without_answer_may_have_been_made_and_was(self, gateway, bench):
        bench.spoil("silent")
        with pytest.raises(MaybeSent):
            gateway.open_upi(an_order(1_245_000))
        with pytest.raises(AlreadyOpened):
            gateway.open_upi(an_order(1_245_000))


class BillDeskContract(
    GatewayContract,
    RegistersOrders,
    KnowsReferences,
    SealsAnswers,
    SignsReturns,
    TellsEveryTry,
    NamesRefunds,
    ListsSettlements,
    GivesUpiLinks,
):
    """Everything, as BillDesk's present interface has it."""
