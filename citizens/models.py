"""Codes, how often they may be asked for, and who is signed in. Records only: `services` and `sessions` write them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from citizens.states import Purpose

HASH_LENGTH = 64


class OneTimeCode(models.Model):
    """The last code for one purpose, mobile number and subject. A newer one takes its row, which ends the older.

    Neither the code nor the number stands here: both are hashes under the portal's key.
    """

    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose)
    bound_to = models.CharField(_("for whom and what"), max_length=HASH_LENGTH, unique=True)
    code_hash = models.CharField(_("hash of the code"), max_length=HASH_LENGTH)
    sent_at = models.DateTimeField(_("sent at"), db_index=True)
    ends_at = models.DateTimeField(_("good until"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        constraints = [
            models.CheckConstraint(name="code_ends_after_it_is_sent", condition=Q(ends_at__gt=F("sent_at"))),
            models.CheckConstraint(
                name="code_used_in_time",
                condition=Q(used_at=None) | Q(used_at__gte=F("sent_at"), used_at__lt=F("ends_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class CodeAllowance(models.Model):
    """How often somebody has asked lately, and when the next time may be. `whose` is a hash under the portal's key."""

    whose = models.CharField(_("whose"), max_length=HASH_LENGTH, unique=True)
    uses = models.PositiveIntegerField(_("uses"))
    last_at = models.DateTimeField(_("last use at"), db_index=True)
    next_at = models.DateTimeField(_("next use from"))

    class Meta:
        verbose_name = _("code allowance")
        verbose_name_plural = _("code allowances")
        constraints = [
            models.CheckConstraint(name="allowance_waits_forward", condition=Q(next_at__gte=F("last_at"))),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class CitizenSession(models.Model):
    """A browser whose reader has proved a mobile number. The key is in the browser alone; here is its hash."""

    key_hash = models.CharField(_("hash of the key"), max_length=HASH_LENGTH, unique=True)
    mobile = models.CharField(_("mobile"), max_length=16)
    signed_in_at = models.DateTimeField(_("signed in at"))
    seen_at = models.DateTimeField(_("seen at"), db_index=True)

    class Meta:
        verbose_name = _("citizen's session")
        verbose_name_plural = _("citizens' sessions")
        constraints = [
            models.CheckConstraint(name="session_seen_after_sign_in", condition=Q(seen_at__gte=F("signed_in_at"))),
        ]

    def __str__(self) -> str:
        return str(self.pk)
