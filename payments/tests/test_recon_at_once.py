"""Rounds of one account, and what comes in meanwhile, all at once: every thing is matched, booked and opened once."""

from __future__ import annotations

import pytest

from payments.models import Journal, ReconBreak, ReturnMatch, SettlementCredit, SettlementMatch
from payments.reconciliation.running import reconcile
from payments.tests.recon_desk import CHARGED, PAID, Desk, about, at, posted, refs, settled, went_back
from payments.tests.refund_bench import broken
from payments.tests.test_concurrency import THREADS, at_once

pytestmark = pytest.mark.django_db(transaction=True)
NET = PAID - 1_180


def test_rounds_at_once_do_everything_once(tmp_path):
    desk = Desk(tmp_path)
    payment = posted()
    desk.report(
        settled(about(payment)),
        settled(refs("T-9", "KP-9", "9"), 500, 0, 0),
        refunds=[went_back(about(payment), 300, "RF-9")],
    )
    desk.statement(("24-11-2026", "UTR1", NET + 200))

    at_once(lambda _: reconcile(desk.account, now=at(25)), THREADS)

    assert (SettlementMatch.objects.count(), SettlementCredit.objects.count()) == (1, 1)
    assert list(Journal.objects.exclude(settlement=None).values_list("purpose", flat=True).order_by("pk")) == [
        "settled 1",
        f"credited {SettlementCredit.objects.get().pk}",
    ]
    assert sorted(ReconBreak.objects.values_list("kind", "times")) == [("GATEWAY_ONLY", 1), ("REFUND_UNMATCHED", 1)]
    assert not ReturnMatch.objects.exists()
    assert broken() == []


def test_reports_and_rounds_at_once_leave_the_books_whole(tmp_path):
    desk = Desk(tmp_path)
    payments = [posted(bank_ref=str(number)) for number in range(4)]
    files = [desk.file(*_sections(payments[: number + 1])) for number in range(4)]

    def act(number: int) -> None:
        if number % 2:
            reconcile(desk.account, now=at(25))
        else:
            desk.take_in(files[number // 2])

    at_once(act, THREADS)
    desk.round(at(25))

    assert SettlementMatch.objects.count() == 4
    assert not ReconBreak.objects.filter(closing=None).exists()
    assert broken() == []


def _sections(payments: list) -> list:
    return [*CHARGED, *(settled(about(payment)) for payment in payments)]
