"""Celery, and the only place where a schedule is written."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

TRANSPORT_ALIASES["filesystem"] = "kmc_portal.broker:Transport"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmc_portal.settings")
app = Celery("kmc_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

SECOND, MINUTE, HOUR = 1.0, 60.0, 3600.0
SCHEDULE: dict[str, dict[str, Any]] = {
    "send what waits in the outbox": {"task": "payments.dispatch_outbox", "schedule": 2 * SECOND},
    "read what waits in the inbox": {"task": "payments.drain_inbox", "schedule": 5 * SECOND},
    "ask gateways about payments in progress": {"task": "payments.poll_gateway", "schedule": 15 * SECOND},
    "close orders that nobody paid": {"task": "payments.expire_orders", "schedule": MINUTE},
    "send refunds that were approved": {"task": "payments.send_refunds", "schedule": MINUTE},
    # Each is asked about once an hour; a round takes those whose hour has come.
    "ask gateways what became of refunds": {"task": "payments.ask_refunds", "schedule": 5 * MINUTE},
    "lay payments, settlements and bank credits side by side": {"task": "payments.reconcile", "schedule": HOUR},
    "take in settlement files that were sent in": {"task": "payments.take_in_files", "schedule": 5 * SECOND},
    "take in settlement files from the folder": {"task": "payments.watch_folder", "schedule": MINUTE},
    # Each has its hours of the day; a round does what is due since the last one.
    "pull settlements and write the letter of the morning": {"task": "payments.do_duties", "schedule": MINUTE},
    "try registers, and take in those that were approved": {
        "task": "kmc_portal.take_in_registers",
        "schedule": 5 * SECOND,
    },
    "seal the books": {"task": "payments.seal_books", "schedule": HOUR},
    "use advances for the bills presented since": {"task": "property_tax.use_advances", "schedule": HOUR},
    "preview rule books that wait for approval": {"task": "property_tax.preview_rule_books", "schedule": 10 * SECOND},
    "count the wards of the finished day": {"task": "property_tax.write_ward_figures", "schedule": HOUR},
    "forget old codes and sessions": {"task": "citizens.forget_old", "schedule": HOUR},
    "preview fee schedules that wait for approval": {
        "task": "trade_license.preview_rule_books",
        "schedule": 10 * SECOND,
    },
    "remind of last dates": {"task": "trade_license.queue_reminders", "schedule": HOUR},
    "remind of last days in the chat": {"task": "chatbot.write_reminders", "schedule": MINUTE},
    "take in what webhooks lost": {"task": "chatbot.sweep", "schedule": 5 * MINUTE},
    "try messages again over which the portal failed": {"task": "chatbot.try_parked", "schedule": MINUTE},
    "notice who walks through numbers": {"task": "chatbot.notice_walks", "schedule": 5 * MINUTE},
    "forget what citizens said": {"task": "chatbot.forget", "schedule": 15 * MINUTE},
    "ask the bank for those who wait in the chat": {
        "task": "chatbot.answer_payment_questions",
        "schedule": 5 * SECOND,
    },
    "send what the chat left waiting": {"task": "chatbot.send_waiting", "schedule": 10 * SECOND},
}
# A tick that no worker took by its next one is worth nothing; a queue of them would be a flood.
app.conf.beat_schedule = {
    name: {**entry, "options": {"expires": max(entry["schedule"], 10 * SECOND)}} for name, entry in SCHEDULE.items()
}
