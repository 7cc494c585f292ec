"""The words that property-tax records may hold."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# What payments calls this kind of revenue.
KIND = "property_tax"


class AssesseeStatus(TextChoices):
    ACTIVE = "active", _("active")
    CLOSED = "closed", _("closed")


class DemandKind(TextChoices):
    PD = "PD", _("periodic demand")
    FS = "FS", _("fresh or supplementary")


class Heading(TextChoices):
    """The tab a bill is payable under; the labels are the corporation's own."""

    PD = "PD", _("Current PD")
    FS = "FS", _("Current F/S")
    LOI = "LOI", _("Outstanding (LOI)")


ALL_HEADINGS = "ALL"


class Register(TextChoices):
    """What can be imported. The values are those of the commands."""

    ASSESSEES = "assessees", _("assessees")
    DEMANDS = "demands", _("bills")


class ImportState(TextChoices):
    LANDED = "landed", _("landed")
    UNDONE = "undone", _("taken back")
