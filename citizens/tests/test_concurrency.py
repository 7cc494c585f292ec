"""Many at the same moment: one code is believed once, five tries are five, and one message goes out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from citizens.models import OneTimeCode
from citizens.tests.conftest import another
from kmc_portal.common.errors import ServiceError
from payments.models import OutboxMessage

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


def at_once(act: Callable[[], object]) -> Counter[str]:
    """What came of it in each thread: `done`, or the code of the refusal."""
    start = Barrier(THREADS)

    def run(_: int) -> str:
        try:
            start.wait()
            act()
        except ServiceError as refusal:
            return refusal.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(run, range(THREADS)))


def test_one_of_many_confirmations_wins(ask, confirm):
    code = ask()

    assert at_once(lambda: confirm(code)) == {"done": 1, "code_used": THREADS - 1}


def test_tries_at_the_same_moment_are_all_counted(ask, confirm):
    code = ask()

    assert at_once(lambda: confirm(another(code))) == {"code_wrong": 5, "code_too_many_tries": THREADS - 5}
    assert OneTimeCode.objects.get().tries == 5


def test_one_of_many_requests_sends_a_code(ask):
    assert at_once(ask) == {"done": 1, "code_wait": THREADS - 1}
    assert OutboxMessage.objects.count() == 1
