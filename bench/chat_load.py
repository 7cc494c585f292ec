"""The chat under load: delivery receipts beside a bare view, an hour's pace with repeats, and a broadcast through the worker."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection
from twilio.request_validator import RequestValidator

from bench import city, serve
from bench.measure import Count, Ratio, interleaved
from chatbot import tasks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.measure import Rounds, Size

INBOUND, STATUS, BARE = "/hooks/twilio/inbound/", "/hooks/twilio/status/", "/hooks/bench/bare/"
STATES = ("sent", "delivered", "read")
ROUNDS = 5
# The pace of the hour before a rebate ends; each citizen writes every two seconds.
PER_SECOND, CITIZENS, REPEATED = 20, 40, 5
SAID = ("menu", "{number}", "back", "help", "1", "0")
BROADCAST, ENOUGH = 4_000, 240
CHILDREN = 2
STARTS_WITHIN_SECONDS = 60
_numbers = count(1)

# Every message of a citizen once, in the order in which they were written, each with one turn and one answer.
WRONG = """
WITH heard AS (
    SELECT conversation_id, id, provider_id, reply,
           row_number() OVER (PARTITION BY conversation_id ORDER BY id) AS came,
           row_number() OVER (PARTITION BY conversation_id ORDER BY provider_id) AS written
      FROM chatbot_inboundmessage WHERE provider_id LIKE 'SMload%%'
), turns AS (
    SELECT sum(turns) AS taken FROM chatbot_conversation WHERE address LIKE 'whatsapp:+9133%%'
)
SELECT abs(%(sent)s - count(*)), count(*) FILTER (WHERE reply = ''), count(*) FILTER (WHERE came <> written),
       abs((SELECT taken FROM turns) - count(*)) FROM heard
"""
WRITE = """
WITH somebody AS (
    INSERT INTO chatbot_conversation (address, channel, language, state, turns, last_inbound_at, created_at)
    VALUES ('web:broadcast', 'web', 'en', '{}', 0, now(), now())
    ON CONFLICT (address) DO UPDATE SET channel = 'web' RETURNING id
)
INSERT INTO chatbot_outboundmessage (dedup_key, conversation_id, body, provider_id, status, status_rank, error_code, created_at,
                                     available_at)
SELECT 'news:' || number, id, 'A reminder', '', 'waiting', 0, '', now(), now() FROM somebody, generate_series(1, %s) AS number
"""
LEFT = "SELECT count(*) FROM chatbot_outboundmessage WHERE dedup_key LIKE 'news:%%' AND status = 'waiting'"
CLEAR = "DELETE FROM chatbot_outboundmessage WHERE dedup_key LIKE 'news:%%'"


def measure(size: Size) -> Iterator[Ratio | Count]:
    with serve.serving(serve.SHIPPED):
        found = receipts(size)
        lost, unanswered, out_of_order, doubled, p99 = paced(size)
    yield found.ratio("delivery receipt beside a bare view", "a second", (STATUS, BARE), limit=0.2, at_least=True)
    name = f"chat at {PER_SECOND} a second, every fifth repeated:"
    yield Count(f"{name} lost", lost, limit=0)
    yield Count(f"{name} unanswered", unanswered, limit=0)
    yield Count(f"{name} out of order", out_of_order, limit=0)
    yield Count(f"{name} doubled", doubled, limit=0)
    yield Count(f"{name} p99, ms", p99, limit=2000)
    rate = broadcast()
    yield Ratio("broadcast, two worker children", "a second", rate, ENOUGH, rate / ENOUGH, 1.0, at_least=True)


def receipts(size: Size) -> Rounds:
    """Return how many requests a second the server answers, receipts and the bare view in turn."""
    rate(STATUS, size.posts)
    return interleaved({path: lambda path=path: rate(path, size.posts * 2) for path in (STATUS, BARE)}, ROUNDS)


def rate(path: str, posts: int) -> float:
    answers = serve.send(path, [receipt(path, number) for number in range(posts)])
    if answers.statuses != {"204": posts}:
        raise SystemExit(f"{path} answered {answers.statuses}.")
    return posts / answers.seconds


def receipt(path: str, place: int) -> tuple[str, str]:
    """Return the signature and the form of one delivery report; three in a row are about one message."""
    sid = f"SM{next(_numbers) // len(STATES):032x}"
    form = {
        "MessageSid": sid,
        "SmsSid": sid,
        "MessageStatus": STATES[place % len(STATES)],
        "SmsStatus": STATES[place % len(STATES)],
        "ChannelPrefix": "whatsapp",
        "To": "whatsapp:+919830012345",
        "From": settings.TWILIO_WHATSAPP_FROM,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "ApiVersion": "2010-04-01",
    }
    return signed(path, form)


def paced(size: Size) -> tuple[int, int, int, int, int]:
    """Have citizens write for a while; return what went wrong, by kind, and the p99 in ms."""
    numbers = city.assessee_numbers(CITIZENS)
    posts: list[tuple[str, str]] = []
    messages = 0
    while len(posts) < PER_SECOND * size.load_seconds:
        turn, citizen = divmod(messages, CITIZENS)
        post = message(citizen, turn, SAID[turn % len(SAID)].format(number=numbers[citizen]))
        messages += 1
        posts += [post, post] if messages % REPEATED == 0 else [post]
    answers = serve.send(INBOUND, posts, PER_SECOND)
    if set(answers.statuses) != {"200"}:
        raise SystemExit(f"{INBOUND} answered {answers.statuses}.")
    with connection.cursor() as cursor:
        cursor.execute(WRONG, {"sent": messages})
        lost, unanswered, out_of_order, doubled = cursor.fetchone()
    return lost, unanswered, out_of_order, int(doubled), round(answers.p99_ms)


def message(citizen: int, turn: int, text: str) -> tuple[str, str]:
    form = {
        "MessageSid": f"SMload{citizen:03}{turn:025}",
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "From": f"whatsapp:+9133{citizen:08}",
        "To": settings.TWILIO_WHATSAPP_FROM,
        "Body": text,
        "NumMedia": "0",
        "ProfileName": "Owner",
    }
    return signed(INBOUND, form)


def signed(path: str, form: dict[str, str]) -> tuple[str, str]:
    signature = RequestValidator(settings.TWILIO_AUTH_TOKEN).compute_signature(settings.PUBLIC_BASE_URL + path, form)
    return signature, urlencode(form)


def broadcast() -> float:
    """Return how many messages a second leave through the worker, to a channel that takes them at once."""
    with connection.cursor() as cursor:
        cursor.execute(CLEAR)
        with worker():
            cursor.execute(WRITE, [BROADCAST // 10])
            drain(cursor)  # the children have met the database and the tasks
            cursor.execute(CLEAR)
            cursor.execute(WRITE, [BROADCAST])
            began = time.perf_counter()
            drain(cursor)
            return BROADCAST / (time.perf_counter() - began)


def drain(cursor: object) -> None:
    """Let round after round be sent, as the schedule does, without the rest in between."""
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while left := waiting(cursor):
        tasks.send_waiting.delay()
        while waiting(cursor) > max(0, left - tasks.outgoing.BATCH):
            if time.monotonic() > deadline:
                raise SystemExit("The worker sends nothing.")
            time.sleep(0.02)


def waiting(cursor: object) -> int:
    cursor.execute(LEFT)
    return cursor.fetchone()[0]


@contextmanager
def worker() -> Iterator[None]:
    """Run a worker with two children, as an operator may."""
    log = settings.VAR_DIR / "worker.log"
    command = [
        *(sys.executable, "-m", "celery", "-A", "kmc_portal", "worker", "-P", "prefork", "-c", str(CHILDREN)),
        *("-l", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    with log.open("ab") as events:
        process = subprocess.Popen(command, stdout=events, stderr=events)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)
