"""Thin Celery wrappers: each reads the clock, calls one service and lets it raise."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from kmc_portal.common.clock import day_of
from property_tax import advances, figures
from property_tax.rule_services import KEEPING


@shared_task(name="property_tax.use_advances")
def use_advances(**later: object) -> int:
    now = timezone.now()
    return advances.use_advances(on=day_of(now), now=now).amount_paise


@shared_task(name="property_tax.preview_rule_books")
def preview_rule_books(**later: object) -> int:
    return KEEPING.preview_waiting(now=timezone.now())


@shared_task(name="property_tax.write_ward_figures")
def write_ward_figures(**later: object) -> bool:
    return figures.write_ward_figures(today=day_of(timezone.now()))
