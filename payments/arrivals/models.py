"""Files on their way in, what has to be done at which hour, and the letter of the morning."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.arrivals.records import SentFile
from payments.accounts.models import GatewayAccount
from payments.states import FileSort


class Task(models.TextChoices):
    """What beat has a worker do at an hour of the day."""

    PULL = "pull", _("ask the gateway for its settlements")
    DIGEST = "digest", _("write the letter of the morning")


class Arrival(SentFile):
    """A settlement report or a bank statement that was sent in."""

    account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, verbose_name=_("gateway account"))
    sort = models.CharField(_("sort of file"), max_length=10, choices=FileSort.choices)
    is_correction = models.BooleanField(_("is a correction"), default=False)

    class Meta(SentFile.Meta):
        verbose_name = _("file sent in")
        verbose_name_plural = _("files sent in")
        indexes = [models.Index(name="arrival_to_take_in", fields=["id"], condition=Q(state="waiting"))]
        constraints = [
            *SentFile.Meta.constraints,
            models.CheckConstraint(name="arrival_sort_known", condition=Q(sort__in=FileSort.values)),
            models.CheckConstraint(
                name="arrival_ends_in_one_way",
                condition=Q(state="waiting", finished_at=None, report=None, refusal=None)
                | Q(state="taken_in", finished_at__isnull=False, report__isnull=False, refusal=None)
                | Q(state="refused", finished_at__isnull=False, report=None, refusal__isnull=False),
            ),
        ]


class Duty(models.Model):
    """Something that has to be done once for an hour: claimed by moving `next_at`, so that whoever dies over it is followed."""

    task = models.CharField(_("task"), max_length=10, choices=Task.choices)
    account = models.ForeignKey(
        GatewayAccount, on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("gateway account")
    )
    due_at = models.DateTimeField(_("due at"))
    next_at = models.DateTimeField(_("next try at"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    outcome = models.TextField(_("outcome"), blank=True)

    class Meta:
        verbose_name = _("scheduled task")
        verbose_name_plural = _("scheduled tasks")
        indexes = [models.Index(name="duty_to_do", fields=["next_at"], condition=Q(done_at=None))]
        constraints = [
            models.UniqueConstraint(
                name="duty_once_an_hour", fields=["task", "account", "due_at"], nulls_distinct=False
            ),
            models.CheckConstraint(name="duty_task_known", condition=Q(task__in=Task.values)),
        ]

    def __str__(self) -> str:
        return f"{self.task} {self.due_at:%Y-%m-%d %H:%M}"


class Digest(models.Model):
    """What the accounts desk finds in the morning. Append-only."""

    day = models.DateField(_("day"), unique=True)
    content = models.JSONField(_("content"))
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("letter of the morning")
        verbose_name_plural = _("letters of the morning")

    def __str__(self) -> str:
        return f"{self.day}"
