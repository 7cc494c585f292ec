"""A payment that turned out not to be money: what a clerk asks for, and the numbered paper that undoes the payment."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.states import ReversalReason


class ReversalRequest(models.Model):
    """A clerk's word that a payment is no money. Nothing is undone before a colleague has approved it."""

    payment = models.ForeignKey(
        "payments.Payment", on_delete=models.PROTECT, related_name="reversal_requests", verbose_name=_("payment")
    )
    reason = models.CharField(_("reason"), max_length=16, choices=ReversalReason.choices)
    detail = models.TextField(_("what shows it"), help_text="the bank's memo, statement or letter")
    maker = models.CharField(_("asked by"), max_length=150)
    asked_at = models.DateTimeField(_("asked at"))
    approver = models.CharField(_("decided by"), max_length=150, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    refused_at = models.DateTimeField(_("refused at"), null=True, blank=True)
    refusal = models.TextField(_("why refused"), blank=True)

    class Meta:
        verbose_name = _("request for a reversal")
        verbose_name_plural = _("requests for reversals")
        constraints = [
            models.UniqueConstraint(name="reversal_asked_once_at_a_time", fields=["payment"], condition=Q(approver="")),
            models.CheckConstraint(name="reversal_request_reason_known", condition=Q(reason__in=ReversalReason.values)),
            models.CheckConstraint(name="reversal_request_says_what_shows_it", condition=~Q(detail="")),
            models.CheckConstraint(name="reversal_decided_by_another", condition=~Q(approver=F("maker"))),
            models.CheckConstraint(
                name="reversal_decision_is_whole",
                condition=Q(approver="", approved_at=None, refused_at=None)
                | (~Q(approver="") & (Q(approved_at=None) ^ Q(refused_at=None))),
            ),
            models.CheckConstraint(
                name="reversal_refusal_has_a_reason",
                condition=Q(refused_at=None, refusal="") | (~Q(refused_at=None) & ~Q(refusal="")),
            ),
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
