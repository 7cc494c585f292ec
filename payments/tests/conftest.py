"""A kind of revenue whose bills are a set of words, so that payments is tested without property tax."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from payments import payables
from payments.tests.billdesk_bench import KEY, Bench, bench_at
from payments.tests.factories import KIND, NOW, AccountFactory


class SimpleDues:
    """Remembers which bills are paid; every bill of an order costs what the order says."""

    kind = KIND

    def __init__(self) -> None:
        self.paid: set[str] = set()
        self.due_paise = 192_400

    def amount_due(self, *, reference, bills, on) -> int:
        return self.due_paise

    def on_paid(self, *, reference, bills, paid_on) -> list[str]:
        fresh = [bill for bill in bills if bill not in self.paid]
        self.paid.update(fresh)
        return fresh

    def on_reversed(self, *, reference, bills) -> None:
        self.paid.difference_update(bills)


@pytest.fixture(autouse=True)
def dues(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleDues]:
    found = SimpleDues()
    monkeypatch.setitem(payables._registered, KIND, found)
    return found


@pytest.fixture
def bench(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """The sandbox on a loopback port, as the account that attempts are opened with."""
    monkeypatch.setenv("BILLDESK_KEY", KEY)
    with bench_at(NOW) as found:
        AccountFactory(base_url=found.url)
        yield found
