"""Every verified rupee lands once, whatever the order in which the world tells of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from payments.gateways.base import ReportStatus
from payments.models import (
    Allocation,
    GatewayTransaction,
    JournalLine,
    OutboxMessage,
    Payment,
    PaymentAttempt,
    PaymentOrder,
    Receipt,
    ReceiptSeries,
    ReconBreak,
)
from payments.posting import ReportRejected, apply_report
from payments.tests.factories import KIND, NOW, AccountFactory, AttemptFactory, OrderFactory, report

pytestmark = pytest.mark.django_db


def post(attempt: PaymentAttempt, **changes) -> str:
    return apply_report(account=attempt.account, report=report(attempt, **changes), now=NOW)


def landed() -> list[tuple[str, str, int]]:
    return list(Allocation.objects.order_by("pk").values_list("kind", "bill", "amount_paise"))


def states(attempt: PaymentAttempt) -> tuple[str, str]:
    attempt.refresh_from_db()
    return PaymentOrder.objects.get().state, attempt.state


def test_success_is_posted_whole(dues):
    attempt = AttemptFactory()

    assert post(attempt) == "posted, PT-026/2026-27/000001"

    assert states(attempt) == ("paid", "succeeded")
    assert dues.paid == {"PD-1", "PD-2"}
    assert landed() == [("bill", "PD-1", 100_000), ("bill", "PD-2", 92_400)]
    assert list(JournalLine.objects.order_by("pk").values_list("account", "debit_paise", "credit_paise")) == [
        ("1200:billdesk", 192_400, 0),
        ("1300:test_dues:property_tax", 0, 197_400),
        ("5200:test_dues:rebate", 5_000, 0),
    ]
    assert list(Allocation.objects.order_by("pk").values_list("heads", "landed_on")) == [
        ({"property_tax": 100_000}, NOW.date()),
        ({"property_tax": 97_400, "rebate": -5_000}, NOW.date()),
    ]
    receipt = Receipt.objects.get()
    assert OutboxMessage.objects.get().payload == {
        "order_number": attempt.order.order_number,
        "amount_paise": 192_400,
        "language": "en",
        "kind": KIND,
        "told_to": [],
        "token": receipt.token,
        "code": receipt.code,
        "receipt_number": "PT-026/2026-27/000001",
    }
    assert not ReconBreak.objects.exists()


def test_same_report_again_changes_nothing():
    attempt = AttemptFactory()
    post(attempt)

    assert [post(attempt) for _ in range(3)] == ["known already"] * 3

    assert (Payment.objects.count(), Receipt.objects.count(), OutboxMessage.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("status", [ReportStatus.PENDING, ReportStatus.FAILED, ReportStatus.UNKNOWN])
def test_success_is_posted_after_any_other_word(status):
    attempt = AttemptFactory()

    post(attempt, status=status, raw_status="0002")
    post(attempt)

    assert states(attempt) == ("paid", "succeeded")
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("status", [ReportStatus.PENDING, ReportStatus.FAILED, ReportStatus.UNKNOWN])
def test_nothing_takes_a_success_back(status):
    attempt = AttemptFactory()
    post(attempt)

    post(attempt, status=status, raw_status="0399")

    assert states(attempt) == ("paid", "succeeded")
    assert GatewayTransaction.objects.get().status == "succeeded"


@pytest.mark.parametrize("status", ["pending", "unknown"])
def test_attempt_given_up_for_another_is_not_opened_beside_it(status):
    attempt = AttemptFactory(state="expired")
    AttemptFactory(order=attempt.order, order_ref="SECOND")

    outcome = post(attempt, status=ReportStatus(status), raw_status="0002")

    assert (outcome, states(attempt)) == ("stays expired", ("open", "expired"))


@pytest.mark.parametrize("status", ["pending", "failed", "unknown"])
def test_report_without_money_moves_the_attempt_and_no_book(status):
    attempt = AttemptFactory()

    post(attempt, status=ReportStatus(status))

    assert states(attempt) == ("open", status)
    assert not Payment.objects.exists()


@pytest.mark.parametrize("order_state", ["closed", "open"])
@pytest.mark.parametrize("attempt_state", ["expired", "failed", "unknown"])
def test_late_success_lands_on_the_bills(order_state, attempt_state):
    attempt = AttemptFactory(state=attempt_state, order__state=order_state)

    post(attempt)

    assert states(attempt) == ("paid", "succeeded")
    assert [part[0] for part in landed()] == ["bill", "bill"]


def test_second_success_becomes_an_advance_with_a_break():
    attempt = AttemptFactory()
    post(attempt)

    post(attempt, transaction_ref="T-2")

    assert landed()[2:] == [("advance", "", 192_400)]
    assert ReconBreak.objects.get().kind == "DUPLICATE_SUCCESS"
    assert list(Receipt.objects.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_bill_paid_meanwhile_becomes_an_advance(dues):
    attempt = AttemptFactory()
    dues.paid.add("PD-1")

    post(attempt)

    assert landed() == [("bill", "PD-2", 92_400), ("advance", "", 100_000)]
    assert ReconBreak.objects.get().kind == "DUPLICATE_SUCCESS"


def test_too_little_pays_no_bill_and_waits_in_suspense(dues):
    attempt = AttemptFactory()

    post(attempt, amount_paise=192_300)

    assert landed() == [("suspense", "", 192_300)]
    assert dues.paid == set()
    assert ReconBreak.objects.get().kind == "AMOUNT_DIFF"
    assert JournalLine.objects.get(credit_paise__gt=0).account == "2900"


def test_too_much_pays_the_bills_and_leaves_an_advance():
    attempt = AttemptFactory()

    post(attempt, amount_paise=200_000)

    assert landed()[2:] == [("advance", "", 7_600)]
    assert ReconBreak.objects.get().kind == "AMOUNT_DIFF"


@pytest.mark.parametrize(
    "changes",
    [{"order_ref": "KP0000"}, {"merchant_id": "SOMEBODY"}, {"currency": "840"}],
    ids=["order", "merchant", "dollars"],
)
def test_report_that_is_not_ours_is_rejected(changes):
    attempt = AttemptFactory()

    with pytest.raises(ReportRejected):
        post(attempt, **changes)

    assert not GatewayTransaction.objects.exists()


def test_report_of_another_account_is_rejected():
    attempt = AttemptFactory()
    other = AccountFactory(code="billdesk-2", merchant_id="KMCSIM2")

    with pytest.raises(ReportRejected):
        apply_report(account=other, report=replace(report(attempt), merchant_id="KMCSIM2"), now=NOW)


def test_receipt_numbers_run_without_a_hole_in_each_series():
    for series in ("PT-026", "PT-026", "PT-063", "PT-026"):
        post(AttemptFactory(order__series=series))

    assert list(Receipt.objects.order_by("pk").values_list("receipt_number", flat=True)) == [
        "PT-026/2026-27/000001",
        "PT-026/2026-27/000002",
        "PT-063/2026-27/000001",
        "PT-026/2026-27/000003",
    ]


def test_receipt_series_begins_anew_on_the_first_of_april_in_kolkata():
    last_minute = datetime(2027, 3, 31, 18, 29, tzinfo=UTC)
    new_year = datetime(2027, 3, 31, 18, 30, tzinfo=UTC)

    for moment in (last_minute, new_year):
        attempt = AttemptFactory()
        apply_report(account=attempt.account, report=report(attempt, happened_at=last_minute), now=moment)

    assert list(Receipt.objects.order_by("pk").values_list("receipt_number", flat=True)) == [
        "PT-026/2026-27/000001",
        "PT-026/2027-28/000001",
    ]
    assert {str(day) for day in Payment.objects.values_list("business_date", flat=True)} == {"2027-03-31"}


def test_order_open_again_after_a_failure_is_still_one_order():
    order = OrderFactory()
    first = AttemptFactory(order=order)
    post(first, status=ReportStatus.FAILED)
    second = AttemptFactory(order=order, order_ref=f"{order.order_number}02")

    post(second)

    assert landed() == [("bill", "PD-1", 100_000), ("bill", "PD-2", 92_400)]


def test_receipt_numbers_grow_past_six_digits():
    ReceiptSeries.objects.create(code="PT-026", financial_year=2026, last_number=999_999)

    assert post(AttemptFactory()) == "posted, PT-026/2026-27/1000000"
