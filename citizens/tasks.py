"""Thin Celery wrappers: each reads the clock and calls its services."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from citizens import services, sessions


@shared_task(name="citizens.forget_old")
def forget_old(**later: object) -> int:
    """Delete codes, allowances and sessions that are over."""
    now = timezone.now()
    return services.forget_codes(now=now) + sessions.forget_sessions(now=now)
