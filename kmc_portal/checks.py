"""What `manage.py check` says of the settings; with `--deploy` also what a real system must not be without."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from kmc_portal.common.secrets import is_placeholder

REPLY_WAYS = ("twiml", "api")


@register(Tags.compatibility)
def known_words(**_: Any) -> list[CheckMessage]:
    """Refuse a setting whose word means nothing."""
    if settings.CHAT_REPLY_VIA in REPLY_WAYS:
        return []
    return [Error(f"CHAT_REPLY_VIA must be twiml or api, not {settings.CHAT_REPLY_VIA!r}.", id="portal.E001")]


@register(Tags.security, deploy=True)
def ready_for_citizens(**_: Any) -> list[CheckMessage]:
    """Refuse a public system that cannot tell its own Twilio account, or that citizens would reach without TLS."""
    faults: list[CheckMessage] = []
    if is_placeholder(settings.TWILIO_ACCOUNT_SID):
        faults.append(Error("TWILIO_ACCOUNT_SID is missing or still a placeholder.", id="portal.E002"))
    if not settings.PUBLIC_BASE_URL.startswith("https://"):
        faults.append(Error("PUBLIC_BASE_URL must be the portal's https:// address.", id="portal.E003"))
    return faults
