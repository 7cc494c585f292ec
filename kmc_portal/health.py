"""Is the process alive, can it do its work, and what would an operator want to know in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from kmc_portal.celery import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from prometheus_client import Metric

OLDEST_UNSENT_SECONDS = 600


def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return HttpResponse("alive\n", content_type="text/plain")


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, migrations, broker and queues are as they should be, else 503; the body names each."""
    checks = {"database": _database, "migrations": _migrations, "broker": _broker, "outbox": _outbox}
    found = {}
    for name, check in checks.items():
        try:
            found[name] = check()
        except Exception as error:  # whatever is wrong with a part, the answer says which part
            found[name] = type(error).__name__
    is_ready = all(word == "ok" for word in found.values())
    return JsonResponse(found, status=200 if is_ready else 503)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    return "missing" if executor.migration_plan(executor.loader.graph.leaf_nodes()) else "ok"


def _broker() -> str:
    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
    return "ok"


def _outbox() -> str:
    return "ok" if _number(OLDEST_UNSENT) < OLDEST_UNSENT_SECONDS else "late"


OLDEST_UNSENT = """
SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0) FROM payments_outboxmessage WHERE sent_at IS NULL AND attempts < 5
"""
FIGURES = {
    "portal_outbox_unsent": (
        "Messages waiting in the outbox",
        "SELECT count(*) FROM payments_outboxmessage WHERE sent_at IS NULL",
    ),
    "portal_outbox_oldest_seconds": ("Age of the oldest unsent message", OLDEST_UNSENT),
    "portal_inbox_unread": (
        "Gateway messages not read yet",
        "SELECT count(*) FROM payments_gatewaymessage WHERE state = 'received'",
    ),
    "portal_gateway_messages_rejected": (
        "Gateway messages with a wrong signature or a wrong content, repeated ones too",
        "SELECT coalesce(sum(hits), 0) FROM payments_gatewaymessage WHERE state = 'rejected'",
    ),
    "portal_gateway_messages_parked": (
        "Gateway messages that wait for a person",
        "SELECT count(*) FROM payments_gatewaymessage WHERE state = 'parked'",
    ),
    "portal_gateway_accounts_set_aside": (
        "Gateway accounts that failed lately and are not asked",
        "SELECT count(*) FROM payments_accounthealth WHERE rests_until IS NOT NULL",
    ),
    "portal_refunds_under_way": (
        "Refunds that were approved and have not come to their end",
        "SELECT count(*) FROM payments_refund WHERE next_at IS NOT NULL",
    ),
    "portal_breaks": (
        "Differences that wait for a person",
        "SELECT count(*) FROM payments_reconbreak b"
        " WHERE NOT EXISTS (SELECT FROM payments_breakclosing c WHERE c.recon_break_id = b.id)",
    ),
    "portal_payments": ("Payments posted", "SELECT count(*) FROM payments_payment"),
    "portal_chat_messages": ("Chat messages taken in", "SELECT count(*) FROM chatbot_inboundmessage"),
    "portal_chat_messages_parked": (
        "Chat messages over which the portal failed three times",
        "SELECT count(*) FROM chatbot_parkedmessage WHERE parked_at IS NOT NULL AND settled_at IS NULL",
    ),
    "portal_chat_number_walks": (
        "Neighbourhoods whose numbers were walked through in the chat",
        "SELECT count(*) FROM chatbot_numberwalk",
    ),
    "portal_chat_webhooks_rejected": (
        "Chat webhooks that were not signed by the provider",
        "SELECT coalesce(sum(count), 0) FROM chatbot_webhookrejection",
    ),
}


class _Figures:
    """Read at the moment of the question, from the database: right whichever of the processes is asked."""

    def collect(self) -> Iterator[Metric]:
        for name, (text, sql) in FIGURES.items():
            yield GaugeMetricFamily(name, text, value=_number(sql))


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format; 503 when the database is away."""
    registry = CollectorRegistry(auto_describe=False)
    try:
        registry.register(_Figures())
        return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4; charset=utf-8")
    except DatabaseError:
        return HttpResponse("database away\n", content_type="text/plain", status=503)


def _number(sql: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return float(cursor.fetchone()[0])
