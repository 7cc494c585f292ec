"""The words that the database keeps."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    """What a one-time code is for: a code for one act opens no other."""

    SIGN_IN = "sign_in", _("sign in")
    CLOSE_LICENSE = "close_license", _("close a trade licence")
