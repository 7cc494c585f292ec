"""What citizens ask the Licence department for, and what became of it. Records only."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.paper_records import PaperRecord
from trade_license.states import ApplicationKind, ApplicationState, Finding, PaperKind


class Application(models.Model):
    """An application: for a new certificate, or for something about one that there is.

    `mobile` is the number whose code the applicant has proved. Of the identity paper only the kind and the last characters of
    its number are kept. `wanted` is what is to be changed, by field; of a new certificate the undertakings that were given.
    """

    application_number = models.CharField(_("application number"), max_length=16, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=ApplicationKind.choices)
    state = models.CharField(_("state"), max_length=9, choices=ApplicationState.choices)
    license = models.ForeignKey(
        "License", on_delete=models.PROTECT, related_name="applications", verbose_name=_("certificate")
    )
    mobile = models.CharField(_("mobile"), max_length=16)
    applicant_name = models.TextField(_("applicant"))
    residence = models.TextField(_("residential address"), blank=True)
    identity_kind = models.CharField(_("identity paper"), max_length=20, blank=True)
    identity_last = models.CharField(_("last characters of its number"), max_length=4, blank=True)
    years = models.CharField(_("years"), max_length=4, default="1")
    wanted = models.JSONField(_("wanted"), default=dict, blank=True)
    undertakings = models.JSONField(_("undertakings"), default=list, blank=True)
    made_at = models.DateTimeField(_("made at"))
    is_sampled = models.BooleanField(_("drawn for inspection"), default=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        verbose_name = _("licence application")
        verbose_name_plural = _("licence applications")
        # Rights of three different people.
        permissions = [
            ("vote_on_application", _("may vote on applications")),
            ("inspect_application", _("may write findings")),
            ("decide_application", _("may decide what was flagged")),
        ]
        indexes = [
            models.Index(name="application_of_mobile", fields=["mobile"]),
            models.Index(
                name="application_to_inspect", fields=["made_at"], condition=Q(is_sampled=True, state="allotted")
            ),
        ]
        constraints = [
            models.CheckConstraint(name="application_kind_known", condition=Q(kind__in=ApplicationKind.values)),
            models.CheckConstraint(name="application_state_known", condition=Q(state__in=ApplicationState.values)),
            models.CheckConstraint(
                name="application_refusal_has_a_reason",
                condition=~Q(state__in=("refused", "revoked", "flagged")) | ~Q(reason=""),
            ),
            models.UniqueConstraint(
                name="application_open_once_per_license", fields=["license", "kind"], condition=Q(state="submitted")
            ),
        ]

    def __str__(self) -> str:
        return self.application_number


class ApplicationPaper(PaperRecord):
    """A paper that came with an application, in private storage under a name of ours. Append-only."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="papers", verbose_name=_("application")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=PaperKind.choices)

    class Meta:
        verbose_name = _("paper of an application")
        verbose_name_plural = _("papers of applications")


class Inspection(models.Model):
    """What an inspector found at the premises of a new certificate that was drawn. Append-only; an officer decides apart."""

    application = models.OneToOneField(Application, on_delete=models.PROTECT, verbose_name=_("application"))
    inspector = models.CharField(_("inspector"), max_length=150)
    inspected_on = models.DateField(_("inspected on"))
    finding = models.CharField(_("finding"), max_length=12, choices=Finding.choices)
    remarks = models.TextField(_("remarks"), blank=True)

    class Meta:
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        constraints = [
            models.CheckConstraint(
                name="inspection_flag_has_remarks", condition=~Q(finding="not_in_order") | ~Q(remarks="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.finding}"


class CommitteeVote(models.Model):
    """One member's word on an application. Append-only; nobody has two."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="votes", verbose_name=_("application")
    )
    member = models.CharField(_("member"), max_length=150)
    is_for = models.BooleanField(_("for it"))
    reason = models.TextField(_("reason"), blank=True)
    voted_at = models.DateTimeField(_("voted at"))

    class Meta:
        verbose_name = _("vote of the committee")
        verbose_name_plural = _("votes of the committee")
        constraints = [
            models.UniqueConstraint(name="committee_vote_once", fields=["application", "member"]),
            models.CheckConstraint(name="committee_refusal_has_a_reason", condition=Q(is_for=True) | ~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.member}"


class Reminder(models.Model):
    """That a holder was told of a last date. One for each demand and day."""

    demand = models.ForeignKey(
        "LicenseDemand", on_delete=models.PROTECT, related_name="reminders", verbose_name=_("demand")
    )
    last_date = models.DateField(_("last date without fine"))
    queued_at = models.DateTimeField(_("queued at"))

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [models.UniqueConstraint(name="reminder_once_per_last_date", fields=["demand", "last_date"])]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.last_date}"
