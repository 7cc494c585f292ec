"""Payments in the chat: what the bank says afterwards, what is told to whom, receipts again, links that are not ours."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from chatbot import payment_questions
from chatbot.dialogs.payment_references import order_number, payment_reference, receipt_number
from chatbot.models import Conversation, OutboundMessage, PaymentQuestion
from chatbot.tests.conftest import CLEAR, FAILED, OPENED, OWES, PAID, PAID_FOR, PENDING, REVERSED, UNUSED
from kmc_portal.common.errors import ServiceError
from payments import services
from payments.models import PaymentAttempt, PaymentOrder, Receipt
from payments.payment_status import orders_named
from payments.states import AttemptState
from payments.tests.billdesk_bench import KEY, bench_at
from payments.tests.factories import NOW, AccountFactory

RETURN_URL = "https://kmc.example.org/pay/return/{account}/"


@pytest.fixture
def bench(db, monkeypatch):
    monkeypatch.setenv("BILLDESK_KEY", KEY)
    with bench_at(NOW) as found:
        AccountFactory(base_url=found.url)
        yield found


@pytest.fixture
def begun(bench, say):
    """A payment that was begun in the chat, and the gateway's page for it."""
    say("English")
    say(OWES)
    say("1")
    order = PaymentOrder.objects.get()
    checkout = services.start_attempt(
        token=order.token, now=NOW, return_url=RETURN_URL, payer_ip="127.0.0.1", user_agent="test"
    )
    return order, checkout


def answered(**later):
    """Answer what was asked, so much later, and return the message that went out; empty when none did."""
    assert payment_questions.answer_questions(now=NOW + timedelta(**later)) == 1
    message = OutboundMessage.objects.filter(dedup_key__startswith="question:").last()
    return message.body if message else ""


def test_bank_is_asked_and_its_answer_follows(bench, begun, say):
    _order, checkout = begun
    bench.press(checkout, action="failure")

    told = say("money was cut but no receipt came").text
    answer = answered(seconds=5)

    assert "*No money has arrived yet.*" in told
    assert "The bank is being asked now. What it says comes here in a moment." in told
    assert answer.startswith("This is what the bank says now.\n\n*₹4,449.00* for Property tax 11-026-01-0005-1")
    assert "failed.* No money has arrived." in answer
    assert "your bank puts it back by 28 November 2026 by itself" in answer
    assert PaymentQuestion.objects.get().answer == "failed"


def test_money_that_did_arrive_is_told_by_its_receipt_alone(bench, begun, say):
    _order, checkout = begun
    bench.press(checkout)
    say("money was cut but no receipt came")

    assert answered(seconds=5) == ""
    assert PaymentQuestion.objects.get().answer == "paid"
    assert "has arrived*" in say("payment status").text


def test_pending_money_stays_pending_and_has_a_day(bench, begun, say):
    order, checkout = begun
    bench.press(checkout, action="pending_success")
    say("payment status")

    answer = answered(seconds=5)

    assert "*The bank is still working on it.*" in answer
    assert "please do not pay again before 28 November 2026" in answer
    assert order.token not in answer


def test_gateway_that_is_away_is_told_of(begun, say, monkeypatch):
    PaymentAttempt.objects.update(asked_at=None)
    AccountFactory().__class__.objects.update(base_url="http://127.0.0.1:9")
    say("payment status")

    assert "The bank's system gives no answer at the moment. We go on asking it by ourselves." in answered(seconds=5)


def test_somebody_else_who_knows_the_order_number_is_answered_too(bench, begun, say):
    order, checkout = begun
    bench.press(checkout)
    say("English", address="console:2")
    say(f"payment {order.order_number}", address="console:2")

    answer = answered(seconds=5)

    receipt = Receipt.objects.get()
    assert f"/receipts/{receipt.token}/" in answer
    assert OutboundMessage.objects.get(dedup_key__startswith="question:").conversation.address == "console:2"


def test_impatient_citizen_has_one_question_open(begun, say):
    for _time in range(3):
        say("payment status")

    assert PaymentQuestion.objects.count() == 1
    assert payment_questions.answer_questions(now=NOW + timedelta(seconds=2)) == 1
    assert "being asked" not in say("payment status").text
    assert PaymentQuestion.objects.count() == 1


def test_question_of_a_worker_that_died_is_answered_by_the_next(begun, say):
    say("payment status")
    with connection.cursor() as cursor:
        cursor.execute(payment_questions.TAKE, {"now": NOW, "lease": NOW + payment_questions.LEASE, "batch": 1})

    assert payment_questions.answer_questions(now=NOW + timedelta(seconds=30)) == 0
    assert answered(seconds=61) != ""


def test_answer_comes_in_the_language_of_the_conversation(begun, say):
    say("বাংলা")
    say("পেমেন্ট স্ট্যাটাস")

    assert answered(seconds=5).startswith("ব্যাঙ্ক এখন যা বলছে, তা এই।")


def test_nothing_is_asked_of_the_bank_within_the_turn(begun, say):
    asked_before = PaymentAttempt.objects.get().asked_at
    say("payment status")

    assert PaymentAttempt.objects.get().asked_at == asked_before


@pytest.mark.parametrize("text", ["payment status", PAID, PENDING, UNUSED, f"receipt {PAID}"])
def test_turn_about_a_payment_takes_five_statements_at_most(text, say, paid, unpaid):
    say("English")
    with CaptureQueriesContext(connection) as captured:
        say(text)

    assert len([query for query in captured.captured_queries if "SAVEPOINT" not in query["sql"]]) <= 5


def test_who_knows_only_what_was_paid_for_gets_no_link(say, paid):
    say("English")
    say("payment status")

    told = say(PAID_FOR).text

    assert told.count("The receipt is given to whoever sends the order number.") == 2
    assert "/receipts/" not in told
    assert "PT-026" not in told


def test_who_knows_only_what_is_to_be_paid_for_learns_no_order_number(say, unpaid):
    say("English")
    say("payment status")

    told = say(PAID_FOR).text

    assert "for Property tax 11-026-01-0009-5:" in told
    assert "KP26" not in told


def test_receipts_that_nobody_has_are_counted_until_one_has_to_wait(say, settings, paid):
    settings.CHAT_LOOK_UPS_FREE = 4
    say("English")
    say("receipt")
    for number in range(7, 9):
        assert "No receipt is known here" in say(f"PT-026/2026-27/{number:06d}").text

    assert say("PT-026/2026-27/000010").text.startswith("You have looked up 2 different numbers today.")


def test_guessing_what_a_receipt_was_paid_for_ends_before_the_right_one(say, settings, paid):
    settings.CHAT_LOOK_UPS_FREE = 5
    say("English")
    say("PT-026/2026-27/000001")
    for number in (OWES, CLEAR):
        assert "This receipt is not for" in say(number).text

    told = say(PAID_FOR).text

    assert told.startswith("You have looked up 3 different numbers today.")
    assert "/receipts/" not in told


def test_receipt_of_another_is_shown_to_who_knows_what_it_is_for(say, paid):
    say("English")
    asked = say("PT-026/2026-27/000001").text
    shown = say(PAID_FOR).text

    assert "/receipts/" not in asked
    assert f"/receipts/{Receipt.objects.get(number=1).token}/" in shown
    assert Receipt.objects.get(number=2).token not in shown


@pytest.mark.parametrize("text", ["what?", "0000", OWES, "back", "help", "বাংলা", "language"])
def test_nothing_but_the_right_number_shows_the_receipt_of_another(text, say, paid):
    say("English")
    say("PT-026/2026-27/000001")

    assert "/receipts/" not in say(text).text


def test_reversed_receipt_is_told_as_reversed(say, paid):
    say("English")

    assert "so the receipt has been reversed" in say(f"receipt {REVERSED}").text


@pytest.mark.parametrize("number", [1, 2])
def test_code_of_a_receipt_says_whether_it_is_genuine(number, say, paid):
    code = Receipt.objects.get(number=number).code
    say("English")

    told = say("-".join(code[start : start + 4] for start in range(0, 16, 4))).text

    verdict = {1: "✅ *This receipt is genuine.*", 2: "⚠️ *This receipt has been reversed.*"}[number]
    assert told.startswith(f"{verdict}\n• Property tax: PT-026/2026-27/00000{number}")


def test_link_of_a_receipt_says_whether_it_is_genuine(say, paid):
    say("English")

    assert say(f"http://127.0.0.1:8000/receipts/{Receipt.objects.get(number=1).token}.pdf").text.startswith("✅")


@pytest.mark.parametrize(
    "link",
    ["https://127.0.0.1.example.com/pay/x/", "http://127.0.0.1:8000@example.com/pay/x/", "kmc.example.com/pay/x"],
)
def test_link_that_looks_like_ours_is_warned_of(link, say):
    say("English")

    assert "*Warning.* This address is not ours." in say(f"is this ok {link} ?").text


def test_certificate_issued_in_the_chat_is_genuine(say):
    say("English")
    issued = say("NDC for 110260100062").text

    assert say(issued.splitlines()[1]).text.startswith("✅ *This certificate is genuine")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my order is kp261120-0000pad please", PAID),
        (f"{PAID}01", PAID),
        ("KP২৬১১২০0000PAD", PAID),
        ("KP2611200000PAI", ""),
        ("skp2611200000PAD", ""),
    ],
)
def test_order_number_is_found_in_a_sentence(text, expected):
    assert order_number(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pt-026/2026-27/1", "PT-026/2026-27/000001"),
        ("TL 026 2026 27 000012", "TL-026/2026-27/000012"),
        ("ND-026/2026-27/000001", ""),
        ("110260100051", ""),
    ],
)
def test_receipt_number_is_found_however_it_is_typed(text, expected):
    assert receipt_number(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("UTR 431198765432", "431198765432"),
        ("ce/26/000051", "CE/26/000051"),
        ("SBIN0R52026112345678", "SBIN0R52026112345678"),
    ],
)
def test_other_numbers_of_a_payment_are_taken_as_they_are(text, expected):
    assert payment_reference(text) == expected


@pytest.mark.parametrize("text", ["4449", "no idea", "", "31/11"])
def test_text_without_a_number_of_a_payment_is_refused(text):
    with pytest.raises(ServiceError):
        payment_reference(text)


def test_order_is_found_by_each_of_its_numbers(paid, unpaid):
    assert [found.order_number for found in orders_named(name="431198765432")] == [PAID]
    assert [found.order_number for found in orders_named(name="PT-026/2026-27/000002")] == [REVERSED]
    assert {found.step for found in orders_named(name=PAID_FOR)} <= {"unused", "open", "checking", "failed", "closed"}
    assert [(found.step, found.is_waiting(now=NOW)) for found in orders_named(name=FAILED)] == [("failed", True)]
    assert orders_named(name="") == []


def test_only_one_question_of_a_conversation_about_an_order_is_open(say, unpaid):
    say("English")
    order, conversation = PaymentOrder.objects.get(order_number=OPENED), Conversation.objects.get()
    values = {"order": order, "conversation": conversation, "is_payers": True, "asked_at": NOW, "available_at": NOW}
    PaymentQuestion.objects.create(**values)

    with pytest.raises(IntegrityError, match="question_open_once"):
        PaymentQuestion.objects.create(**values)


def test_question_is_answered_with_a_word(say, unpaid):
    say("English")
    values = {"order": PaymentOrder.objects.first(), "conversation": Conversation.objects.get(), "is_payers": True}

    with pytest.raises(IntegrityError, match="question_answered_with_a_word"):
        PaymentQuestion.objects.create(**values, asked_at=NOW, available_at=NOW, answered_at=NOW)


def test_every_step_of_a_payment_has_its_words():
    from chatbot.dialogs.payment_words import VERDICTS  # noqa: PLC0415 - beside what it is compared with
    from payments.queries import STEPS  # noqa: PLC0415 - as above

    assert {"unused", "closed", *STEPS.values()} - {"paid"} == set(VERDICTS)
    assert set(STEPS) == set(AttemptState)
