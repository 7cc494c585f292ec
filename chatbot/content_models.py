"""The contents that a provider keeps for us, by the name that changes with their words. A record only: `contents` writes it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProviderContent(models.Model):
    """One content at the provider: its number there, and whether it may go out where free text may not."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    sid = models.CharField(_("number at the provider"), max_length=34, unique=True)
    approval = models.CharField(_("approval"), max_length=20, blank=True)
    synced_at = models.DateTimeField(_("last compared at"))

    class Meta:
        verbose_name = _("content at the provider")
        verbose_name_plural = _("contents at the provider")

    def __str__(self) -> str:
        return self.name
