"""Thin Celery wrappers: each reads the clock, calls one service and lets it raise."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from trade_license.reminders import queue_reminders as queue
from trade_license.rule_services import KEEPING


@shared_task(name="trade_license.preview_rule_books")
def preview_rule_books(**later: object) -> int:
    return KEEPING.preview_waiting(now=timezone.now())


@shared_task(name="trade_license.queue_reminders")
def queue_reminders(**later: object) -> int:
    return queue(now=timezone.now())
