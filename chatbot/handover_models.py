"""Citizens who want to talk to a person. A record only: `handover` writes it; what is said stands in the conversation."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Handover(models.Model):
    """A citizen waits for a clerk, or has been answered by one. What both write is among the messages of the conversation."""

    conversation = models.ForeignKey(
        "chatbot.Conversation", on_delete=models.CASCADE, related_name="handovers", verbose_name=_("conversation")
    )
    asked_at = models.DateTimeField(_("asked at"))
    said_at = models.DateTimeField(_("last word at"))
    answers = models.PositiveSmallIntegerField(_("answers"), default=0)
    clerk = models.CharField(_("clerk"), max_length=150, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("talk with a person")
        verbose_name_plural = _("talks with a person")
        constraints = [
            models.UniqueConstraint(name="handover_open_once", fields=["conversation"], condition=Q(closed_at=None)),
            models.CheckConstraint(
                name="handover_answered_by_a_clerk", condition=Q(answers=0) | (~Q(clerk="") & ~Q(answered_at=None))
            ),
            models.CheckConstraint(name="handover_closed_by_a_clerk", condition=Q(closed_at=None) | ~Q(clerk="")),
        ]

    def __str__(self) -> str:
        return str(self.pk)
