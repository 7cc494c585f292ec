"""What a citizen has asked the chat to remember, and each yes and no that was said to it. Records only: `memory` writes them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LONGEST_NICKNAME = 24


class Kind(models.TextChoices):
    """What a saved number is the number of: the dialog that it answers."""

    PROPERTY_TAX = "property_tax", _("assessee number")
    TRADE_LICENSE = "trade_license", _("licence number")


class ConsentPurpose(models.TextChoices):
    """What a citizen says yes to, each by itself."""

    REMEMBER = "remember", _("keep numbers under a name")
    REMIND = "remind", _("remind of last days")


class Occasion(models.TextChoices):
    """When a last day is told of."""

    EARLY = "early", _("thirty days before, or later")
    NEAR = "near", _("three days before")
    LAST = "last", _("on the day")


class SavedNumber(models.Model):
    """A number that a citizen calls by a name, and whether the chat may remind of its last days."""

    conversation = models.ForeignKey(
        "chatbot.Conversation", on_delete=models.CASCADE, related_name="saved", verbose_name=_("conversation")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    number = models.CharField(_("number"), max_length=40)
    nickname = models.CharField(_("name"), max_length=LONGEST_NICKNAME)
    is_reminded = models.BooleanField(_("reminders"), default=False)
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("saved number")
        verbose_name_plural = _("saved numbers")
        constraints = [
            models.UniqueConstraint(name="number_saved_once", fields=["conversation", "kind", "number"]),
            models.CheckConstraint(name="saved_number_has_a_name", condition=~Q(nickname="")),
            models.CheckConstraint(name="saved_number_kind_known", condition=Q(kind__in=Kind.values)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Consent(models.Model):
    """One yes or no of a citizen. Append-only. The conversation's number outlives the conversation and then names nobody."""

    conversation_number = models.BigIntegerField(_("number of the conversation"), db_index=True)
    purpose = models.CharField(_("purpose"), max_length=10, choices=ConsentPurpose)
    is_given = models.BooleanField(_("given"))
    language = models.CharField(_("language of the question"), max_length=2)
    said_at = models.DateTimeField(_("said at"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(name="consent_purpose_known", condition=Q(purpose__in=ConsentPurpose.values)),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class Reminder(models.Model):
    """A citizen was told of a last day, early, three days before, or on the day: three times at most."""

    saved = models.ForeignKey(
        SavedNumber, on_delete=models.CASCADE, related_name="reminders", verbose_name=_("saved number")
    )
    last_day = models.DateField(_("last day"))
    occasion = models.CharField(_("occasion"), max_length=5, choices=Occasion)
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("reminder in the chat")
        verbose_name_plural = _("reminders in the chat")
        constraints = [
            models.UniqueConstraint(name="reminder_once_per_occasion", fields=["saved", "last_day", "occasion"]),
            models.CheckConstraint(name="reminder_occasion_known", condition=Q(occasion__in=Occasion.values)),
        ]

    def __str__(self) -> str:
        return f"{self.occasion} {self.last_day}"
