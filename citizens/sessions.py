"""Who is signed in: a key in the browser, its hash and the proved mobile number here."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q

from citizens.codes import hidden
from citizens.models import CitizenSession

if TYPE_CHECKING:
    from datetime import datetime

# Looking at a page is written down at most so often: reading stays reading.
NOTED_EVERY = timedelta(minutes=1)


def begin(*, mobile: str, now: datetime) -> str:
    """Sign a mobile number in and return the key for the browser."""
    key = secrets.token_urlsafe(32)
    CitizenSession.objects.create(key_hash=_hash_of(key), mobile=mobile, signed_in_at=now, seen_at=now)
    return key


def mobile_of(*, key: str, now: datetime) -> str:
    """Return the number that a key was given for; empty when it was idle or open too long, ended, or is not ours."""
    found = CitizenSession.objects.filter(key_hash=_hash_of(key)).exclude(_over(now)).first() if key else None
    if found is None:
        return ""
    if now - found.seen_at >= NOTED_EVERY:
        CitizenSession.objects.filter(pk=found.pk, seen_at__lt=now).update(seen_at=now)
    return found.mobile


def end(*, key: str) -> None:
    """Sign out: the key opens nothing any more, whoever has a copy of it."""
    CitizenSession.objects.filter(key_hash=_hash_of(key)).delete()


def forget_sessions(*, now: datetime) -> int:
    """Delete the sessions that are over. Returns how many."""
    return CitizenSession.objects.filter(_over(now)).delete()[0]


def _over(now: datetime) -> Q:
    idle, longest = settings.CITIZEN_IDLE, settings.CITIZEN_LONGEST
    return Q(seen_at__lte=now - idle) | Q(signed_in_at__lte=now - longest)


def _hash_of(key: str) -> str:
    return hidden("session", key)
