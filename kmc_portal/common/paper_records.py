"""What an app's table writes down of a paper that the shelf keeps."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaperRecord(models.Model):
    """A `KeptPaper` as a row. Whose it is, the table adds that is made of this; its rows are append-only."""

    stored_as = models.CharField(_("stored as"), max_length=100, unique=True)
    shown_name = models.CharField(_("name"), max_length=100)
    content_type = models.CharField(_("type"), max_length=40)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(max_length=64)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.shown_name
