"""The words that trade-licence records may hold."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# What payments calls this kind of revenue.
KIND = "trade_license"


class Standing(TextChoices):
    """What a certificate is worth on a day. Computed from its demands, never stored."""

    ALLOTTED = "allotted", _("allotted, not paid")
    ACTIVE = "active", _("valid")
    DUE = "due", _("renewal due")
    OVERDUE = "overdue", _("renewal overdue")
    EXPIRED = "expired", _("expired")
    CLOSED = "closed", _("closed")
    DELETED = "deleted", _("deleted on inspection")


class Heading(TextChoices):
    """What a demand is payable under."""

    RENEWAL = "RENEWAL", _("Renewal")
    ARREARS = "ARREARS", _("Arrears")


FOR_LIFE = "life"
