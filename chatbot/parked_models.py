"""Messages over which the portal itself failed. A record only: `parking` writes it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ParkedMessage(models.Model):
    """A message whose turn broke, with the number of tries. After the last one it waits for a person (ADR 0047)."""

    provider_id = models.CharField(_("provider's number"), max_length=64, unique=True)
    channel = models.CharField(_("channel"), max_length=12)
    address = models.CharField(_("address"), max_length=120)
    body = models.TextField(_("message"), blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=1)
    fault = models.CharField(_("fault"), max_length=60)
    came_at = models.DateTimeField(_("came at"))
    next_try_at = models.DateTimeField(_("next try at"))
    parked_at = models.DateTimeField(_("parked at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = models.CharField(_("settled by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("parked message")
        verbose_name_plural = _("parked messages")
        indexes = [
            models.Index(name="parked_to_try", fields=["next_try_at"], condition=Q(parked_at=None) & Q(settled_at=None))
        ]
        constraints = [
            models.CheckConstraint(name="parked_settled_by_somebody", condition=Q(settled_at=None) | ~Q(settled_by=""))
        ]

    def __str__(self) -> str:
        return self.provider_id
