"""Writing: giving back what stands in advance of a payment, asked for by one person and decided by another.

Money that stands on bills is not given back from here: a reversal frees it, or whoever moves it into the advance first. What is
approved is sent by `refund_sending`; what the treasury pays by hand is done with the approval.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date
from payments.counter.realisation import only_paper_until
from payments.decisions import services as decisions
from payments.gateways.registry import BUILDERS
from payments.models import Payment, Refund
from payments.refunds.moves import hold, left_of, locked, move
from payments.reversals.services import PaymentNotFound, ReversalAsked, check_undisputed
from payments.services import ALPHABET
from payments.states import REFUND_OUT, REFUND_UNDER_WAY, RefundState

if TYPE_CHECKING:
    from payments.models import GatewayAccount


class RefundUnexplained(ServiceError):
    code = "refund_unexplained"
    message = _("Please say why the money is given back, and what shows it: the citizen's letter, its number and date.")
    field = "reason"


class RefundOfNothing(ServiceError):
    code = "refund_of_nothing"
    message = _("Please give an amount of more than nothing.")
    field = "amount_paise"


class NothingToRefund(ServiceError):
    code = "nothing_to_refund"
    message = _(
        "Nothing of this payment is kept in advance. Money on bills is not given back here: it has to be moved into the "
        "advance first, or the payment reversed."
    )
    field = "receipt_number"
    http_status = 409


class RefundLeftDiffers(ServiceError):
    code = "refund_left_differs"
    message = _("Meanwhile {left} of this payment stands in advance. Please look at it again before you ask.")
    field = "amount_paise"
    http_status = 409


class RefundTooLarge(ServiceError):
    code = "refund_too_large"
    message = _("No more than {left} of this payment stands in advance. Please give back that or less.")
    field = "amount_paise"


class RefundAboveLimit(ServiceError):
    code = "refund_above_limit"
    message = _(
        "More than {limit} of one payment is not given back through the gateway. Please have the treasury pay it, and enter "
        "number and date of its payment advice."
    )
    field = "advice_number"


class RefundByHandOnly(ServiceError):
    code = "refund_by_hand_only"
    message = _(
        "This payment cannot be given back by the way it came. Please have the treasury pay it, and enter number and date of "
        "its payment advice."
    )
    field = "advice_number"


class RefundAdviceIncomplete(ServiceError):
    code = "refund_advice_incomplete"
    message = _("Please give both number and date of the treasury's payment advice. The date cannot lie in the future.")
    field = "advice_on"


class RefundOfUnsettled(ServiceError):
    code = "refund_of_unsettled"
    message = _(
        "The gateway has not settled this payment, and the last day for that is over. Nothing of it is given back before that "
        "break is closed."
    )
    field = "receipt_number"
    http_status = 409


class RefundOfPaper(ServiceError):
    code = "refund_of_paper"
    message = _(
        "This was paid by cheque or draft, and until {day} its bank may still refuse it. Please wait until then, or until the "
        "bank has paid and that is noted in the list of payments at counters."
    )
    field = "receipt_number"
    http_status = 409


class RefundUnderWay(ServiceError):
    code = "refund_under_way"
    message = _("The refund {refund_number} of this payment is under way. Please wait until it has come to its end.")
    field = "receipt_number"
    http_status = 409


@dataclass(frozen=True, slots=True)
class Advice:
    """The treasury's payment advice for money that it pays by hand; without number and date there is none."""

    number: str = ""
    on: date | None = None


def payment_to_refund(*, receipt_number: str, today: date) -> Payment:
    """Return the payment of a receipt, of which something stands in advance.

    :raises PaymentNotFound, NothingToRefund, RefundUnderWay: nothing of it can be asked for
    :raises ReversalAsked, PaymentDisputed, RefundOfPaper, RefundOfUnsettled: it may soon not stand
    """
    found = Payment.objects.select_related("order", "receipt", "transaction__account")
    payment = found.filter(receipt__receipt_number=receipt_number.strip()).first()
    if payment is None:
        raise PaymentNotFound
    _check_free(payment, today)
    if not left_of(payment):
        raise NothingToRefund
    return payment


@transaction.atomic
def ask_for_refund(
    *,
    receipt_number: str,
    amount_paise: int,
    left_paise: int,
    reason: str,
    maker: str,
    now: datetime,
    advice: Advice = Advice(),  # noqa: B008 - a value that never changes
) -> Refund:
    """Write down that money of a payment is to be given back; until that is decided no bill takes it.

    `left_paise` is what stands in advance of the payment as far as the asker knows.

    :raises RefundUnexplained, RefundOfNothing, RefundAdviceIncomplete: it says too little
    :raises PaymentNotFound, NothingToRefund, RefundUnderWay: there is nothing to ask for
    :raises ReversalAsked, PaymentDisputed, RefundOfPaper: the payment may soon not stand
    :raises RefundLeftDiffers, RefundTooLarge: the asker has another sum in mind, or there is not so much
    :raises RefundByHandOnly, RefundAboveLimit: the treasury has to pay it
    """
    if not reason.strip():
        raise RefundUnexplained
    if amount_paise <= 0:
        raise RefundOfNothing
    today = day_of(now)
    _check_advice(advice, today)
    payment = payment_to_refund(receipt_number=receipt_number, today=today)
    hold(payment)
    _check_free(payment, today)
    _check_left(payment, amount_paise, believed_paise=left_paise)
    if not advice.number.strip():
        _check_gateway(payment, amount_paise, today)
    return Refund.objects.create(
        payment=payment,
        refund_number=_refund_number(today),
        amount_paise=amount_paise,
        reason=reason.strip(),
        maker=maker,
        asked_at=now,
        advice_number=advice.number.strip(),
        advice_on=advice.on,
    )


@transaction.atomic
def refuse_refund(refund: int, *, approver: str, refusal: str, now: datetime) -> Refund:
    """Let the money stand in advance. :raises RefusalUnexplained, DecidedAlready, ApproverIsMaker: nothing is decided"""
    why = decisions.refusal_reason(refusal)
    found = _to_decide(refund, approver)
    move(found, RefundState.REFUSED, now=now, approver=approver, decided_at=now, refusal=why)
    return found


@transaction.atomic
def approve_refund(refund: int, *, approver: str, now: datetime) -> Refund:
    """Take the money out of the advance; the worker sends it next. What the treasury pays by hand is done with this.

    :raises DecidedAlready, ApproverIsMaker: nothing is decided
    :raises ReversalAsked, PaymentDisputed, RefundOfPaper: the payment may soon not stand
    :raises NothingToRefund, RefundTooLarge, RefundByHandOnly, RefundAboveLimit: it cannot be given back any more
    """
    found = _to_decide(refund, approver)
    _check_good(found.payment, day_of(now))
    _check_left(found.payment, found.amount_paise)
    if not found.is_by_hand:
        _check_gateway(found.payment, found.amount_paise, day_of(now))
    move(found, RefundState.APPROVED, now=now, approver=approver, decided_at=now, next_at=now)
    if found.is_by_hand:
        move(found, RefundState.DONE, now=now)
    return found


def _to_decide(refund: int, approver: str) -> Refund:
    found = locked(refund)
    if found.state != RefundState.REQUESTED:
        raise decisions.DecidedAlready
    decisions.check_another(found.maker, approver)
    return found


def _check_advice(advice: Advice, today: date) -> None:
    if bool(advice.number.strip()) != (advice.on is not None) or (advice.on and advice.on > today):
        raise RefundAdviceIncomplete


def _check_free(payment: Payment, today: date) -> None:
    """Refuse a payment that somebody else is giving back, or undoing."""
    under_way = Refund.objects.filter(payment=payment, state__in=REFUND_UNDER_WAY).first()
    if under_way:
        raise RefundUnderWay(refund_number=under_way.refund_number)
    _check_good(payment, today)


def _check_good(payment: Payment, today: date) -> None:
    """:raises ReversalAsked, PaymentDisputed, RefundOfUnsettled, RefundOfPaper: the payment may soon not stand"""
    if payment.reversal_requests.filter(approver="").exists():
        raise ReversalAsked
    check_undisputed(payment.pk)
    if payment.breaks.filter(kind="OURS_ONLY", closing=None).exists():
        raise RefundOfUnsettled
    until = only_paper_until(payment)
    if until and today <= until:
        raise RefundOfPaper(day=long_date(until))


def _check_left(payment: Payment, amount_paise: int, *, believed_paise: int | None = None) -> None:
    left = left_of(payment)
    if not left:
        raise NothingToRefund
    if believed_paise not in (None, left):
        raise RefundLeftDiffers(left=rupee_text(left))
    if amount_paise > left:
        raise RefundTooLarge(left=rupee_text(left))


def _check_gateway(payment: Payment, amount_paise: int, today: date) -> None:
    """Refuse what a gateway would, or what is too much to be given back on the word of two clerks, in parts or at once."""
    if not can_refund(payment.transaction.account) or payment.business_date < today - timedelta(
        days=settings.REFUND_DAYS
    ):
        raise RefundByHandOnly
    before = Refund.objects.filter(payment=payment, state__in=REFUND_OUT, advice_number="")
    given_paise = before.aggregate(paise=Sum("amount_paise", default=0))["paise"]
    if given_paise + amount_paise > settings.REFUND_MOST_PAISE:
        raise RefundAboveLimit(limit=rupee_text(settings.REFUND_MOST_PAISE))


def can_refund(account: GatewayAccount) -> bool:
    """Say whether money that came through an account can go back the same way: a counter gives none back by itself."""
    return account.gateway in BUILDERS


def _refund_number(day: date) -> str:
    return f"RF{day:%y%m%d}" + "".join(secrets.choice(ALPHABET) for _ in range(7))
