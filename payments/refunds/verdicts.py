"""Writing: how a refund ended whose end the gateway's interface does not tell, entered by one person and confirmed by another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from payments.decisions import services as decisions
from payments.refunds.moves import locked, move, note
from payments.states import RefundState, RefundVerdict

if TYPE_CHECKING:
    from datetime import datetime

    from payments.models import Refund


class RefundIsKnown(ServiceError):
    code = "refund_is_known"
    message = _(
        "What became of this refund is known, or the gateway still has it. Only an unknown end is entered by hand."
    )
    field = "refund"
    http_status = 409


class VerdictUnproved(ServiceError):
    code = "verdict_unproved"
    message = _(
        "Please say how it ended, and what shows it: number and date of the gateway's letter or of its settlement."
    )
    field = "proof"


class VerdictMissing(ServiceError):
    code = "verdict_missing"
    message = _("Nobody has entered how this refund ended. Please enter it first; a colleague then confirms it.")
    field = "refund"
    http_status = 409


class VerdictEntered(ServiceError):
    code = "verdict_entered"
    message = _("How this refund ended has been entered already and waits for a colleague to confirm it.")
    field = "refund"
    http_status = 409


@transaction.atomic
def enter_verdict(refund: int, *, verdict: str, proof: str, maker: str) -> Refund:
    """Write down how an unknown refund ended. Nothing moves until somebody else has confirmed it.

    :raises VerdictUnproved: it does not say how it ended, or what shows it
    :raises RefundIsKnown, VerdictEntered: there is nothing to enter
    """
    if verdict not in RefundVerdict.values or not proof.strip():
        raise VerdictUnproved
    found = _unknown(refund)
    if found.verdict:
        raise VerdictEntered
    note(found, verdict=verdict, verdict_proof=proof.strip(), verdict_maker=maker)
    return found


@transaction.atomic
def confirm_verdict(refund: int, *, approver: str, now: datetime) -> Refund:
    """End a refund as a colleague has entered it. :raises RefundIsKnown, VerdictMissing, ApproverIsMaker: nothing moves"""
    found = _entered(refund, approver)
    move(found, RefundState(found.verdict), now=now, verdict_approver=approver)
    return found


@transaction.atomic
def drop_verdict(refund: int, *, approver: str) -> Refund:
    """Forget what a colleague has entered. :raises RefundIsKnown, VerdictMissing, ApproverIsMaker: nothing is forgotten"""
    found = _entered(refund, approver)
    note(found, verdict="", verdict_proof="", verdict_maker="")
    return found


def _entered(refund: int, approver: str) -> Refund:
    found = _unknown(refund)
    if not found.verdict:
        raise VerdictMissing
    decisions.check_another(found.verdict_maker, approver)
    return found


def _unknown(refund: int) -> Refund:
    found = locked(refund)
    if found.state != RefundState.UNKNOWN:
        raise RefundIsKnown
    return found
