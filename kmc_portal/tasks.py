"""Thin Celery wrappers: each reads the clock, calls one service and lets it raise."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from kmc_portal.registers.services import REGISTERS


@shared_task(name="kmc_portal.take_in_registers")
def take_in_registers(**later: object) -> int:
    return REGISTERS.take_in_waiting(now=timezone.now())
