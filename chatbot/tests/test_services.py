"""The turn: its statements, its repeats, its limits, what it keeps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chatbot import services
from chatbot.channels.base import Delivery, Inbound
from chatbot.channels.registry import CONSOLE, WEB
from chatbot.models import Conversation, InboundMessage, OutboundMessage, WebhookRejection
from chatbot.tests.conftest import CLEAR, OWES, OWNER, UNKNOWN

THREADS = 10


def statements(captured):
    return [query["sql"].split()[0] for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hi", ["WITH", "WITH"]),
        (OWES, ["WITH", "WITH", "WITH"]),
        (CLEAR, ["WITH", "WITH", "WITH"]),
        (UNKNOWN, ["WITH", "WITH", "SELECT", "SELECT", "WITH"]),
    ],
)
def test_turn_takes_a_constant_number_of_statements(text, expected, say):
    with CaptureQueriesContext(connection) as captured:
        say(text)

    assert statements(captured) == expected


def test_pay_turn_takes_a_constant_number_of_statements(say):
    say(OWES)
    with CaptureQueriesContext(connection) as captured:
        say("1")

    assert statements(captured) == ["WITH", "WITH", "SELECT", "INSERT", "WITH"]


def test_message_that_comes_twice_is_answered_with_the_first_reply(street, now):
    message = Inbound("SM1", "console:1", OWES)
    first = services.receive(message, channel=CONSOLE, now=now)

    second = services.receive(message, channel=CONSOLE, now=now)

    assert (second.text, second.options, second.is_repeat) == (first.text, first.options, True)
    assert Conversation.objects.get().turns == 1


def test_number_of_somebody_elses_message_tells_nothing(street, now):
    services.receive(Inbound("SM1", "console:1", OWES), channel=CONSOLE, now=now)

    assert services.receive(Inbound("SM1", "console:2", "Hi"), channel=CONSOLE, now=now).text == ""


@pytest.mark.django_db(transaction=True)
def test_ten_copies_at_the_same_moment_are_one_turn(street, now):
    together = Barrier(THREADS)

    def deliver(_number: int) -> str:
        together.wait()
        try:
            return services.receive(Inbound("SM1", "whatsapp:+911", OWES), channel=CONSOLE, now=now).text
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        answers = set(pool.map(deliver, range(THREADS)))

    assert len(answers) == 1
    assert answers != {""}
    assert (Conversation.objects.get().turns, InboundMessage.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_ten_messages_of_one_citizen_are_taken_one_after_the_other(street, now):
    together = Barrier(THREADS)

    def deliver(number: int) -> None:
        together.wait()
        try:
            services.receive(Inbound(f"SM{number}", "whatsapp:+911", "menu"), channel=CONSOLE, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(deliver, range(THREADS)))

    assert Conversation.objects.get().turns == THREADS


def test_conversation_keeps_no_owner_and_no_amount(say):
    say(OWES)

    state = Conversation.objects.get().state

    assert state["answers"] == {"assessee_number": OWES}
    assert set(state) == {
        "language",
        "dialog",
        "version",
        "key",
        "answers",
        "offered",
        "said_at",
        "looked_up",
        "answered",
    }
    assert OWES not in str(state["looked_up"])


@pytest.mark.parametrize("text", ["x" * 5000, "\0", "1\0", "{amount}", "{0} %s %(a)s", "\ud83d", "<b>*_`~"], ids=repr)
def test_odd_text_is_answered(text, say):
    say("English")

    assert say(text).text


def test_no_reply_names_an_owner_or_is_too_long(say):
    said = [
        "Hi",
        "1",
        "1",
        OWES,
        "help",
        "language",
        "2",
        "back",
        OWES,
        "x",
        "1",
        CLEAR,
        "9",
        UNKNOWN,
        "menu",
        "2",
        "👍",
    ]
    replies = [say(text).text for text in said]

    assert [reply for reply in replies if OWNER in reply or "Sukumar" in reply or "Das" in reply] == []
    assert [reply for reply in replies if len(reply) > 900] == []


def test_browser_has_buttons_and_no_numbered_lines(street, now):
    answer = services.receive(Inbound("web:1", "web:1", "English"), channel=WEB, now=now)

    assert answer.text == "*Kolkata Municipal Corporation*\nWhat do you need? Please send a number:"
    assert [name for name, _label in answer.options] == [
        *("property_tax", "trade_license", "payment_problem", "receipt", "delete_my_data", "talk_to_person"),
        *("help", "language"),
    ]


def report(status: str, rank: int, error: str = "") -> Delivery:
    return Delivery("SM9", "console:1", status, rank, error)


def test_delivery_reports_out_of_order_never_go_back(say, now):
    say("Hi")
    for delivery in (
        report("delivered", 4),
        report("sent", 3),
        report("delivered", 4),
        report("read", 5),
        report("queued", 1),
    ):
        services.record_delivery(delivery, reference="", now=now)

    message = OutboundMessage.objects.get()

    assert (message.status, message.provider_id, message.conversation) == ("read", "SM9", Conversation.objects.get())


def test_failed_delivery_is_final(say, now):
    for delivery in (report("undelivered", 6, "63016"), report("delivered", 4), report("read", 5)):
        services.record_delivery(delivery, reference="receipt:1", now=now)

    assert OutboundMessage.objects.values_list("dedup_key", "status", "error_code").get() == (
        "receipt:1",
        "undelivered",
        "63016",
    )


def test_rejections_are_counted_by_day_and_reason(db, now):
    for reason in ("unsigned", "unsigned", "wrong_signature"):
        services.count_rejection(hook="inbound", reason=reason, now=now)

    assert dict(WebhookRejection.objects.values_list("reason", "count")) == {"unsigned": 2, "wrong_signature": 1}
