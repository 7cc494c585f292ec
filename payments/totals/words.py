"""What sums and differences are called at the desk. The codes stand beside the names: they are what people quote to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from payments.reconciliation.totals import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrPromise

KINDS: Mapping[str, StrPromise] = {
    "GATEWAY_ONLY": _("Paid at the gateway, not with us"),
    "OURS_ONLY": _("With us, unknown at the gateway"),
    "AMOUNT_DIFF": _("Another amount"),
    "DUPLICATE_SUCCESS": _("Paid twice"),
    "STATUS_DIFF": _("Paid here, failed there"),
    "FEE_DIFF": _("Charges or GST not right"),
    "SETTLED_TWICE": _("Settled twice"),
    "NOT_SETTLED": _("Not settled in time"),
    "BATCH_SHORT": _("The bank credited less"),
    "BATCH_OVER": _("The bank credited more"),
    "BANK_UNIDENTIFIED": _("Bank credit of nobody known"),
    "REFUND_UNMATCHED": _("Refund that nobody asked for"),
    "CHARGEBACK": _("Charged back"),
    "FILE_REJECTED": _("File refused"),
    "UNKNOWN_MERCHANT": _("Another merchant's row"),
    "GATEWAY_DENIES": _("The gateway now says it failed"),
    "LOST_ITS_PLACE": _("Moved off its bill by a reversal"),
    "CHARGED_BACK": _("Left over after a charge-back"),
    "AWAITED": _("Not due yet"),
    "TAKEN_BACK": _("Taken back before it was settled"),
}
# Differences that are nobody's work.
NO_BREAKS = ("AWAITED", "TAKEN_BACK")
OUTCOMES: Mapping[Outcome, StrPromise] = {
    Outcome.TIES_OUT: _("Ties out"),
    Outcome.AWAITED: _("On its way"),
    Outcome.ACCEPTED: _("Accepted as it is"),
    Outcome.DIFFERS: _("Differs"),
    Outcome.EMPTY: _("Nothing was paid"),
}
MEANINGS: Mapping[Outcome, StrPromise] = {
    Outcome.TIES_OUT: _("Every paisa that was paid on this day is in the bank or accounted for below."),
    Outcome.AWAITED: _("Nothing is wrong so far; what is missing is not due yet."),
    Outcome.ACCEPTED: _("Something differs, and two people have closed it all the same."),
    Outcome.DIFFERS: _("Somebody has to look at the differences marked below."),
    Outcome.EMPTY: _("On this day nobody paid through this account."),
}
SUMS: Mapping[str, StrPromise] = {
    "ordered": _("Ordered"),
    "paid": _("Paid, in our books"),
    "settled": _("Settled by the gateway"),
    "charges": _("Charges of the gateway"),
    "gst": _("GST on charges"),
    "net": _("Net of charges"),
    "other_days": _("Money of other days"),
    "refunds": _("Refunds"),
    "chargebacks": _("Chargebacks"),
    "paid_out": _("Paid out"),
    "credited": _("In the bank"),
}


LINES: Mapping[str, StrPromise] = {
    **SUMS,
    **KINDS,
    "unexplained": _("Not explained: please tell whoever runs the portal"),
}


def line_in_words(name: str) -> str:
    """Return what a line of the totals is called: a sum, a difference by its kind, or what nothing explains."""
    return str(LINES.get(name, name))
