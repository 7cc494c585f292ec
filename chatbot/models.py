"""What the chat remembers. Records only: `services` and `outgoing` write them."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from chatbot.citizen_models import Consent as Consent
from chatbot.citizen_models import Reminder as Reminder
from chatbot.citizen_models import SavedNumber as SavedNumber
from chatbot.content_models import ProviderContent as ProviderContent
from chatbot.handover_models import Handover as Handover
from chatbot.paper_models import PaperLink as PaperLink
from chatbot.parked_models import ParkedMessage as ParkedMessage
from chatbot.payment_models import PaymentQuestion as PaymentQuestion
from chatbot.phone_models import PhoneContent as PhoneContent
from chatbot.phone_models import PhoneMessage as PhoneMessage
from chatbot.walk_models import NumberWalk as NumberWalk


class Conversation(models.Model):
    """One citizen's thread. `address` is the channel's opaque name of the sender, which may hide the phone number."""

    address = models.CharField(_("address"), max_length=120, unique=True)
    channel = models.CharField(_("channel"), max_length=12)
    language = models.CharField(_("language"), max_length=2, blank=True)
    state = models.JSONField(_("state"), default=dict)
    turns = models.PositiveIntegerField(_("turns"), default=0)
    last_inbound_at = models.DateTimeField(_("last message at"))
    created_at = models.DateTimeField(_("first message at"))
    forget_asked_at = models.DateTimeField(_("asked to be forgotten at"), null=True, blank=True)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = [
            models.Index(
                name="conversation_to_erase", fields=["forget_asked_at"], condition=~models.Q(forget_asked_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk}"


class InboundMessage(models.Model):
    """One message of a citizen and the reply to it. A message that comes twice is answered from here."""

    provider_id = models.CharField(_("provider's number"), max_length=64, unique=True)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="inbound", verbose_name=_("conversation")
    )
    body = models.TextField(_("message"), blank=True)
    reply = models.TextField(_("reply"), blank=True)
    options = models.JSONField(_("options offered"), default=list, blank=True)
    received_at = models.DateTimeField(_("received at"))
    dialog = models.CharField(_("service"), max_length=32, blank=True, db_default="")
    step = models.CharField(_("step reached"), max_length=24, blank=True, db_default="")
    outcome = models.CharField(_("outcome"), max_length=12, blank=True, db_default="")

    class Meta:
        verbose_name = _("message received")
        verbose_name_plural = _("messages received")
        # Old words are looked for by their day; the newest rows pay next to nothing for it.
        indexes = [BrinIndex(name="inbound_by_time", fields=["received_at"])]

    def __str__(self) -> str:
        return self.provider_id


class OutboundMessage(models.Model):
    """One message that goes out by itself: a reply sent through the API, or news such as a receipt.

    Delivery reports about replies that went back in the webhook's own answer are kept here too, with an empty body.
    """

    dedup_key = models.CharField(_("sent once for"), max_length=100, unique=True)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="outbound", verbose_name=_("conversation"), null=True
    )
    body = models.TextField(_("message"), blank=True)
    template = models.CharField(
        _("content"), max_length=60, blank=True, db_default="", help_text="what goes out in the place of free text"
    )
    variables = models.JSONField(
        _("what fills the template"), default=dict, blank=True, db_default=Value({}, models.JSONField())
    )
    document = models.CharField(
        _("paper"),
        max_length=300,
        blank=True,
        db_default="",
        help_text="the portal's own address of a paper to be sent",
    )
    provider_id = models.CharField(_("provider's number"), max_length=64, blank=True)
    status = models.CharField(_("status"), max_length=24, default="waiting")
    status_rank = models.PositiveSmallIntegerField(_("rank of the status"), default=0)
    error_code = models.CharField(_("error"), max_length=12, blank=True)
    created_at = models.DateTimeField(_("written at"))
    available_at = models.DateTimeField(_("next try at"))

    class Meta:
        verbose_name = _("message sent")
        verbose_name_plural = _("messages sent")
        indexes = [
            models.Index(name="outbound_to_send", fields=["available_at"], condition=models.Q(status="waiting")),
            models.Index(
                name="outbound_lost_papers",
                fields=["id"],
                condition=models.Q(status__in=["failed", "undelivered"]) & ~models.Q(document=""),
            ),
            BrinIndex(name="outbound_by_time", fields=["created_at"]),
        ]

    def __str__(self) -> str:
        return self.dedup_key


class WebhookRejection(models.Model):
    """How many requests a webhook turned away on a day (IST), by reason. Nothing of their content is kept."""

    hook = models.CharField(_("webhook"), max_length=20)
    reason = models.CharField(_("reason"), max_length=30)
    day = models.DateField(_("day"))
    count = models.PositiveIntegerField(_("number"), default=0)

    class Meta:
        verbose_name = _("webhook rejection")
        verbose_name_plural = _("webhook rejections")
        constraints = [models.UniqueConstraint(name="rejection_once_per_day", fields=["hook", "reason", "day"])]

    def __str__(self) -> str:
        return f"{self.hook} {self.reason} {self.day}"
