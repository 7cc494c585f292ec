"""The end of a break: by itself when its money has been placed, or by one clerk who asks and another who approves.

Whoever approves the end of a break that still differs forces it, and that is written down as what it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from payments.decisions import services as decisions
from payments.models import BreakClosing, ClosingRequest, ReconBreak
from payments.reconciliation.opening import stands
from payments.states import ClosedHow

if TYPE_CHECKING:
    from datetime import datetime

log = structlog.get_logger()
# The last day of each age a list shows, beginning with 0; what is older stands in the last one.
AGES = ((1, "0–1"), (3, "2–3"), (7, "4–7"), (30, "8–30"))
OLDEST = ">30"


class BreakClosed(ServiceError):
    code = "break_closed"
    message = _("This break has been closed already. Nothing more is to be done.")
    field = "request"
    http_status = 409


class ClosingAsked(ServiceError):
    code = "closing_asked"
    message = _("To close this break has been asked for already; it waits for a colleague's decision.")
    field = "request"
    http_status = 409


# What a break about kept money waits for: too little waits in suspense, everything else in the advance of its own payer. What
# two people have put into an advance elsewhere, or there out of suspense, waits no more. A reversed payment has nothing left.
CLOSE = """
INSERT INTO payments_breakclosing (recon_break_id, how, note, maker, approver, closed_at)
SELECT b.id, 'auto', %(note)s, '', '', %(now)s FROM payments_reconbreak b
 WHERE b.payment_id = %(payment)s AND b.subject = ''
   AND NOT EXISTS (SELECT FROM payments_breakclosing c WHERE c.recon_break_id = b.id)
   AND (b.kind = ANY(%(kinds)s) OR EXISTS (SELECT FROM payments_reversal v WHERE v.payment_id = b.payment_id))
   AND NOT EXISTS (SELECT FROM payments_allocation a WHERE a.payment_id = b.payment_id AND a.reference = ''
                      AND a.kind = ANY(%(kept)s) GROUP BY a.kind HAVING sum(a.amount_paise) > 0)
ON CONFLICT DO NOTHING RETURNING recon_break_id
"""
ABOUT_KEPT_MONEY = ["AMOUNT_DIFF", "DUPLICATE_SUCCESS", "LOST_ITS_PLACE", "CHARGED_BACK"]
ABOUT_SUSPENSE = ["AMOUNT_DIFF"]


def close_what_was_placed(*, payment: int, now: datetime, out_of_suspense: bool = False) -> int:
    """Close the breaks of a payment of whose money nothing waits any more, and return how many. In the caller's transaction."""
    values: dict[str, Any] = {
        "payment": payment,
        "now": now,
        "note": "its money has been placed",
        "kinds": ABOUT_SUSPENSE if out_of_suspense else ABOUT_KEPT_MONEY,
        "kept": ["suspense"] if out_of_suspense else ["suspense", "advance"],
    }
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, values)
        return len(cursor.fetchall())


def ask_to_close(recon_break: int, *, detail: str, maker: str, now: datetime) -> ClosingRequest:
    """Write down that a break needs nothing more, and why. It stays open until somebody else has approved it.

    :raises ReasonMissing, BreakClosed, ClosingAsked: nothing is asked for
    """
    why = decisions.reason(detail)
    if BreakClosing.objects.filter(recon_break=recon_break).exists():
        raise BreakClosed
    try:
        with transaction.atomic():
            return ClosingRequest.objects.create(recon_break_id=recon_break, detail=why, maker=maker, asked_at=now)
    except IntegrityError as error:
        raise ClosingAsked from error


@transaction.atomic
def approve_closing(request: int, *, approver: str, now: datetime) -> BreakClosing:
    """Close a break, by force where it still differs. :raises DecidedAlready, ApproverIsMaker, BreakClosed: it stays as it is"""
    found = decisions.approve(ClosingRequest, request, approver=approver, now=now)
    about = ReconBreak.objects.select_related("account").get(pk=found.recon_break_id)
    is_forced = stands(about, now=now)
    ReconBreak.objects.select_for_update().get(pk=about.pk)
    if BreakClosing.objects.filter(recon_break=found.recon_break_id).exists():
        raise BreakClosed
    log.info("break_closed", recon_break=about.pk, is_forced=is_forced)
    return BreakClosing.objects.create(
        recon_break_id=found.recon_break_id,
        how=ClosedHow.FORCE if is_forced else ClosedHow.MANUAL,
        note=found.detail,
        maker=found.maker,
        approver=approver,
        closed_at=now,
    )


@transaction.atomic
def refuse_closing(request: int, *, approver: str, refusal: str, now: datetime) -> ClosingRequest:
    """Leave a break open. :raises RefusalUnexplained, DecidedAlready, ApproverIsMaker: nothing is decided"""
    return decisions.refuse(ClosingRequest, request, approver=approver, refusal=refusal, now=now)


def age(opened_at: datetime, *, now: datetime) -> str:
    """Return for how many days a break has been open, as lists group them: `0–1`, `2–3`, `4–7`, `8–30`, `>30`."""
    days = (now - opened_at).days
    return next((name for last, name in AGES if days <= last), OLDEST)
