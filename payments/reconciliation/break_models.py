"""What is written about a break, and how it comes to its end."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.paper_records import PaperRecord
from payments.decisions.models import Decided
from payments.states import ClosedHow


class ClosingRequest(Decided):
    """A clerk's word that a break needs nothing more. It stays open until a colleague has approved that."""

    recon_break = models.ForeignKey(
        "payments.ReconBreak", on_delete=models.PROTECT, related_name="closing_requests", verbose_name=_("break")
    )

    class Meta(Decided.Meta):
        verbose_name = _("request to close a break")
        verbose_name_plural = _("requests to close breaks")
        constraints = [
            *Decided.Meta.constraints,
            models.UniqueConstraint(
                name="closing_asked_once_at_a_time", fields=["recon_break"], condition=Q(approver="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recon_break_id}"


class BreakClosing(models.Model):
    """The end of a break: by itself, or by two people with a note. Append-only."""

    recon_break = models.OneToOneField(
        "payments.ReconBreak", on_delete=models.PROTECT, related_name="closing", verbose_name=_("break")
    )
    how = models.CharField(_("how"), max_length=6, choices=ClosedHow.choices)
    note = models.TextField(_("note"))
    maker = models.CharField(_("asked by"), max_length=150, blank=True)
    approver = models.CharField(_("approved by"), max_length=150, blank=True)
    closed_at = models.DateTimeField(_("closed at"))

    class Meta:
        verbose_name = _("closing of a break")
        verbose_name_plural = _("closings of breaks")
        constraints = [
            models.CheckConstraint(name="closing_says_why", condition=~Q(note="")),
            models.CheckConstraint(
                name="closing_is_by_itself_or_by_two_people",
                condition=Q(how="auto", maker="", approver="")
                | (Q(how__in=["manual", "force"]) & ~Q(maker="") & ~Q(approver="") & ~Q(approver=F("maker"))),
            ),
        ]

    def __str__(self) -> str:
        return self.how


class BreakNote(models.Model):
    """What somebody found out about a break, before or after its end. Append-only: what was wrong, a later note says."""

    recon_break = models.ForeignKey(
        "payments.ReconBreak", on_delete=models.PROTECT, related_name="notes", verbose_name=_("break")
    )
    detail = models.TextField(_("note"))
    maker = models.CharField(_("written by"), max_length=150)
    noted_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("note on a break")
        verbose_name_plural = _("notes on breaks")
        constraints = [models.CheckConstraint(name="note_says_what_and_who", condition=~Q(detail="") & ~Q(maker=""))]

    def __str__(self) -> str:
        return self.maker


class BreakPaper(PaperRecord):
    """The paper that a note goes with: a bank's letter, a screen of the gateway. Append-only."""

    note = models.OneToOneField(BreakNote, on_delete=models.PROTECT, related_name="paper", verbose_name=_("note"))

    class Meta:
        verbose_name = _("paper on a break")
        verbose_name_plural = _("papers on breaks")
