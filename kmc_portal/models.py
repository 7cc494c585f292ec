"""Records of the desk itself."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kmc_portal.registers.models import RegisterFile as RegisterFile


class ClerkSession(models.Model):
    """Where a clerk is signed in: at one place at a time. The browser has the key, and this its digest."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, verbose_name=_("clerk"))
    key_sha256 = models.CharField(max_length=64)
    signed_in_at = models.DateTimeField(_("signed in at"))
    seen_at = models.DateTimeField(_("last seen at"), help_text="to the minute")

    class Meta:
        verbose_name = _("session of a clerk")
        verbose_name_plural = _("sessions of clerks")

    def __str__(self) -> str:
        return f"{self.user_id}"
