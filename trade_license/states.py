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


class ApplicationKind(TextChoices):
    NEW = "new", _("new certificate")
    CORRECTION = "correction", _("correction")
    CHANGE = "change", _("change")
    ADDRESS = "address", _("change of address")
    CLOSURE = "closure", _("closure")


class ApplicationState(TextChoices):
    """`allotted`: the number of a new certificate exists; whether it is paid and so issued, its standing says."""

    SUBMITTED = "submitted", _("waits for a decision")
    ALLOTTED = "allotted", _("number allotted")
    FLAGGED = "flagged", _("not in order on inspection")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    REVOKED = "revoked", _("revoked")
    WITHDRAWN = "withdrawn", _("withdrawn")


class PaperKind(TextChoices):
    IDENTITY = "identity", _("photo identity")
    OCCUPANCY = "occupancy", _("proof of occupancy")


class Finding(TextChoices):
    IN_ORDER = "in_order", _("in order")
    NOT_IN_ORDER = "not_in_order", _("not in order")


# From -> to; what is not here is final.
APPLICATION_MOVES: dict[str, tuple[str, ...]] = {
    "submitted": ("approved", "refused", "withdrawn"),
    "allotted": ("flagged", "withdrawn"),
    "flagged": ("allotted", "revoked"),
}
