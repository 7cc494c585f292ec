"""The seals of the books: each chains a journal to the one that was sealed before it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class JournalSeal(models.Model):
    """A digest of one journal with all its lines, and of the seal before it in its book. Append-only."""

    journal = models.OneToOneField(
        "payments.Journal", on_delete=models.PROTECT, related_name="seal", verbose_name=_("journal")
    )
    book = models.CharField(_("book"), max_length=20, help_text="the kind of revenue, or pay-outs")
    number = models.PositiveIntegerField(_("number"))
    sha256 = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(_("sealed at"))

    class Meta:
        verbose_name = _("seal of the books")
        verbose_name_plural = _("seals of the books")
        constraints = [
            models.UniqueConstraint(name="seal_number_once_in_book", fields=["book", "number"]),
            models.CheckConstraint(name="seal_number_positive", condition=Q(number__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.book} {self.number}"
