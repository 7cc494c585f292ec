"""What the demo phone keeps. It is a stranger to the rest of the chat and has records of its own."""

from __future__ import annotations

from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _


class PhoneMessage(models.Model):
    """One bubble on the demo phone: words, with choices (id, label) and links (label, address) under them, or a paper."""

    number = models.CharField(max_length=40)
    sid = models.CharField(max_length=34, unique=True)
    is_mine = models.BooleanField()
    body = models.TextField()
    choices = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    links = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    media_url = models.CharField(max_length=500, blank=True, db_default="")
    media = models.BinaryField(null=True, blank=True)
    media_name = models.CharField(max_length=120, blank=True, db_default="")
    status = models.CharField(max_length=12)
    status_callback = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("demo phone message")
        verbose_name_plural = _("demo phone messages")
        indexes = [models.Index(name="phone_screen", fields=["number", "id"])]

    def __str__(self) -> str:
        return self.sid


class PhoneContent(models.Model):
    """A content that the demo phone keeps as Twilio does: what it says, its choices (id, label) and links (label, address)."""

    sid = models.CharField(max_length=34, unique=True)
    language = models.CharField(max_length=8)
    body = models.TextField()
    choices = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    links = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    approval = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("demo phone content")
        verbose_name_plural = _("demo phone contents")

    def __str__(self) -> str:
        return self.sid
