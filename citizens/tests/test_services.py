"""A code: once, in time, for one thing, in five tries; and who asks for one he has not learns nothing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from citizens import services
from citizens.inputs import CodeWrong
from citizens.limits import CodeWait
from citizens.models import CodeAllowance, OneTimeCode
from citizens.services import CodeExpired, CodeTooManyTries, CodeUsed
from citizens.states import Purpose
from citizens.tests.conftest import MOBILE, OTHER, SUBJECT, another, sent
from payments.models import OutboxMessage

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
UNKNOWN = ""


def test_right_code_is_believed_once(ask, confirm):
    code = ask()

    confirm(code)

    with pytest.raises(CodeUsed):
        confirm(code)


def test_code_has_six_digits_and_changes(ask, now):
    codes = {ask(at=now + number * MINUTE, subject=str(number)) for number in range(8)}

    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert len(codes) > 1


def test_code_is_good_for_ten_minutes_and_not_at_their_end(ask, confirm, now):
    code = ask()

    with pytest.raises(CodeExpired):
        confirm(code, at=now + 10 * MINUTE)
    confirm(code, at=now + 10 * MINUTE - timedelta(microseconds=1))


def test_sixth_try_is_refused_though_it_is_right(ask, confirm):
    code = ask()
    for _ in range(5):
        with pytest.raises(CodeWrong):
            confirm(another(code))

    with pytest.raises(CodeTooManyTries):
        confirm(code)


def test_fifth_try_may_be_right(ask, confirm):
    code = ask()
    for _ in range(4):
        with pytest.raises(CodeWrong):
            confirm(another(code))

    confirm(code)


def test_newer_code_ends_the_older_and_its_tries(ask, confirm, now):
    older = ask()
    with pytest.raises(CodeWrong):
        confirm(another(older))
    newer = ask(at=now + MINUTE)
    if newer != older:
        with pytest.raises(CodeWrong):
            confirm(older, at=now + MINUTE)

    confirm(newer, at=now + MINUTE)

    assert OneTimeCode.objects.count() == 1


@pytest.mark.parametrize(
    "elsewhere",
    [{"subject": "CE-2"}, {"mobile": OTHER}, {"purpose": Purpose.SIGN_IN}],
    ids=lambda each: next(iter(each)),
)
def test_code_opens_nothing_else(ask, confirm, elsewhere):
    code = ask()

    with pytest.raises(CodeExpired):
        confirm(code, **elsewhere)
    confirm(code)


def test_code_that_was_never_asked_for_reads_as_expired(confirm):
    with pytest.raises(CodeExpired):
        confirm("123456")


def test_neither_code_nor_mobile_is_kept_readable_or_logged(ask):
    with capture_logs() as lines:
        code = ask()

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o::text || c::text || a::text FROM payments_outboxmessage o, citizens_onetimecode c, citizens_codeallowance a"
        )
        kept = " ".join(row for (row,) in cursor.fetchall())
    assert (MOBILE[3:] in kept, MOBILE[3:] in str(lines)) == (False, False)
    assert code not in str(lines)
    assert f'"{code}"' not in kept


# --- Nobody learns who is known ---------------------------------------------------------------------------------------


def test_unknown_number_gets_the_same_answer_and_the_same_work(now):
    asked = {"purpose": Purpose.CLOSE_LICENSE, "client": "", "now": now, "language": "en", "source": "web"}
    with CaptureQueriesContext(connection) as known:
        first = services.send_code(mobile=MOBILE, subject="CE-1", **asked)
    with CaptureQueriesContext(connection) as unknown:
        second = services.send_code(mobile=UNKNOWN, subject="CE-2", **asked)

    assert first == second
    assert [shape(query) for query in known] == [shape(query) for query in unknown]
    assert [bool(message["mobile"]) for message in sent()] == [True, False]


def shape(query) -> str:
    """A statement without its values: what differs may be what is written, not how much."""
    return re.sub(r'"s[0-9]+_x[0-9]+"', "", query["sql"].split("VALUES")[0].split("WHERE")[0])


def test_no_code_is_right_where_there_is_nobody(ask, confirm):
    code = ask(mobile=UNKNOWN)

    with pytest.raises(CodeWrong):
        confirm(code, mobile=UNKNOWN)


def test_refusals_for_an_unknown_number_come_in_the_same_order(ask, confirm, now):
    def story(mobile, subject):
        said = []
        for minutes, act in ((0, "ask"), (0, "ask"), *((0, "try"),) * 6, (1, "ask"), (1, "try"), (11, "try")):
            at = now + minutes * MINUTE
            try:
                if act == "ask":
                    ask(at=at, mobile=mobile, subject=subject, client="")
                else:
                    confirm("not it", at=at, mobile=mobile, subject=subject, client="")
                said.append("done")
            except services.ServiceError as refusal:
                said.append(refusal.code)
        return said

    known, unknown = story(MOBILE, "CE-1"), story(UNKNOWN, "CE-2")

    assert known == unknown
    assert known == [
        "done",
        "code_wait",
        *["code_wrong"] * 5,
        "code_too_many_tries",
        "done",
        "code_wrong",
        "code_expired",
    ]


def test_mobile_of_two_licences_makes_neither_wait_for_the_other(ask):
    ask(subject="CE-1")

    ask(subject="CE-2")

    assert [message["mobile"] for message in sent()] == [MOBILE, MOBILE]


def test_eleventh_message_of_a_day_to_a_mobile_is_not_sent_and_nobody_is_told(ask, now):
    for number in range(11):
        ask(subject=f"CE-{number}", client="")

    assert [bool(message["mobile"]) for message in sent()] == [True] * 10 + [False]
    ask(subject="CE-next-day", client="", at=now + timedelta(days=1))
    assert sent()[-1]["mobile"] == MOBILE


# --- Waits ------------------------------------------------------------------------------------------------------------


def test_wait_for_the_next_code_grows(ask, now):
    at = now
    for minutes in (1, 2, 5, 30, 120, 360, 360):
        ask(at=at, client="")
        at += minutes * MINUTE
        with pytest.raises(CodeWait):
            ask(at=at - timedelta(microseconds=1), client="")


def test_refusal_to_wait_says_how_long_and_costs_nothing(ask, now):
    ask()

    with pytest.raises(CodeWait) as refused:
        ask(at=now + timedelta(seconds=30))

    assert refused.value.user_message.count("1 min") == 1
    assert OutboxMessage.objects.count() == 1
    ask(at=now + MINUTE)


def test_quiet_day_forgets_the_waits(ask, now):
    for minutes in (0, 1, 3):
        ask(at=now + minutes * MINUTE)
    later = now + 3 * MINUTE + timedelta(days=1)

    ask(at=later)
    ask(at=later + MINUTE)

    assert CodeAllowance.objects.filter(uses=2).count() >= 1


def test_right_code_forgets_the_waits_of_its_subject(ask, confirm, now):
    ask()
    confirm(ask(at=now + MINUTE), at=now + MINUTE)

    ask(at=now + MINUTE)


def test_client_waits_after_ten_codes_about_many_things(ask, now):
    for number in range(10):
        ask(subject=f"CE-{number}")

    with pytest.raises(CodeWait):
        ask(subject="CE-one-more")
    ask(subject="CE-one-more", client="203.0.113.8")
    ask(subject="CE-later", at=now + 15 * MINUTE)


def test_ipv6_household_is_one_client(ask):
    for number in range(10):
        ask(subject=f"CE-{number}", client=f"2001:db8:1:2::{number + 1}")

    with pytest.raises(CodeWait):
        ask(subject="CE-one-more", client="2001:db8:1:2:ffff::1")


def test_client_that_guesses_at_many_codes_has_to_wait(ask, confirm):
    codes = {number: ask(subject=f"CE-{number}", client="") for number in range(8)}
    for number in range(30):
        with pytest.raises((CodeWrong, CodeTooManyTries)):
            confirm(another(codes[number % 7]), subject=f"CE-{number % 7}")

    with pytest.raises(CodeWait):
        confirm(codes[7], subject="CE-7")
    confirm(codes[7], subject="CE-7", client="203.0.113.8")


# --- The records ------------------------------------------------------------------------------------------------------


def test_old_codes_and_waits_are_forgotten(ask, now):
    ask()

    assert services.forget_codes(now=now + timedelta(days=1) - MINUTE) == 0
    assert services.forget_codes(now=now + timedelta(days=1)) == 4
    assert (OneTimeCode.objects.count(), CodeAllowance.objects.count()) == (0, 0)


def test_database_refuses_a_code_used_after_its_end(ask, now):
    ask()

    with pytest.raises(IntegrityError, match="code_used_in_time"):
        OneTimeCode.objects.update(used_at=now + 10 * MINUTE)


def test_database_refuses_a_code_that_ends_before_it_is_sent(ask, now):
    ask()

    with pytest.raises(IntegrityError, match="code_ends_after_it_is_sent"):
        OneTimeCode.objects.update(ends_at=now)


def test_database_refuses_two_codes_for_the_same(ask):
    ask()
    twin = OneTimeCode.objects.get(purpose=Purpose.CLOSE_LICENSE)
    twin.pk = None

    with pytest.raises(IntegrityError, match="bound_to"):
        twin.save(force_insert=True)


def test_database_refuses_a_wait_into_the_past(ask, now):
    ask()

    with pytest.raises(IntegrityError, match="allowance_waits_forward"):
        CodeAllowance.objects.update(next_at=now - MINUTE)


def test_subject_is_what_was_typed_and_not_whose(ask):
    """The same number for another act waits for nothing: purposes are apart."""
    ask(purpose=Purpose.CLOSE_LICENSE, subject=SUBJECT)

    ask(purpose=Purpose.SIGN_IN, subject="")

    assert len(sent()) == 2
