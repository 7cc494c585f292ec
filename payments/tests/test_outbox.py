"""At least once, never forgotten, and one that cannot be sent stops no other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from payments import outbox
from payments.models import OutboxMessage
from payments.tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch) -> list[str]:
    """What a consumer was told; it raises where the payload says so."""
    told: list[str] = []

    def consumer(payload):
        told.append(payload["word"])
        if payload.get("fails"):
            raise ConnectionError("nobody answers")

    monkeypatch.setitem(outbox._consumers, "test", consumer)
    return told


def write(word: str, **payload) -> OutboxMessage:
    return OutboxMessage.objects.create(
        topic="test", key=word, payload={"word": word, **payload}, created_at=NOW, available_at=NOW
    )


def test_message_is_sent_once(sent):
    message = write("one")

    assert [outbox.dispatch(now=NOW), outbox.dispatch(now=NOW + timedelta(hours=2))] == [1, 0]

    message.refresh_from_db()
    assert (sent, message.sent_at, message.attempts) == (["one"], NOW, 1)


def test_message_that_fails_waits_longer_each_time_and_stops_no_other(sent):
    broken = write("broken", fails=True)
    write("good")

    assert outbox.dispatch(now=NOW) == 1

    broken.refresh_from_db()
    assert (broken.sent_at, broken.last_error) == (None, "ConnectionError: nobody answers")
    waits = []
    for _ in range(6):
        waits.append(broken.available_at)
        outbox.dispatch(now=broken.available_at)
        broken.refresh_from_db()
    steps = [late - early for early, late in zip([NOW, *waits], waits, strict=False)]
    assert steps == [*outbox.BACKOFF, outbox.BACKOFF[-1]]
    assert sent.count("broken") == 7


def test_message_is_not_sent_before_its_time(sent):
    write("early")

    assert outbox.dispatch(now=NOW - timedelta(seconds=1)) == 0


def test_topic_without_a_listener_counts_as_sent():
    OutboxMessage.objects.create(topic="unheard", key="k", payload={}, created_at=NOW, available_at=NOW)

    assert outbox.dispatch(now=NOW) == 1
