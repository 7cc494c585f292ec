"""A cashier's day: the drawer is opened, counted, explained and checked by somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from payments.counter import counters, shifts
from payments.counter import services as counter
from payments.counter.services import Handed
from payments.models import Shift
from payments.reversals import services as reversals
from payments.tests.factories import NOW, AttemptFactory, OrderFactory
from payments.tests.test_counter import CHEQUE, take

pytestmark = pytest.mark.django_db
EVENING = NOW + timedelta(hours=6)


@pytest.fixture
def shift():
    counters.add_counter(number=7, place="Borough VI office")
    counters.add_counter(number=8, place="Borough VII office")
    return shifts.open_shift(counter=7, cashier="mita", change={500: 1}, now=NOW)


def close(shift: Shift, *, remark: str = "", **notes: int) -> Shift:
    counted = {int(name.removeprefix("of_")): count for name, count in notes.items()}
    return shifts.close_shift(shift=shift.pk, notes=counted, remark=remark, cashier="mita", now=EVENING)


def test_change_is_counted_by_notes_and_coins(shift):
    assert (shift.change, shift.float_paise) == ({"500": 1}, 50_000)


def test_drawer_holds_its_change_and_the_cash_that_was_taken(shift):
    take(OrderFactory())
    take(OrderFactory(), CHEQUE)

    closed = close(shift, of_500=4, of_200=2, of_20=1, of_2=2)

    assert (closed.expected_paise, closed.counted_paise) == (242_400, 242_400)
    assert closed.notes == {"500": 4, "200": 2, "20": 1, "2": 2}


def test_cash_given_back_is_not_expected(shift):
    receipt = take(OrderFactory())
    asked = reversals.ask_for_reversal(
        receipt_number=receipt.receipt_number, reason="entered_wrongly", detail="Slip 1", maker="mita", now=NOW
    )
    reversals.approve_reversal(asked.pk, approver="asha", now=NOW)

    assert close(shift, of_500=1).expected_paise == 50_000


def test_difference_needs_a_reason(shift):
    with pytest.raises(shifts.DifferenceUnexplained) as refused:
        close(shift, of_500=2)
    assert refused.value.user_message.startswith("The drawer should hold ₹500.00 and holds ₹1,000.00.")

    assert close(shift, remark="A payer left her change", of_500=2).remark == "A payer left her change"


@pytest.mark.parametrize("notes", [{"of_500": -1}, {"of_3": 1}])
def test_count_that_is_none(shift, notes):
    with pytest.raises(shifts.NotesMalformed):
        close(shift, **notes)


def test_closed_shift_takes_nothing_and_is_not_counted_again(shift):
    close(shift, of_500=1)

    with pytest.raises(shifts.ShiftNotOpen):
        take(OrderFactory())
    with pytest.raises(shifts.ShiftClosed):
        close(shift, of_500=1)


def test_only_its_cashier_closes_a_shift(shift):
    with pytest.raises(shifts.ShiftNotOpen):
        shifts.close_shift(shift=shift.pk, notes={500: 1}, remark="", cashier="rana", now=EVENING)


def test_colleague_checks_the_count_once(shift):
    with pytest.raises(shifts.ShiftNotClosed):
        shifts.check_shift(shift=shift.pk, checker="asha", now=EVENING)
    close(shift, of_500=1)
    with pytest.raises(shifts.ShiftCheckerIsCashier):
        shifts.check_shift(shift=shift.pk, checker="mita", now=EVENING)

    assert shifts.check_shift(shift=shift.pk, checker="asha", now=EVENING).checked_by == "asha"
    with pytest.raises(shifts.ShiftChecked):
        shifts.check_shift(shift=shift.pk, checker="rana", now=EVENING)


def test_handover_is_one_shift_after_the_other(shift):
    with pytest.raises(shifts.CounterTaken):
        shifts.open_shift(counter=7, cashier="rana", change={}, now=EVENING)
    close(shift, of_500=1)

    assert shifts.open_shift(counter=7, cashier="rana", change={500: 1}, now=EVENING).cashier == "rana"


def test_cashier_stands_at_one_counter(shift):
    with pytest.raises(shifts.CounterTaken):
        shifts.open_shift(counter=8, cashier="mita", change={}, now=EVENING)


@pytest.mark.parametrize(
    ("number", "change", "code"),
    [
        (8, None, "change_not_counted"),
        (8, {500: -1}, "notes_malformed"),
        (8, {3: 1}, "notes_malformed"),
        (9, {}, "counter_not_found"),
    ],
)
def test_shift_that_cannot_begin(shift, number, change, code):
    with pytest.raises(counter.ServiceError) as refused:
        shifts.open_shift(counter=number, cashier="rana", change=change, now=NOW)

    assert refused.value.code == code


def test_counter_out_of_use_opens_no_shift(shift):
    counters.GatewayAccount.objects.filter(code="counter-008").update(is_active=False)

    with pytest.raises(shifts.CounterNotFound):
        shifts.open_shift(counter=8, cashier="rana", change={}, now=NOW)


# --- Guards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("shift_open_once_per_counter", {"cashier": "rana"}),
        ("shift_open_once_per_cashier", {"counter_id": 8}),
        ("shift_checked_by_another", {"counter_id": 8, "cashier": ""}),
        ("shift_float_not_negative", {"counter_id": 8, "cashier": "rana", "float_paise": -1}),
        ("shift_closing_is_whole", {"closed_at": EVENING}),
        ("shift_closing_is_whole", {"closed_at": EVENING, "counted_paise": 0}),
        ("shift_closing_is_whole", {"counter_id": 8, "cashier": "rana", "counted_paise": 0, "expected_paise": 0}),
        ("shift_closing_is_whole", {"closed_at": NOW - timedelta(1), "counted_paise": 0, "expected_paise": 0}),
        ("shift_difference_is_explained", {"closed_at": EVENING, "counted_paise": 0, "expected_paise": 1}),
        ("shift_check_is_whole", {"counter_id": 8, "cashier": "rana", "checked_by": "asha", "checked_at": EVENING}),
        (
            "shift_check_is_whole",
            {"closed_at": EVENING, "counted_paise": 0, "expected_paise": 0, "checked_by": "asha"},
        ),
        (
            "shift_checked_by_another",
            {"closed_at": NOW, "counted_paise": 0, "expected_paise": 0, "checked_by": "mita", "checked_at": EVENING},
        ),
    ],
)
def test_database_refuses_a_shift(shift, constraint, changes):
    values = {"counter_id": 7, "cashier": "mita", "day": NOW.date(), "opened_at": NOW, "float_paise": 0, **changes}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Shift.objects.create(**values)


@pytest.mark.parametrize("change", [{"counted_paise": 1, "expected_paise": 1}, {"remark": "later"}, {"closed_at": NOW}])
def test_count_never_changes(shift, change):
    close(shift, of_500=1)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Shift.objects.update(**change)


def test_check_never_changes(shift):
    close(shift, of_500=1)
    shifts.check_shift(shift=shift.pk, checker="asha", now=EVENING)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Shift.objects.update(checked_by="rana")


def test_shift_is_never_deleted(shift):
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        shift.delete()


def test_money_joins_no_closed_shift(shift):
    close(shift, of_500=1)

    with pytest.raises(IntegrityError, match="is closed"), transaction.atomic():
        counter.HandedOver.objects.create(attempt=AttemptFactory(), shift=shift, instrument="cash", taken_at=EVENING)


def test_changed_mind_before_the_money_is_taken_leaves_nothing(shift):
    with pytest.raises(counter.CashTooLittle):
        take(OrderFactory(), Handed("cash", given_paise=1))

    assert close(shift, of_500=1).counted_paise == 50_000
