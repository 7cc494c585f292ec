"""The record of a rule book that was loaded. Each app with rules has a table of its own."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class RuleBookRecord(models.Model):
    """A whole rule book, as it was loaded. The latest approved one is in force; none is ever changed."""

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    content = models.JSONField(_("rules"))
    sha256 = models.CharField(max_length=64)
    maker = models.CharField(_("loaded by"), max_length=150)
    loaded_at = models.DateTimeField(_("loaded at"))
    # What it would change, computed apart: how many assessees, how many rupees. Nobody approves a book without it.
    preview = models.JSONField(_("preview"), null=True, blank=True)
    previewed_at = models.DateTimeField(_("previewed at"), null=True, blank=True)
    approver = models.CharField(_("approved by"), max_length=150, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.pk}"


def approval_constraints(name: str) -> list[models.BaseConstraint]:
    """Return what guards the approval of a book; `name` begins the names of the constraints."""
    return [
        models.CheckConstraint(name=f"{name}_approved_by_another", condition=~Q(approver=F("maker"))),
        models.CheckConstraint(
            name=f"{name}_approval_is_whole",
            condition=Q(approver="", approved_at=None) | (~Q(approver="") & ~Q(approved_at=None)),
        ),
    ]
