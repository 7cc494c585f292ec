"""A counter's money on its way to the bank: what waits, what a slip says, what the books and the bank's statement make of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kmc_portal.common.errors import ServiceError
from payments import invariants
from payments.counter import counters, deposits, shifts
from payments.counter.deposits import Slip, Waiting
from payments.counter.services import Handed
from payments.models import Counter, Receipt, ReconBreak, Settlement, SettlementLine
from payments.reconciliation.reporting import accounts_to_reconcile
from payments.reconciliation.running import reconcile
from payments.reconciliation.taking_in import take_in_statement
from payments.reconciliation.totals import Outcome, control_totals
from payments.reversals import services as reversals
from payments.tests.factories import NOW, OrderFactory
from payments.tests.test_counter import CASH, CHEQUE, balances, take

pytestmark = pytest.mark.django_db
PAID = 192_400
TODAY, EVENING, TOMORROW = NOW.date(), NOW + timedelta(hours=6), NOW + timedelta(days=1)
CARD, DRAFT = Handed("card", number="SLIP42"), Handed("draft", "000012", "UCO Bank", date(2026, 9, 1))


@pytest.fixture
def shift():
    counters.add_counter(number=7, place="Borough VI office")
    return shifts.open_shift(counter=7, cashier="mita", change={}, now=NOW)


def end(shift, *, is_checked=True) -> None:
    cash = shifts.cash_standing(shift) // 100
    shifts.close_shift(shift=shift.pk, notes={1: cash}, remark="", cashier="mita", now=EVENING)
    if is_checked:
        shifts.check_shift(shift=shift.pk, checker="rahim", now=EVENING)


def deposit(slip: Slip = Slip.CASH, paise: int = PAID, number: str = "CS-11", **changes) -> int:
    told = {"slip_number": number, "deposited_on": TODAY, "maker": "asha", "now": EVENING, **changes}
    return deposits.deposit(counter=7, slip=slip, amount_paise=paise, **told)


def statement(tmp_path, *lines: tuple[str, int]) -> None:
    """A statement of the next day: what each line narrates, and what it credits."""
    path = tmp_path / "statement.csv"
    rows = [f"2026-11-24,{said},{max(-paise, 0) / 100:.2f},{max(paise, 0) / 100:.2f}," for said, paise in lines]
    path.write_text("\n".join(["Value Date,Narration,Debit,Credit,UTR", *rows]) + "\n")
    take_in_statement(path, account="counter-007", maker="asha", now=TOMORROW)
    reconcile(account(), now=TOMORROW)


def account():
    return Counter.objects.get(number=7).account


def reverse(receipt: Receipt, reason: str) -> None:
    number = receipt.receipt_number
    asked = reversals.ask_for_reversal(
        receipt_number=number, reason=reason, detail="Memo 17", maker="mita", now=EVENING
    )
    reversals.approve_reversal(asked.pk, approver="asha", now=TOMORROW)


def broken() -> list[str]:
    return [one["name"] for one in invariants.verify(now=TOMORROW) if not one["holds"]]


def test_money_waits_by_slip_when_its_shift_is_checked(shift):
    for handed in (CASH, CHEQUE, DRAFT, CARD):
        take(OrderFactory(), handed)
    end(shift, is_checked=False)
    assert deposits.waiting() == []

    shifts.check_shift(shift=shift.pk, checker="rahim", now=EVENING)

    assert deposits.waiting() == [
        Waiting(7, Slip.CASH, 1, PAID),
        Waiting(7, Slip.PAPER, 2, 2 * PAID),
        Waiting(7, Slip.CARD, 1, PAID),
    ]


def test_what_was_reversed_before_does_not_go_to_the_bank(shift):
    reverse(take(OrderFactory(), CHEQUE), "dishonoured")
    end(shift)

    assert deposits.waiting() == []


def test_deposit_is_on_its_way_and_its_statement_puts_it_in_the_bank(shift, tmp_path):
    take(OrderFactory())
    end(shift)

    assert deposit(number=" cs-১১ ") == 1
    assert balances()["1110:counter-007"] == PAID
    assert "1200:counter-007" not in balances()
    assert deposits.waiting() == []
    statement(tmp_path, ("CS-11", PAID))

    assert balances()["1100:counter-007"] == PAID
    assert "1110:counter-007" not in balances()
    assert control_totals(account=account(), day=TODAY).outcome == Outcome.TIES_OUT
    assert broken() == []


def test_deposit_that_the_bank_credits_short_is_a_break(shift, tmp_path):
    take(OrderFactory())
    end(shift)
    deposit()

    statement(tmp_path, ("CS-11", PAID - 50_000))

    found = ReconBreak.objects.get()
    assert (found.kind, found.amount_paise) == ("BATCH_SHORT", 50_000)
    assert broken() == []


def test_counter_is_reconciled_from_its_first_deposit_on_and_what_stays_in_the_drawer_is_late(shift):
    take(OrderFactory())
    take(OrderFactory(), CHEQUE)
    end(shift)
    assert accounts_to_reconcile() == []
    deposit()

    assert accounts_to_reconcile() == [account()]
    reconcile(account(), now=NOW + timedelta(days=4))

    late = ReconBreak.objects.get(kind="NOT_SETTLED")
    assert late.payment.transaction.attempt.handed_over.number == "123456"


def test_dishonoured_cheque_leaves_its_deposit_as_it_leaves_the_bank(shift, tmp_path):
    good, bad = take(OrderFactory(), DRAFT), take(OrderFactory(), CHEQUE)
    end(shift)
    deposit(Slip.PAPER, 2 * PAID)

    reverse(bad, "dishonoured")
    assert balances()["1110:counter-007"] == PAID
    statement(tmp_path, ("CS-11", 2 * PAID), ("RETURN CS-11 123456", -PAID))

    row = SettlementLine.objects.get(kind="refund")
    assert (row.return_match.reversal.payment, row.bank_ref) == (bad.payment, "123456")
    totals = control_totals(account=account(), day=TODAY)
    assert (totals.paid.paise, totals.refunds.paise, totals.credited.paise) == (2 * PAID, PAID, PAID)
    assert totals.outcome == Outcome.TIES_OUT
    assert balances()["1100:counter-007"] == good.payment.amount_paise
    assert broken() == []


def test_cash_that_was_reversed_after_its_deposit_stays_in_the_bank_and_is_a_break(shift, tmp_path):
    receipt = take(OrderFactory())
    end(shift)
    deposit()
    reverse(receipt, "entered_wrongly")
    reconcile(account(), now=NOW + timedelta(days=7))

    assert not SettlementLine.objects.filter(kind="refund").exists()
    assert ReconBreak.objects.filter(kind="STATUS_DIFF", payment=receipt.payment).exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": ""}, "slip_number_malformed"),
        ({"number": "no 17"}, "slip_number_malformed"),
        ({"paise": PAID - 1}, "deposit_changed"),
        ({"slip": Slip.CARD}, "deposit_changed"),
        ({"deposited_on": None}, "deposited_on_malformed"),
        ({"deposited_on": TODAY - timedelta(days=1)}, "deposited_on_malformed"),
        ({"deposited_on": TODAY + timedelta(days=1)}, "deposited_on_malformed"),
    ],
)
def test_deposit_that_cannot_be_written(shift, changes, code):
    take(OrderFactory())
    end(shift)

    with pytest.raises(ServiceError) as refused:
        deposit(**changes)

    assert (refused.value.code, Settlement.objects.count()) == (code, 0)


def test_the_same_money_is_not_deposited_twice(shift):
    take(OrderFactory())
    end(shift)
    deposit()

    with pytest.raises(deposits.DepositChanged):
        deposit()
    assert balances()["1110:counter-007"] == PAID
