"""Money across a counter: what is taken, what is not, and what the books and the receipt say of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from payments import invariants, papers
from payments.accounts.services import NoGatewayAccount, account_for
from payments.counter import counters, shifts
from payments.counter import services as counter
from payments.counter.services import Handed
from payments.models import (
    Allocation,
    GatewayAccount,
    HandedOver,
    JournalLine,
    Payment,
    PaymentAttempt,
    PaymentOrder,
    Receipt,
    ReconBreak,
)
from payments.posting import apply_report
from payments.queries import receipt_by_token
from payments.reversals import services as reversals
from payments.services import OrderAlreadyPaid, OrderExpired, OrderNotFound, PaymentInProgress
from payments.tests.factories import KIND, NOW, AccountFactory, AttemptFactory, OrderFactory, report

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
CASH = Handed("cash")
CHEQUE = Handed("cheque", number="123456", bank="State Bank of India, Burrabazar", dated=TODAY)


@pytest.fixture
def shift():
    counters.add_counter(number=7, place="Borough VI office")
    return shifts.open_shift(counter=7, cashier="mita", change={500: 1}, now=NOW)


@pytest.fixture
def order(shift):
    return OrderFactory()


def take(order: PaymentOrder, handed: Handed = CASH, **changes) -> Receipt:
    return counter.take(**{"token": order.token, "handed": handed, "cashier": "mita", "now": NOW, **changes})


def balances() -> dict[str, int]:
    sums: dict[str, int] = {}
    for line in JournalLine.objects.all():
        sums[line.account] = sums.get(line.account, 0) + line.debit_paise - line.credit_paise
    return {account: paise for account, paise in sums.items() if paise}


# --- Taken ------------------------------------------------------------------------------------------------------------


def test_cash_pays_the_bills_at_once(order, dues):
    receipt = take(order)
    order.refresh_from_db()

    assert receipt.receipt_number == "CT-007/2026-27/000001"
    assert (order.state, receipt.payment.amount_paise, dues.paid) == ("paid", 192_400, {"PD-1", "PD-2"})


def test_books_owe_the_sum_to_the_counter_until_it_is_deposited(order):
    take(order)

    assert balances()["1200:counter-007"] == 192_400
    assert all(one["holds"] for one in invariants.verify(now=NOW))


def test_receipts_of_a_counter_are_numbered_by_themselves(shift):
    web = AttemptFactory()
    apply_report(account=web.account, report=report(web), now=NOW)
    first, second = OrderFactory(), OrderFactory()

    assert take(first).receipt_number.endswith("000001")
    assert take(second).receipt_number == "CT-007/2026-27/000002"
    assert set(Receipt.objects.values_list("series", flat=True)) == {"PT-026", "CT-007"}


@pytest.mark.parametrize(
    ("handed", "kept"),
    [
        (Handed("cash", number="7", bank="SBI", dated=TODAY), ("cash", "", "", None, None)),
        (Handed("cash", given_paise=200_000), ("cash", "", "", None, 200_000)),
        (Handed("cheque", " ১২৩৪৫৬ ", "  State  Bank ", TODAY), ("cheque", "123456", "State Bank", TODAY, None)),
        (
            Handed("draft", "000012", "UCO Bank", date(2026, 9, 1)),
            ("draft", "000012", "UCO Bank", date(2026, 9, 1), None),
        ),
        (Handed("card", "ab12cd", "SBI"), ("card", "AB12CD", "", None, None)),
    ],
)
def test_what_is_handed_over_is_kept_as_its_kind_needs(order, handed, kept):
    take(order, handed)

    found = HandedOver.objects.get()
    assert (found.instrument, found.number, found.bank, found.dated, found.given_paise) == kept


def test_receipt_names_counter_cashier_and_cheque(order):
    found = receipt_by_token(token=take(order, CHEQUE).token)

    assert dict(papers.payment_details(found)[3:]) == {
        "Cheque, draft or card slip": "123456",
        "Bank and branch": "State Bank of India, Burrabazar",
        "Dated": "23 November 2026",
        "Counter": "007, Borough VI office",
        "Cashier": "mita",
    }


@pytest.mark.parametrize(("handed", "is_subject"), [(CASH, False), (CHEQUE, True), (Handed("card", "1234"), False)])
def test_only_paper_is_subject_to_realisation(order, handed, is_subject):
    found = receipt_by_token(token=take(order, handed).token)

    assert ("Subject to realisation" in papers.realisation_text(found)) is is_subject


def test_page_of_a_gateway_that_was_open_is_given_up(order):
    page = AttemptFactory(order=order)

    take(order)
    page.refresh_from_db()
    assert (page.state, PaymentAttempt.objects.get(way="desk").state) == ("expired", "succeeded")


# --- Not taken --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handed", "code"),
    [
        (Handed("gold"), "instrument_unknown"),
        (Handed("cash", given_paise=192_399), "cash_too_little"),
        (Handed("cheque", "12345", "SBI", TODAY), "paper_number_malformed"),
        (Handed("cheque", "1234567", "SBI", TODAY), "paper_number_malformed"),
        (Handed("draft", "12345a", "SBI", TODAY), "paper_number_malformed"),
        (Handed("cheque", "123456", " ", TODAY), "bank_missing"),
        (Handed("cheque", "123456", "SBI"), "paper_date_missing"),
        (Handed("cheque", "123456", "SBI", TODAY + timedelta(days=1)), "paper_post_dated"),
        (Handed("cheque", "123456", "SBI", TODAY - timedelta(days=93)), "paper_stale"),
        (Handed("card"), "card_reference_malformed"),
        (Handed("card", "12 34"), "card_reference_malformed"),
    ],
)
def test_what_is_no_good_is_given_back(order, handed, code):
    with pytest.raises(counter.ServiceError) as refused:
        take(order, handed)

    assert refused.value.code == code
    assert not Payment.objects.exists()
    assert not PaymentAttempt.objects.exists()


def test_cheque_is_good_for_three_months(order):
    assert take(order, Handed("cheque", "123456", "SBI", TODAY - timedelta(days=92))).pk


def test_second_cashier_finds_it_paid(order):
    take(order)

    with pytest.raises(OrderAlreadyPaid):
        take(order)
    assert Payment.objects.count() == 1


def test_payment_under_way_blocks_the_counter(order):
    AttemptFactory(order=order, state="pending")

    with pytest.raises(PaymentInProgress):
        take(order)


def test_price_of_yesterday_is_not_taken(order, dues):
    dues.due_paise += 1

    with pytest.raises(OrderExpired):
        take(order)


def test_token_of_nobody_is_refused(shift):
    with pytest.raises(OrderNotFound):
        counter.take(token="strange", handed=CASH, cashier="mita", now=NOW)


def test_without_a_shift_nothing_is_taken(order):
    with pytest.raises(shifts.ShiftNotOpen):
        take(order, cashier="rana")


def test_yesterdays_shift_takes_nothing(order):
    with pytest.raises(shifts.ShiftOfAnotherDay) as refused:
        take(order, now=NOW + timedelta(days=1))

    assert "23 November 2026" in refused.value.user_message


def test_counter_is_no_gateway_for_citizens(shift):
    with pytest.raises(NoGatewayAccount):
        account_for(service=KIND, amount_paise=100, now=NOW)


def test_counter_is_no_play_money(shift, settings):
    settings.DEBUG = False

    call_command("check", database=["default"])


# --- The fault matrix -------------------------------------------------------------------------------------------------


def test_f25_late_success_after_a_counter_payment_becomes_an_advance(order):
    page = AttemptFactory(order=order)
    take(order)

    apply_report(account=page.account, report=report(page), now=NOW + timedelta(days=2))
    assert list(Allocation.objects.filter(payment__transaction__attempt=page).values_list("kind", "amount_paise")) == [
        ("advance", 192_400)
    ]
    assert ReconBreak.objects.get().kind == "DUPLICATE_SUCCESS"
    assert all(one["holds"] for one in invariants.verify(now=NOW))


def test_f37_dishonoured_cheque_is_undone_with_its_receipt(order, dues):
    receipt = take(order, CHEQUE)
    asked = reversals.ask_for_reversal(
        receipt_number=receipt.receipt_number, reason="dishonoured", detail="Memo 44", maker="mita", now=NOW
    )
    done = reversals.approve_reversal(asked.pk, approver="asha", now=NOW + timedelta(days=3))

    assert done.reversal_number == "RV-CT-007/2026-27/000001"
    assert (balances(), dues.paid) == ({}, set())
    assert all(one["holds"] for one in invariants.verify(now=NOW))


@pytest.mark.django_db(transaction=True)
def test_two_counters_at_once_take_it_once(dues):
    orders = OrderFactory()
    for number in range(1, 5):
        counters.add_counter(number=number, place="Treasury")
        shifts.open_shift(counter=number, cashier=f"cashier {number}", change={}, now=NOW)

    def one(number: int) -> str:
        try:
            return take(orders, cashier=f"cashier {number}").receipt_number
        except OrderAlreadyPaid as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        said = sorted(pool.map(one, range(1, 5)))
    assert said[1:] == ["order_already_paid"] * 3
    assert Payment.objects.count() == 1


def test_what_was_handed_over_and_not_posted_is_an_offender(shift):
    attempt = AttemptFactory()
    HandedOver.objects.create(attempt=attempt, shift=shift, instrument="cash", taken_at=NOW)

    assert [one["first_offender"] for one in invariants.verify(now=NOW) if not one["holds"]] == [
        f"attempt {attempt.order_ref}"
    ]


# --- Guards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"instrument": "gold"},
        {"instrument": "cash", "number": "1"},
        {"instrument": "card", "number": ""},
        {"instrument": "cheque", "number": "123456", "bank": "", "dated": TODAY},
        {"instrument": "cheque", "number": "123456", "bank": "SBI", "dated": None},
        {"instrument": "draft", "number": "", "bank": "SBI", "dated": TODAY},
        {"instrument": "draft", "number": "123456", "bank": "SBI", "dated": TODAY, "given_paise": 1},
    ],
)
def test_database_refuses_an_instrument_without_its_paper(shift, changes):
    with pytest.raises(IntegrityError, match="handed_over_"), transaction.atomic():
        HandedOver.objects.create(attempt=AttemptFactory(), shift=shift, taken_at=NOW, **changes)


def test_what_was_handed_over_never_changes(order):
    take(order)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        HandedOver.objects.update(number="1")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        HandedOver.objects.all().delete()


@pytest.mark.parametrize(
    ("number", "place", "code"),
    [
        (0, "Here", "counter_number_malformed"),
        (1000, "Here", "counter_number_malformed"),
        (None, "Here", "counter_number_malformed"),
        (8, " ", "counter_place_missing"),
        (7, "There", "counter_number_used"),
    ],
)
def test_counter_that_cannot_be_made(shift, number, place, code):
    with pytest.raises(counter.ServiceError) as refused:
        counters.add_counter(number=number, place=place)

    assert refused.value.code == code
    assert GatewayAccount.objects.filter(gateway="counter").count() == 1


def test_database_refuses_a_counter_of_four_digits():
    account = AccountFactory(code="counter-1000")

    with pytest.raises(IntegrityError, match="counter_of_three_digits"), transaction.atomic():
        counters.Counter.objects.create(number=1000, account=account, place="Here")
