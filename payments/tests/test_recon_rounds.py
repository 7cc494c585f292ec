"""A day from click to bank: matched, booked, credited, and its totals."""

from __future__ import annotations

import pytest

from payments.reconciliation.totals import Outcome, Sum, control_totals
from payments.tests.recon_desk import PAID, PAID_ON, Desk, about, at, open_breaks, posted, settled
from payments.tests.refund_bench import balances, broken

pytestmark = pytest.mark.django_db
NET = PAID - 1_180


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def payment(desk):
    return posted()


def totals(desk):
    return control_totals(account=desk.account, day=PAID_ON)


def test_day_ties_out(desk, payment):
    desk.report(settled(about(payment)))
    desk.statement(("24-11-2026", "UTR1", NET))
    desk.round(at(25))

    found = totals(desk)
    assert (found.outcome, found.differences, found.unexplained_paise) == (Outcome.TIES_OUT, (), 0)
    assert (found.ordered, found.paid, found.settled) == (Sum(1, PAID), Sum(1, PAID), Sum(1, PAID))
    assert (found.charges_paise, found.gst_paise, found.net) == (1_000, 180, Sum(1, NET))
    assert (found.paid_out, found.credited) == (Sum(1, NET), Sum(1, NET))
    assert (open_breaks(), broken()) == ({}, [])


def test_day_is_in_the_books(desk, payment):
    desk.report(settled(about(payment)))

    assert balances() == {
        "1110:billdesk": NET,
        "1300:test_dues:property_tax": -197_400,
        "5100:billdesk": 1_000,
        "5110:billdesk": 180,
        "5200:test_dues:rebate": 5_000,
    }
    desk.statement(("24-11-2026", "UTR1", NET))
    desk.round(at(25))
    assert {name: paise for name, paise in balances().items() if name[:2] == "11"} == {"1100:billdesk": NET}
    assert broken() == []
