"""How long a clerk stays signed in, and where: at one desk at a time, and not at one that was left alone."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from kmc_portal.models import ClerkSession

if TYPE_CHECKING:
    from datetime import datetime

# Looking at a page is written down at most so often: reading stays reading.
NOTED_EVERY = timedelta(minutes=1)


def begin(*, user_id: int, now: datetime) -> str:
    """Sign a clerk in, out wherever else they were, and return the key for the browser's session."""
    key = secrets.token_urlsafe(32)
    values = {"key_sha256": _digest(key), "signed_in_at": now, "seen_at": now}
    ClerkSession.objects.update_or_create(user_id=user_id, defaults=values)
    return key


def lasts(*, user_id: int, key: str, now: datetime) -> bool:
    """Say whether a clerk's session goes on; not when it was idle or open too long, or they have signed in elsewhere."""
    found = ClerkSession.objects.filter(user_id=user_id, key_sha256=_digest(key)).first()
    if not found or now - found.seen_at > settings.CLERK_IDLE or now - found.signed_in_at > settings.CLERK_LONGEST:
        return False
    if now - found.seen_at >= NOTED_EVERY:
        ClerkSession.objects.filter(pk=found.pk, seen_at__lt=now).update(seen_at=now)
    return True


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
