"""A register that was sent in at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.arrivals.records import SentFile

if TYPE_CHECKING:
    from kmc_portal.common.csv_import import Report

# All of them are in the file of misfits.
MISFITS_SHOWN = 100


class Register(models.TextChoices):
    ASSESSEES = "assessees", _("assessees")
    DEMANDS = "demands", _("bills of property tax")
    LICENSES = "licenses", _("certificates of enlistment")
    LICENSE_DEMANDS = "license_demands", _("bills of trade licences")


class RegisterState(models.TextChoices):
    WAITING = "waiting", _("waits to be tried")
    TRIED = "tried", _("tried, waits for a colleague")
    APPROVED = "approved", _("approved, waits to be taken in")
    TURNED_DOWN = "turned_down", _("turned down")
    TAKEN_IN = "taken_in", _("taken in")
    REFUSED = "refused", _("refused")


class RegisterFile(SentFile):
    """A CSV of a register. It is read twice: to see what would come of it, and to take it in once a colleague has approved that.

    `report` has the counts of the last reading, and in `misfits` the first of the rows that it set aside: `row`, `field`, `code`.
    """

    TO_READ: ClassVar[tuple[str, ...]] = (RegisterState.WAITING, RegisterState.APPROVED)

    register = models.CharField(_("register"), max_length=15, choices=Register.choices)
    language = models.CharField(max_length=2, help_text="of the sentences in the file of misfits")
    state = models.CharField(_("state"), max_length=11, choices=RegisterState.choices, default=RegisterState.WAITING)
    approver = models.CharField(_("decided by"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.TextField(_("why refused"), blank=True)

    class Meta(SentFile.Meta):
        verbose_name = _("register sent in")
        verbose_name_plural = _("registers sent in")
        indexes = [
            models.Index(name="register_file_to_read", fields=["id"], condition=Q(state__in=("waiting", "approved"))),
            models.Index(name="register_file_to_decide", fields=["id"], condition=Q(state="tried")),
        ]
        constraints = [
            *SentFile.Meta.constraints,
            models.CheckConstraint(name="register_file_register_known", condition=Q(register__in=Register.values)),
            models.CheckConstraint(name="register_file_decided_by_another", condition=~Q(approver=F("maker"))),
            models.CheckConstraint(
                name="register_file_decision_is_whole",
                condition=Q(approver="", decided_at=None) | (~Q(approver="") & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="register_file_is_in_one_state",
                condition=Q(state="waiting", approver="", report=None, refusal=None)
                | Q(state="tried", approver="", report__isnull=False, refusal=None)
                | (
                    Q(state__in=("approved", "taken_in"), report__isnull=False, refusal=None, reason="")
                    & ~Q(approver="")
                )
                | (Q(state="turned_down", report__isnull=False, refusal=None) & ~Q(approver="") & ~Q(reason=""))
                | Q(state="refused", report=None, refusal__isnull=False, reason=""),
            ),
        ]

    def note(self, report: Report) -> None:
        is_trial = self.state == RegisterState.WAITING
        super().note(report)
        assert self.report is not None
        shown = report.rejects[:MISFITS_SHOWN]
        self.report["misfits"] = [{name: one[name] for name in ("row", "field", "code")} for one in shown]
        if is_trial:
            self.state = RegisterState.TRIED
