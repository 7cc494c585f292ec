"""Writing: money that is kept goes where it belongs, asked for by one clerk and approved by another.

What a placement would do is found out by doing it and taking it back. It is done anew, under locks, when it is approved, and only
if it does the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from payments import ledger, outbox
from payments.decisions import services as decisions
from payments.kept.advances import lock_orders, onto_bills
from payments.ledger import Landing
from payments.models import KeptMoney, Payment, Placement
from payments.payables import payable_of
from payments.reconciliation.breaks import close_what_was_placed
from payments.reversals import services as reversals
from payments.states import PLACEMENTS, AllocationKind, PlacementTarget

if TYPE_CHECKING:
    from datetime import date, datetime

log = structlog.get_logger()


class MoneyNotKept(ServiceError):
    code = "money_not_kept"
    message = _("So much is not kept there any more. Please look at what is kept now.")
    field = "amount_paise"
    http_status = 409


class PlacementTargetUnknown(ServiceError):
    code = "placement_target_unknown"
    message = _("Money that is kept like this cannot be placed there. Please choose another place from the list.")
    field = "target"


class PlacementForTheSame(ServiceError):
    code = "placement_for_the_same"
    message = _("The money is kept under this number already. Please give the number that it was meant for.")
    field = "placed_for"


class NothingTakesIt(ServiceError):
    code = "nothing_takes_it"
    message = _("No unpaid bill there takes any of this money. Please choose another place.")
    field = "target"
    http_status = 409


class PlacementAsked(ServiceError):
    code = "placement_asked"
    message = _("A placement of this payment's money waits for a colleague's decision already.")
    field = "target"
    http_status = 409


class PlacementChanged(ServiceError):
    code = "placement_changed"
    message = _(
        "It would do something else today than what was asked for. Please refuse it and have it asked for anew."
    )
    field = "request"
    http_status = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What is to be moved: so much of a payment's money, from where it is kept for somebody to a target."""

    payment: Payment
    kept_as: str
    kept_for: str
    target: str
    placed_for: str
    amount_paise: int

    @property
    def own_reference(self) -> str:
        """As allocations keep it."""
        return self.as_kept(self.kept_for)

    def as_kept(self, reference: str) -> str:
        return "" if reference == self.payment.order.reference else reference

    def counts_from(self, today: date) -> date:
        """Return since when it counts: on the bills that were meant, since it was paid, for the corporation has had it since."""
        return self.payment.business_date if self.target == PlacementTarget.NAMED else today


JOURNALS = "SELECT count(*) FROM payments_journal WHERE payment_id = %s"


def propose_placement(
    *, kept: int, target: str, placed_for: str, amount_paise: int | None, detail: str, maker: str, now: datetime
) -> Placement:
    """Write down what is to be done with kept money, all of it or so much, and what that would do. Nothing moves yet.

    `kept` names a row of `KeptMoney`; `placed_for` is the number as it was written, for the target `other` only.

    :raises ReasonMissing, PlacementTargetUnknown, PlacementForTheSame, MoneyNotKept, PaymentDisputed, NothingTakesIt,
        PlacementAsked: nothing is asked for
    :raises ServiceError: the number is not known, or not in use
    """
    why = decisions.reason(detail)
    move = _move(kept, target, placed_for, amount_paise, day_of(now))
    with transaction.atomic():
        effect = _effect(_moved(move, day_of(now)))
        transaction.set_rollback(True)
    try:
        with transaction.atomic():
            return Placement.objects.create(
                payment=move.payment,
                kept_as=move.kept_as,
                kept_for=move.kept_for,
                target=move.target,
                placed_for=move.placed_for,
                amount_paise=-effect[0]["amount_paise"],
                effect=effect,
                detail=why,
                maker=maker,
                asked_at=now,
            )
    except IntegrityError as error:
        raise PlacementAsked from error


@transaction.atomic
def approve_placement(request: int, *, approver: str, now: datetime) -> Placement:
    """Place the money, if that does what was asked for.

    :raises DecidedAlready, ApproverIsMaker, MoneyNotKept, PaymentDisputed, NothingTakesIt, PlacementChanged: nothing moves
    """
    found = decisions.approve(Placement, request, approver=approver, now=now)
    move, today = _move_of(found), day_of(now)
    landings = _moved(move, today)
    if _effect(landings) != found.effect:
        raise PlacementChanged
    ledger.post_move(
        payment=move.payment.pk,
        purpose=f"placed {_journals(move.payment.pk)}",
        kind=move.payment.order.kind,
        landings=landings,
        business_date=today,
        landed_on=move.counts_from(today),
        now=now,
    )
    is_out = found.kept_as == AllocationKind.SUSPENSE
    close_what_was_placed(payment=move.payment.pk, now=now, out_of_suspense=is_out)
    tell(move.payment, found.target, landings[1:], key=f"placement:{found.pk}", now=now)
    log.info("money_placed", order_number=move.payment.order.order_number, target=found.target)
    return found


@transaction.atomic
def refuse_placement(request: int, *, approver: str, refusal: str, now: datetime) -> Placement:
    """Leave the money where it is. :raises RefusalUnexplained, DecidedAlready, ApproverIsMaker: nothing is decided"""
    return decisions.refuse(Placement, request, approver=approver, refusal=refusal, now=now)


def _move(kept: int, target: str, placed_for: str, amount_paise: int | None, today: date) -> Move:
    found = KeptMoney.objects.select_related("payment__order").filter(pk=kept).first()
    if found is None:
        raise MoneyNotKept
    if target not in PLACEMENTS[found.kept_as]:
        raise PlacementTargetUnknown
    order = found.payment.order
    goes_to = {PlacementTarget.NAMED: order.reference}.get(PlacementTarget(target), found.reference)
    if target == PlacementTarget.OTHER:
        goes_to = _another(order.kind, placed_for, found.reference, today)
    return Move(
        payment=found.payment,
        kept_as=found.kept_as,
        kept_for=found.reference,
        target=target,
        placed_for=goes_to,
        amount_paise=found.amount_paise if amount_paise is None else amount_paise,
    )


def _another(kind: str, text: str, kept_for: str, today: date) -> str:
    try:
        reference = payable_of(kind).whose(text=text, on=today).reference
    except ServiceError as refusal:
        refusal.field = PlacementForTheSame.field
        raise
    if reference == kept_for:
        raise PlacementForTheSame
    return reference


def _move_of(asked: Placement) -> Move:
    return Move(
        payment=Payment.objects.select_related("order").get(pk=asked.payment_id),
        kept_as=asked.kept_as,
        kept_for=asked.kept_for,
        target=asked.target,
        placed_for=asked.placed_for,
        amount_paise=asked.amount_paise,
    )


def _moved(move: Move, today: date) -> list[Landing]:
    """Lock, have the bills take their shares, and return the parts of the move: first what leaves."""
    order = move.payment.order
    lock_orders(kind=order.kind, references={order.reference, move.kept_for, move.placed_for})
    reversals.check_undisputed(move.payment.pk)
    left = KeptMoney.objects.filter(payment=move.payment, kept_as=move.kept_as, reference=move.kept_for).first()
    if left is None or not 0 < move.amount_paise <= left.amount_paise:
        raise MoneyNotKept
    if move.target in (PlacementTarget.NAMED, PlacementTarget.DUE):
        taken = _onto_bills(move, today)
    else:
        to = move.as_kept(move.placed_for)
        taken = [Landing(AllocationKind.ADVANCE, "", move.amount_paise, reference=to)]
    leaves = -sum(part.amount_paise for part in taken)
    return [Landing(move.kept_as, "", leaves, reference=move.own_reference), *taken]


def _onto_bills(move: Move, today: date) -> list[Landing]:
    order, on = move.payment.order, move.counts_from(today)
    named = list(dict.fromkeys(line["bill"] for line in order.snapshot["lines"]))
    lines = payable_of(order.kind).lines_to_place(
        reference=move.placed_for,
        amount_paise=move.amount_paise,
        on=on,
        bills=named if move.target == PlacementTarget.NAMED else (),
    )
    taken = onto_bills(kind=order.kind, reference=move.placed_for, lines=lines, paid_on=on, paid_by=order.order_number)
    if sum(part.amount_paise for part in taken) <= 0:
        raise NothingTakesIt
    return [replace(part, reference=move.as_kept(move.placed_for)) for part in taken]


def _effect(landings: list[Landing]) -> list[dict[str, Any]]:
    return [
        {
            "kind": str(part.kind),
            "bill": part.bill,
            "reference": part.reference,
            "amount_paise": part.amount_paise,
            "heads": dict(part.heads),
        }
        for part in landings
    ]


def _journals(payment: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(JOURNALS, [payment])
        return int(cursor.fetchone()[0])


def tell(payment: Payment, happened: str, parts: list[Landing], *, key: str, now: datetime) -> None:
    """Write to be told that a payment's money has moved: what `happened`, how much, and to which bills or whom."""
    order, receipt = payment.order, payment.receipt
    payload = {
        "order_number": order.order_number,
        "amount_paise": sum(part.amount_paise for part in parts),
        "language": order.language,
        "told_to": order.told_to,
        "receipt_number": receipt.receipt_number,
        "token": receipt.token,
        "happened": happened,
        "bills": [part.bill for part in parts if part.bill],
        "reference": next((part.reference for part in parts if part.reference), order.reference),
        "key": key,
    }
    outbox.write(topic="money_moved", key=f"money_moved:{key}", payload=payload, now=now)
