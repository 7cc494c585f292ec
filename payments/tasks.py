"""Thin Celery wrappers: each reads the clock, calls one service and lets it raise."""

from __future__ import annotations

from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from payments import inbox, outbox, polling, sealing, services
from payments.arrivals import duties, folder
from payments.arrivals.intake import ARRIVALS
from payments.reconciliation import running
from payments.refunds import sending as refund_sending


@shared_task(name="payments.drain_inbox")
def drain_inbox(**later: object) -> int:
    return inbox.drain(now=timezone.now())


@shared_task(name="payments.dispatch_outbox")
def dispatch_outbox(**later: object) -> int:
    return outbox.dispatch(now=timezone.now())


@shared_task(name="payments.poll_gateway")
def poll_gateway(**later: object) -> int:
    return polling.poll(now=timezone.now())


@shared_task(name="payments.expire_orders")
def expire_orders(**later: object) -> int:
    return services.expire_orders(now=timezone.now())


@shared_task(name="payments.seal_books")
def seal_books(**later: object) -> int:
    return sealing.seal_books(now=timezone.now())


@shared_task(name="payments.reconcile")
def reconcile(**later: object) -> int:
    return running.reconcile_all(now=timezone.now())


@shared_task(name="payments.send_refunds")
def send_refunds(**later: object) -> int:
    return refund_sending.send_refunds(now=timezone.now())


@shared_task(name="payments.ask_refunds")
def ask_refunds(**later: object) -> int:
    return refund_sending.ask_refunds(now=timezone.now())


@shared_task(name="payments.take_in_files")
def take_in_files(**later: object) -> int:
    return ARRIVALS.take_in_waiting(now=timezone.now())


@shared_task(name="payments.watch_folder")
def watch_folder(**later: object) -> int:
    if not settings.SETTLEMENT_FOLDER:
        return 0
    return folder.watch(Path(settings.SETTLEMENT_FOLDER), now=timezone.now())


@shared_task(name="payments.do_duties")
def do_duties(**later: object) -> int:
    return duties.do_duties(now=timezone.now())
