"""The desk's name for control totals, and who took them out of the portal."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.reconciliation.payout_models import Settlement


class DayTotals(Settlement):
    """No table: it gives the page of control totals its place in the list of desks, and a right to look at it."""

    class Meta:
        proxy = True
        verbose_name = _("control totals of a day")
        verbose_name_plural = _("control totals")


class TotalsTaken(models.Model):
    """Who took which control totals out of the portal. Append-only."""

    user = models.CharField(_("taken by"), max_length=150)
    taken_at = models.DateTimeField(_("taken at"))
    form = models.CharField(_("form"), max_length=4, choices=[("csv", "CSV"), ("xlsx", "xlsx")])
    account = models.CharField(_("gateway account"), max_length=50, blank=True)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    rows = models.PositiveIntegerField(_("rows"))

    class Meta:
        verbose_name = _("control totals taken out")
        verbose_name_plural = _("control totals taken out")
        constraints = [
            models.CheckConstraint(name="totals_taken_names_who", condition=~Q(user="")),
            models.CheckConstraint(name="totals_taken_days_in_order", condition=Q(last_day__gte=models.F("first_day"))),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.taken_at}"
