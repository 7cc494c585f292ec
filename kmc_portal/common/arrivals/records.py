"""A file that was sent in, as every table of such files has it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from kmc_portal.common.csv_import import Report


class FileState(models.TextChoices):
    WAITING = "waiting", _("waits or is being read")
    TAKEN_IN = "taken_in", _("taken in")
    REFUSED = "refused", _("refused")


class SentFile(models.Model):
    """A file that was sent in. It lies among the private ones; a worker takes it in, whole or not at all.

    How far the reading is, is written beside the import by a connection of its own. Nothing rests on it.
    """

    # The states in which a file waits for a worker.
    TO_READ: ClassVar[tuple[str, ...]] = (FileState.WAITING,)

    name = models.CharField(_("file"), max_length=200)
    stored_as = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(_("size"), help_text="bytes")
    sha256 = models.CharField(max_length=64)
    maker = models.CharField(_("sent in by"), max_length=150)
    sent_at = models.DateTimeField(_("sent in at"))
    state = models.CharField(_("state"), max_length=10, choices=FileState.choices, default=FileState.WAITING)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    rows_read = models.PositiveIntegerField(default=0)
    rows_expected = models.PositiveIntegerField(default=0, help_text="0 when the file does not say")
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    report = models.JSONField(_("report"), null=True, blank=True, help_text="of the import: read, created, updated …")
    refusal = models.JSONField(
        _("refusal"), null=True, blank=True, help_text="its code, and its sentence in each language"
    )

    class Meta:
        abstract = True
        constraints = [models.CheckConstraint(name="%(class)s_names_who", condition=~Q(maker=""))]

    def __str__(self) -> str:
        return self.name

    def note(self, report: Report) -> None:
        """Take down what came of a reading that was not refused: the counts, and the state that follows."""
        self.report, self.state = asdict(report), FileState.TAKEN_IN
        del self.report["rejects"]

    @property
    def share_read(self) -> int | None:
        """How many hundredths of the file have been read; None where its rows are not known."""
        return min(self.rows_read * 100 // self.rows_expected, 100) if self.rows_expected else None
