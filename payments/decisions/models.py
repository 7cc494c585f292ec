"""What one clerk asks for and another decides: the columns and the rules that such requests share."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Decided(models.Model):
    """A request by one person that waits for another. Who asked for what never changes, a decision neither."""

    detail = models.TextField(_("why"))
    maker = models.CharField(_("asked by"), max_length=150)
    asked_at = models.DateTimeField(_("asked at"))
    approver = models.CharField(_("decided by"), max_length=150, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    refused_at = models.DateTimeField(_("refused at"), null=True, blank=True)
    refusal = models.TextField(_("why refused"), blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(name="%(class)s_says_why", condition=~Q(detail="")),
            models.CheckConstraint(name="%(class)s_decided_by_another", condition=~Q(approver=F("maker"))),
            models.CheckConstraint(
                name="%(class)s_decision_is_whole",
                condition=Q(approver="", approved_at=None, refused_at=None)
                | (~Q(approver="") & (Q(approved_at=None) ^ Q(refused_at=None))),
            ),
            models.CheckConstraint(
                name="%(class)s_refusal_has_a_reason",
                condition=Q(refused_at=None, refusal="") | (~Q(refused_at=None) & ~Q(refusal="")),
            ),
        ]
