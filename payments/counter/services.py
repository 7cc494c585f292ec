"""Writing: money that a cashier takes. The cashier only reports; `posting` believes it, as it believes a gateway.

A counter is an account like those of the gateways, so that books, receipts and reversals know one kind of payment. It has
nobody to ask: what is handed over is there, or it is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from payments import contention, posting
from payments.counter import shifts
from payments.gateways.base import ReportStatus, TransactionReport
from payments.models import HandedOver, Receipt
from payments.services import start_at_counter
from payments.states import SUBJECT_TO_REALISATION, Instrument

if TYPE_CHECKING:
    from datetime import datetime

    from payments.models import PaymentAttempt

log = structlog.get_logger()

# Three months and six digits are the banks' rules as everybody knows them; no circular was read. Assumptions, ADR 0028.
GOOD_FOR = timedelta(days=92)
PAPER_NUMBER = re.compile(r"\d{6}")
CARD_REFERENCE = re.compile(r"[A-Z0-9]{4,20}")
MOST_OF_A_BANK = 80


class InstrumentUnknown(ServiceError):
    code = "instrument_unknown"
    message = _("Please choose what is handed over: cash, a cheque, a demand draft or a card.")
    field = "instrument"


class CashTooLittle(ServiceError):
    code = "cash_too_little"
    message = _("{amount} is to be paid. Please ask for the rest before you take the cash.")
    field = "given_paise"


class PaperNumberMalformed(ServiceError):
    code = "paper_number_malformed"
    message = _(
        "The number of a cheque or draft has six digits: the first group at its foot. Please type it as it stands there."
    )
    field = "number"


class CardReferenceMalformed(ServiceError):
    code = "card_reference_malformed"
    message = _("Please type the reference that the terminal printed on the card slip: letters and digits.")
    field = "number"


class BankMissing(ServiceError):
    code = "bank_missing"
    message = _("Please type the bank and branch that stand on the cheque or draft.")
    field = "bank"


class PaperDateMissing(ServiceError):
    code = "paper_date_missing"
    message = _("Please type the date that stands on the cheque or draft.")
    field = "dated"


class PaperPostDated(ServiceError):
    code = "paper_post_dated"
    message = _("This cheque or draft is dated after today, and no bank would pay it. Please do not take it.")
    field = "dated"


class PaperStale(ServiceError):
    code = "paper_stale"
    message = _(
        "This cheque or draft is more than three months old, and no bank would pay it. Please ask for another one."
    )
    field = "dated"


@dataclass(frozen=True, slots=True)
class Handed:
    """What a payer hands over, as the cashier types it. `given_paise` is the cash before change, where it was counted."""

    instrument: str
    number: str = ""
    bank: str = ""
    dated: date | None = None
    given_paise: int | None = None


def take(*, token: str, handed: Handed, cashier: str, now: datetime) -> Receipt:
    """Take what is handed over for an order, whole, in the cashier's open shift. Returns the receipt.

    All of it happens in one transaction, or nothing: an order that was paid meanwhile refuses the money while it can still
    be given back.

    :raises ShiftNotOpen, ShiftOfAnotherDay: the cashier cannot take money now
    :raises OrderNotFound, OrderAlreadyPaid, OrderExpired, PaymentInProgress: nor can it be paid
    :raises ServiceError: what is handed over is not good, as the classes above say
    """
    receipt = contention.begun_anew(lambda: _take(token, handed, cashier, now))
    log.info("counter_payment_taken", receipt_number=receipt.receipt_number, instrument=handed.instrument)
    return receipt


@transaction.atomic
def _take(token: str, handed: Handed, cashier: str, now: datetime) -> Receipt:
    shift = shifts.shift_to_take_money(cashier=cashier, now=now)
    account = shift.counter.account
    attempt = start_at_counter(token=token, account=account, now=now)
    good = cleaned(handed, amount_paise=attempt.amount_paise, on=day_of(now))
    HandedOver.objects.create(
        attempt=attempt,
        shift=shift,
        instrument=good.instrument,
        number=good.number,
        bank=good.bank,
        dated=good.dated,
        given_paise=good.given_paise,
        taken_at=now,
    )
    posting.apply_report(account=account, report=_report(attempt, good, account.merchant_id, now), now=now)
    return Receipt.objects.select_related("payment").get(payment__transaction__attempt=attempt)


def cleaned(handed: Handed, *, amount_paise: int, on: date) -> Handed:
    """Return what is handed over without what does not belong to its kind. :raises ServiceError: it is not good"""
    if handed.instrument not in Instrument.values:
        raise InstrumentUnknown
    if handed.instrument == Instrument.CASH:
        if handed.given_paise is not None and handed.given_paise < amount_paise:
            raise CashTooLittle(amount=rupee_text(amount_paise))
        return Handed(handed.instrument, given_paise=handed.given_paise)
    number = digits.to_ascii(handed.number).strip().upper()
    if handed.instrument in SUBJECT_TO_REALISATION:
        return _paper(handed, number, on)
    if not CARD_REFERENCE.fullmatch(number):
        raise CardReferenceMalformed
    return Handed(handed.instrument, number=number)


def _paper(handed: Handed, number: str, on: date) -> Handed:
    bank = " ".join(handed.bank.split())[:MOST_OF_A_BANK]
    if not PAPER_NUMBER.fullmatch(number):
        raise PaperNumberMalformed
    if not bank:
        raise BankMissing
    if handed.dated is None:
        raise PaperDateMissing
    if handed.dated > on:
        raise PaperPostDated
    if handed.dated < on - GOOD_FOR:
        raise PaperStale
    return Handed(handed.instrument, number=number, bank=bank, dated=handed.dated)


def _report(attempt: PaymentAttempt, handed: Handed, merchant_id: str, now: datetime) -> TransactionReport:
    return TransactionReport(
        order_ref=attempt.order_ref,
        transaction_ref=attempt.order_ref,
        status=ReportStatus.SUCCEEDED,
        raw_status="taken",
        amount_paise=attempt.amount_paise,
        bank_ref=handed.number,
        method=handed.instrument,
        happened_at=now,
        merchant_id=merchant_id,
    )
