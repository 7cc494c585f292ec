"""Money that met no bill: where it is kept, and what clerks ask to be done with it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.decisions.models import Decided
from payments.states import PLACEMENTS, AllocationKind, PlacementTarget


class KeptMoney(models.Model):
    """What is left of a payment in suspense or in advance, for one reference: a view of the allocations."""

    payment = models.ForeignKey(
        "payments.Payment", on_delete=models.DO_NOTHING, related_name="+", verbose_name=_("payment")
    )
    kept_as = models.CharField(_("kept as"), max_length=8, choices=AllocationKind.choices)
    reference = models.CharField(_("kept for"), max_length=40)
    own_reference = models.CharField(max_length=40, help_text="as allocations keep it: empty for whom its order was")
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise")
    kept_since = models.DateField(_("kept since"))

    class Meta:
        managed = False
        db_table = "payments_keptmoney"
        verbose_name = _("money kept")
        verbose_name_plural = _("money kept")

    def __str__(self) -> str:
        return f"{self.kept_as} {self.reference}"


class Placement(Decided):
    """What a clerk wants done with money that is kept. Nothing moves before a colleague has approved it.

    `effect` is what it would do, part by part, as it was shown to whoever decides; only that is done.
    """

    payment = models.ForeignKey(
        "payments.Payment", on_delete=models.PROTECT, related_name="placements", verbose_name=_("payment")
    )
    kept_as = models.CharField(_("kept as"), max_length=8, choices=AllocationKind.choices)
    kept_for = models.CharField(_("kept for"), max_length=40)
    target = models.CharField(_("to be placed"), max_length=8, choices=PlacementTarget.choices)
    placed_for = models.CharField(_("placed for"), max_length=40)
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise")
    effect = models.JSONField(_("what it does"))

    class Meta(Decided.Meta):
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        constraints = [
            *Decided.Meta.constraints,
            models.UniqueConstraint(
                name="placement_asked_once_at_a_time", fields=["payment"], condition=Q(approver="")
            ),
            models.CheckConstraint(name="placement_amount_positive", condition=Q(amount_paise__gt=0)),
            models.CheckConstraint(
                name="placement_target_fits_where_it_is_kept",
                condition=Q(kept_as="suspense", target__in=PLACEMENTS["suspense"])
                | Q(kept_as="advance", target__in=PLACEMENTS["advance"]),
            ),
            models.CheckConstraint(
                name="placement_for_another_goes_elsewhere",
                condition=~Q(target="other") | ~Q(placed_for=models.F("kept_for")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.payment_id}"
