"""One WhatsApp message, signature to commit: the portal's webhook beside the same work in raw SQL, in one server."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from django.test import Client
from twilio.request_validator import RequestValidator

from bench import city, serve
from bench.measure import Count, cpu_seconds, interleaved, queries

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.measure import Ratio, Size

FORM = "application/x-www-form-urlencoded"
OURS, RAW = "/hooks/twilio/inbound/", "/hooks/bench/raw-turn/"
WARM_UP = serve.CONNECTIONS * 10
# Twilio passes on at most 80 messages a second of one sender; nothing comes faster than it can be answered.
SENDER_LIMIT = 80
SESSIONS = """
SELECT pid, backend_start FROM pg_stat_activity
 WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
# Other benchmarks talk to the chat too; our messages have numbers that count from 1.
UNANSWERED = """
SELECT count(*) FILTER (WHERE reply = '') + abs(%s - count(*)) FROM chatbot_inboundmessage WHERE provider_id LIKE 'SM00000000%%'
"""
CITIZENS = """
INSERT INTO chatbot_conversation (address, channel, language, state, turns, last_inbound_at, created_at)
SELECT 'whatsapp:+9198' || right(assessee_number, 8), 'whatsapp', 'bn', '{"language": "bn"}', 1, now(), now()
  FROM property_tax_assessee ON CONFLICT DO NOTHING
"""
_message_numbers = count(1)


def measure(size: Size) -> Iterator[Ratio | Count]:
    prepare()
    with serve.serving(serve.SHIPPED) as server:
        held = warm_up()
        ways = {path: lambda path=path: cpu_milliseconds(server, path, size.turns) for path in (OURS, RAW)}
        found = interleaved(ways, size.rounds)
        opened = sessions() - held
        paced = turns(OURS, size.turns, SENDER_LIMIT)
    yield found.ratio("chat turn: CPU", "ms", (OURS, RAW), limit=1.5)
    yield Count(f"chat turn: p99 at {SENDER_LIMIT} a second, ms", round(paced.p99_ms), limit=200)
    yield Count("chat turn: statements", statements_of_a_turn(), limit=5)
    yield Count("chat turn: database connections opened after warm-up", len(opened), limit=0)
    yield Count("chat turn: messages lost, doubled or unanswered", unanswered(), limit=0)


def prepare() -> None:
    """Make a conversation in Bengali for everybody in the city."""
    with connection.cursor() as cursor:
        cursor.execute(CITIZENS)


def cpu_milliseconds(server: int, path: str, messages: int) -> float:
    """Return the CPU that the web server spends on one message, its workers included, the database not."""
    before = cpu_seconds(server)
    turns(path, messages)
    return (cpu_seconds(server) - before) / messages * 1000


def turns(path: str, messages: int, per_second: int = 0) -> serve.Answers:
    """Have `messages` citizens send their assessee number."""
    answers = serve.send(path, [signed(path, number) for number in city.assessee_numbers(messages)], per_second)
    if answers.statuses != {"200": messages}:
        raise SystemExit(
            f"{path} answered {answers.statuses}; the server's words are in {settings.VAR_DIR}/server.log."
        )
    return answers


def signed(path: str, number: str) -> tuple[str, str]:
    """Return the signature and the body of a message as Twilio posts it, with a number of its own."""
    form = message(number)
    signature = RequestValidator(settings.TWILIO_AUTH_TOKEN).compute_signature(settings.PUBLIC_BASE_URL + path, form)
    return signature, urlencode(form)


def message(number: str) -> dict[str, str]:
    sid, address = f"SM{next(_message_numbers):032x}", f"+9198{number[-8:]}"
    return {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Owner",
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": address.removeprefix("+"),
        "SmsStatus": "received",
        "Body": number,
        "To": settings.TWILIO_WHATSAPP_FROM,
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "ChannelMetadata": '{"type":"whatsapp"}',
        "From": f"whatsapp:{address}",
        "ApiVersion": "2010-04-01",
    }


def warm_up() -> set[tuple[object, ...]]:
    """Send messages until every thread of the server has met one; return the database sessions that it holds then."""
    for _attempt in range(20):
        for path in (OURS, RAW):
            turns(path, WARM_UP)
        if len(held := sessions()) >= serve.WORKERS * serve.THREADS:
            break
    return held


def statements_of_a_turn() -> int:
    signature, body = signed(OURS, city.assessee_numbers(1)[0])
    request = {"data": body, "content_type": FORM, "headers": {"X-Twilio-Signature": signature}}
    citizen = Client(SERVER_NAME="127.0.0.1")
    return queries(lambda: citizen.post(OURS, **request))


def sessions() -> set[tuple[object, ...]]:
    """Return every session of the scratch database, each with the time it began."""
    with connection.cursor() as cursor:
        cursor.execute(SESSIONS)
        return set(cursor.fetchall())


def unanswered() -> int:
    sent = next(_message_numbers) - 1
    with connection.cursor() as cursor:
        cursor.execute(UNANSWERED, [sent])
        return cursor.fetchone()[0]
