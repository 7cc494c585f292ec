"""What a machine is told that asks how the portal is."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from kmc_portal.health import FIGURES
from payments.models import OutboxMessage

ALL_WELL = {"database": "ok", "migrations": "ok", "broker": "ok", "outbox": "ok"}


def unsent(*, minutes: int, attempts: int = 0) -> None:
    at = timezone.now() - timedelta(minutes=minutes)
    OutboxMessage.objects.create(
        topic="test", key=f"{minutes}.{attempts}", payload={}, created_at=at, available_at=at, attempts=attempts
    )


def figures(client) -> dict[str, float]:
    lines = client.get("/metrics").content.decode().splitlines()
    return {name: float(value) for name, value in (line.split() for line in lines if not line.startswith("#"))}


@contextmanager
def database_away():
    """Point this thread's connection to a folder where no server listens."""
    known = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nowhere"
    try:
        yield
    finally:
        connection.settings_dict["HOST"] = known


def test_process_that_answers_is_alive(client):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"alive\n")


@pytest.mark.django_db
def test_portal_is_ready_when_every_part_is(client):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (200, ALL_WELL)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("minutes", "attempts", "word"),
    [(9, 0, "ok"), (11, 0, "late"), (11, 4, "late"), (11, 5, "ok")],
    ids=["young", "old", "old and tried", "waits for a person"],
)
def test_portal_is_not_ready_while_the_outbox_is_late(client, minutes, attempts, word):
    unsent(minutes=minutes, attempts=attempts)

    answer = client.get("/readyz")

    assert answer.json() == {**ALL_WELL, "outbox": word}
    assert answer.status_code == (200 if word == "ok" else 503)


@pytest.mark.django_db
def test_portal_is_not_ready_while_the_broker_is_away(client, monkeypatch):
    monkeypatch.setattr("kmc_portal.health.app.conf.broker_write_url", "redis://127.0.0.1:1/0")

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (503, {**ALL_WELL, "broker": "OperationalError"})


@pytest.mark.django_db(transaction=True)
def test_database_away_is_named_and_the_process_stays_alive(client):
    with database_away():
        ready, metrics, alive = (client.get(path) for path in ("/readyz", "/metrics", "/healthz"))

    word = "OperationalError"
    assert (ready.status_code, ready.json()) == (
        503,
        {**ALL_WELL, "database": word, "migrations": word, "outbox": word},
    )
    assert (metrics.status_code, alive.status_code) == (503, 200)


@pytest.mark.django_db
def test_metrics_tell_what_waits(client):
    unsent(minutes=2)
    unsent(minutes=30, attempts=5)

    told = figures(client)

    assert set(told) == set(FIGURES)
    assert (told["portal_outbox_unsent"], told["portal_payments"]) == (2, 0)
    assert 120 <= told["portal_outbox_oldest_seconds"] < 180
