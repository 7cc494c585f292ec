"""A kind of revenue whose bills are a set of words, so that payments is tested without property tax."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from kmc_portal.common.errors import ServiceError
from payments import payables
from payments.payables import shares_of
from payments.tests.billdesk_bench import KEY, Bench, bench_at
from payments.tests.factories import KIND, NOW, AccountFactory, OrderFactory, order_line
from payments.tests.portal_bench import Portal, portal_at

OTHER = "110260100069"


class ReferenceUnknown(ServiceError):
    code = "reference_unknown"
    message = "Nobody has this number."
    field = "number"


class SimpleDues:
    """Remembers which bills are paid; every bill of an order costs what the order says. `coming` are the next bills."""

    kind = KIND
    title = "Test dues"

    def __init__(self) -> None:
        self.paid: set[str] = set()
        self.due_paise = 192_400
        self.coming: list[tuple[str, int]] = []
        self.named = {"PD-1": 100_000, "PD-2": 92_400}
        self.known = {"110260100051", OTHER}

    def still_costs(self, *, reference, lines, on, source) -> bool:
        return sum(line["amount_paise"] for line in lines) == self.due_paise

    def offers(self, *, text, on) -> payables.Offers:
        self._check(text)
        everything = payables.Offer("ALL", "Everything", self.due_paise)
        return payables.Offers(text, self.title, [], [everything])

    def open_order(self, *, reference, scope, source, now, language):
        self._check(reference)
        times = {"created_at": now, "expires_at": now + timedelta(days=1), "priced_on": now.date()}
        return OrderFactory(reference=reference, scope=scope, source=source, language=language, **times)

    def on_paid(self, *, reference, lines, paid_on, paid_by) -> list[payables.Share]:
        fresh = [share for share in shares_of(lines) if share.bill not in self.paid]
        self.paid.update(share.bill for share in fresh)
        return fresh

    def on_reversed(self, *, reference, shares, paid_by) -> set[str]:
        self.paid.difference_update(share.bill for share in shares)
        return set()

    def owed(self, *, reference, on) -> int:
        return 0

    def papers(self, *, paid_by) -> list:
        return []

    def lines_to_place(self, *, reference, amount_paise, on, bills) -> list[dict]:
        """Of an order's bills only those that the money covers whole; what is due is `coming`."""
        asked = [(bill, self.named[bill]) for bill in bills] if bills else self.coming
        return self._lines(asked, amount_paise)

    def whose(self, *, text, on) -> payables.Whose:
        self._check(text.strip())
        return payables.Whose(text.strip(), [["Owner", "R. D."]])

    def _check(self, reference) -> None:
        if reference not in self.known:
            raise ReferenceUnknown

    def lines_for(self, *, reference, amount_paise, on) -> list[dict]:
        return self._lines(self.coming, amount_paise)

    def _lines(self, bills, amount_paise) -> list[dict]:
        lines = []
        for bill, paise in bills:
            if bill not in self.paid and paise <= amount_paise:
                amount_paise -= paise
                lines.append({"bill": bill, "head": "property_tax", "amount_paise": paise})
        return lines


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


@pytest.fixture
def portal(live_server, settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    """Portal and sandbox, each on a port of its own."""
    with portal_at(live_server.url, settings, monkeypatch) as made:
        yield made


@pytest.fixture
def dues_of(dues: SimpleDues):
    """Return the lines of an order for 1,924 rupees and so many paise."""

    def make(paise: int) -> dict:
        dues.due_paise = 192_400 + paise
        line = order_line("PD-1", "2026-27 Q3", "property_tax", "Property tax", dues.due_paise)
        return {
            "amount_paise": dues.due_paise,
            "snapshot": {"title": "Property tax", "particulars": [], "lines": [line]},
        }

    return make
