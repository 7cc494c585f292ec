"""Money that the payer's bank asks back: a chargeback, until somebody has decided what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.states import DisputeState


class Dispute(models.Model):
    """A chargeback of a payment, whole or in part. While it is open no bill is touched. What was opened never changes."""

    payment = models.ForeignKey(
        "payments.Payment", on_delete=models.PROTECT, related_name="disputes", verbose_name=_("payment")
    )
    amount_paise = models.BigIntegerField(_("amount"), help_text="paise that are asked back")
    case_number = models.CharField(_("the gateway's case number"), max_length=60)
    reason = models.TextField(_("the bank's reason"))
    reply_by = models.DateField(_("reply by"))
    maker = models.CharField(_("opened by"), max_length=150)
    opened_at = models.DateTimeField(_("opened at"))
    state = models.CharField(_("state"), max_length=4, choices=DisputeState.choices, default=DisputeState.OPEN)
    note = models.TextField(_("what the bank decided"), blank=True)
    approver = models.CharField(_("decided by"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.UniqueConstraint(
                name="dispute_open_once_per_payment", fields=["payment"], condition=Q(state="open")
            ),
            models.UniqueConstraint(name="dispute_case_once_per_payment", fields=["payment", "case_number"]),
            models.CheckConstraint(name="dispute_amount_positive", condition=Q(amount_paise__gt=0)),
            models.CheckConstraint(name="dispute_state_known", condition=Q(state__in=DisputeState.values)),
            models.CheckConstraint(name="dispute_says_why", condition=~Q(case_number="") & ~Q(reason="")),
            models.CheckConstraint(name="dispute_decided_by_another", condition=~Q(approver=F("maker"))),
            models.CheckConstraint(
                name="dispute_decision_is_whole",
                condition=Q(state="open", approver="", note="", decided_at=None)
                | (~Q(state="open") & ~Q(approver="") & ~Q(note="") & ~Q(decided_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return self.case_number
