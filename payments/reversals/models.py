"""A payment that turned out not to be money: what a clerk asks for, and the numbered paper that undoes the payment."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.decisions.models import Decided
from payments.states import ReversalReason


class ReversalRequest(Decided):
    """A clerk's word that a payment is no money. Nothing is undone before a colleague has approved it."""

    payment = models.ForeignKey(
        "payments.Payment", on_delete=models.PROTECT, related_name="reversal_requests", verbose_name=_("payment")
    )
    reason = models.CharField(_("reason"), max_length=16, choices=ReversalReason.choices)
    detail = models.TextField(_("what shows it"), help_text="the bank's memo, statement or letter")

    class Meta(Decided.Meta):
        verbose_name = _("request for a reversal")
        verbose_name_plural = _("requests for reversals")
        constraints = [
            *Decided.Meta.constraints,
            models.UniqueConstraint(name="reversal_asked_once_at_a_time", fields=["payment"], condition=Q(approver="")),
            models.CheckConstraint(name="reversal_request_reason_known", condition=Q(reason__in=ReversalReason.values)),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.payment_id}"


class Reversal(models.Model):
    """The paper that undoes a payment. Numbered without a hole in its series and financial year. Append-only."""

    payment = models.OneToOneField(
        "payments.Payment", on_delete=models.PROTECT, related_name="reversal", verbose_name=_("payment")
    )
    series = models.CharField(_("series"), max_length=24)
    financial_year = models.PositiveSmallIntegerField(_("financial year"))
    number = models.PositiveIntegerField(_("number"))
    reversal_number = models.CharField(_("reversal number"), max_length=44, unique=True)
    reason = models.CharField(_("reason"), max_length=16, choices=ReversalReason.choices)
    detail = models.TextField(_("what shows it"))
    maker = models.CharField(_("asked by"), max_length=150)
    approver = models.CharField(_("approved by"), max_length=150)
    reversed_on = models.DateField(_("reversed on"), help_text="the IST day on which the books undo the payment")
    issued_at = models.DateTimeField(_("issued at"))

    class Meta:
        verbose_name = _("reversal")
        verbose_name_plural = _("reversals")
        constraints = [
            models.UniqueConstraint(
                name="reversal_number_once_in_series", fields=["series", "financial_year", "number"]
            ),
            models.CheckConstraint(name="reversal_number_positive", condition=Q(number__gt=0)),
            models.CheckConstraint(name="reversal_reason_known", condition=Q(reason__in=ReversalReason.values)),
            models.CheckConstraint(name="reversal_approved_by_another", condition=~Q(approver=F("maker"))),
            models.CheckConstraint(name="reversal_names_two_people", condition=~Q(approver="") & ~Q(maker="")),
        ]

    def __str__(self) -> str:
        return self.reversal_number
