"""What may be told to everybody of a ward: sums over many properties, written once a day. `figures` writes them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class WardFigure(models.Model):
    """One ward at the end of a finished day: the bills of its financial year, what came in, and the next rebate date."""

    ward = models.OneToOneField(
        "Ward", on_delete=models.PROTECT, primary_key=True, related_name="figure", verbose_name=_("ward")
    )
    as_of = models.DateField(_("as of"), help_text="the last day that is counted")
    bills = models.PositiveIntegerField(_("bills of the year"))
    bills_paid = models.PositiveIntegerField(_("of these paid"))
    payers = models.PositiveIntegerField(_("properties paid for here"))
    collected_paise = models.BigIntegerField(_("collected here"), help_text="paise, what was taken back left out")
    rebate_until = models.DateField(
        _("rebate until"), null=True, blank=True, help_text="the next last day of a rebate of most bills"
    )

    class Meta:
        verbose_name = _("figures of a ward")
        verbose_name_plural = _("figures of wards")
        constraints = [
            models.CheckConstraint(name="ward_figure_paid_are_bills", condition=Q(bills_paid__lte=F("bills"))),
        ]

    def __str__(self) -> str:
        return f"{self.ward_id} {self.as_of}"
