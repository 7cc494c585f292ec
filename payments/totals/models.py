"""The desk's name for control totals."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from payments.reconciliation.payout_models import Settlement


class DayTotals(Settlement):
    """No table: it gives the page of control totals its place in the list of desks, and a right to look at it."""

    class Meta:
        proxy = True
        verbose_name = _("control totals of a day")
        verbose_name_plural = _("control totals")
