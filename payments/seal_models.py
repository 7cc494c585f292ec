"""The seals of the books and the trail: each chains a journal or an entry to the one that was sealed before it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class JournalSeal(models.Model):
    """A digest of one journal with all its lines, or of one entry of the trail, and of the seal before it. Append-only."""

    journal = models.OneToOneField(
        "payments.Journal", on_delete=models.PROTECT, null=True, related_name="seal", verbose_name=_("journal")
    )
    entry = models.OneToOneField(
        "auditlog.LogEntry",
        on_delete=models.PROTECT,
        null=True,
        related_name="seal",
        verbose_name=_("entry of the trail"),
    )
    book = models.CharField(_("book"), max_length=20, help_text="the kind of revenue, pay-outs, or trail")
    number = models.PositiveIntegerField(_("number"))
    sha256 = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(_("sealed at"))

    class Meta:
        verbose_name = _("seal of the books and the trail")
        verbose_name_plural = _("seals of the books and the trail")
        constraints = [
            models.UniqueConstraint(name="seal_number_once_in_book", fields=["book", "number"]),
            models.CheckConstraint(name="seal_number_positive", condition=Q(number__gt=0)),
            models.CheckConstraint(
                name="seal_of_one_thing",
                condition=Q(journal__isnull=False, entry=None) | Q(journal=None, entry__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.number}"
