"""Who walked through numbers. A record only: `walks` writes it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class NumberWalk(models.Model):
    """Neighbouring numbers that a few conversations looked up on one day (IST), more than anybody needs.

    `neighbours` is a digest: which street it was stands in the messages of the conversations, as long as these are kept.
    """

    day = models.DateField(_("day"))
    neighbours = models.CharField(_("neighbourhood"), max_length=8)
    numbers = models.PositiveIntegerField(_("different numbers"))
    conversations = ArrayField(models.BigIntegerField(), verbose_name=_("conversations"))
    noticed_at = models.DateTimeField(_("noticed at"))
    seen_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    seen_by = models.CharField(_("looked at by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("walk through numbers")
        verbose_name_plural = _("walks through numbers")
        constraints = [
            models.UniqueConstraint(name="walk_once_a_day", fields=["day", "neighbours"]),
            models.CheckConstraint(name="walk_seen_by_somebody", condition=Q(seen_at=None) | ~Q(seen_by="")),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.neighbours}"
