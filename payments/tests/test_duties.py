"""What is done by the clock: settlements pulled thrice a day, reconciled, and told of in the morning; each once."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import httpx
import pytest
from django.core import mail

from kmc_portal.common.clock import IST
from payments import outbox, polling, posting
from payments.arrivals import digests, duties, pulling
from payments.arrivals.intake import ARRIVALS
from payments.gateways import base
from payments.models import Digest, Duty, Payment, ReconBreak, SettlementFile, SettlementLine
from payments.reconciliation.taking_in import take_in_settlement
from payments.tests.billdesk_bench import KEY, bench_at
from payments.tests.factories import NOW, AccountFactory, AttemptFactory, OrderFactory, report, snapshot
from payments.tests.test_arrivals import sent
from payments.tests.test_sandbox_payouts import pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shelf")]
DAY = timedelta(days=1)
NOON = NOW + DAY  # half past eleven on the 24th: what was paid on the 23rd is paid out


def at(hour, minute=0, day=24):
    return datetime(2026, 11, day, hour, minute, tzinfo=IST)


def listed(**those):
    found = Duty.objects.filter(**those).order_by("due_at", "task", "account")
    return [(duty.task, str(duty.account or ""), duty.due_at.astimezone(IST).hour, duty.tries) for duty in found]


@pytest.fixture
def paid(monkeypatch):
    """A sandbox in which two payments of the 23rd have been paid out on the 24th."""
    monkeypatch.setenv("BILLDESK_KEY", KEY)
    with bench_at(NOW) as bench:
        bench.paid = [pay(bench, "A1", "card"), pay(bench, "A2")]
        AccountFactory(base_url=bench.url)
        bench.advance(days=1)
        yield bench


def test_newest_hour_of_each_task_is_written_down_once():
    AccountFactory()
    AccountFactory(code="legacy", gateway="billdesk_legacy", merchant_id="KMC2")
    AccountFactory(code="closed", merchant_id="KMC3", is_active=False)

    assert duties.write_duties(now=at(9)) == 2
    assert duties.write_duties(now=at(12, 29)) == 0
    assert listed() == [
        ("pull", "billdesk", 6, 0),
        ("digest", "", 8, 0),
    ]


def test_hour_that_passed_while_nobody_worked_is_made_up_for_once():
    AccountFactory()

    duties.write_duties(now=at(5))
    assert listed(task="pull") == [("pull", "billdesk", 18, 0)]
    assert Duty.objects.get(task="pull").due_at == at(18, 30, day=23)


def test_older_hour_that_was_not_done_is_overtaken_by_the_next():
    AccountFactory()
    duties.write_duties(now=at(9))
    duties.write_duties(now=at(12, 30))

    old = Duty.objects.filter(task="pull").earliest("due_at")
    assert (old.outcome, old.done_at) == (duties.OVERTAKEN, at(12, 30))


def test_settlements_of_seven_days_are_pulled_and_taken_in_once(paid):
    duties.do_duties(now=NOON)

    (file,) = SettlementFile.objects.all()
    assert (file.name, file.maker, file.read) == ("billdesk 2026-11-24", "gateway", 2)
    lines = SettlementLine.objects.order_by("place").values_list("order_ref", "net_paise", "happened_on", "own_ref")
    assert list(lines) == [("A1", 190_356, date(2026, 11, 23), ""), ("A2", 192_400, date(2026, 11, 23), "")]
    assert SettlementLine.objects.filter(utr__startswith="SIMB261124").count() == 2

    paid.advance(hours=2)
    assert duties.do_duties(now=at(13)) == 1
    assert SettlementFile.objects.count() == 1
    assert Duty.objects.get(task="pull", due_at=at(12, 30)).outcome == "news 0, breaks opened 0, closed 0"


def test_pulled_row_is_matched_with_our_payment(paid):
    attempt = AttemptFactory(order_ref="A1")
    told = report(attempt, transaction_ref=paid.paid[0], amount_paise=192_400)
    posting.apply_report(account=attempt.account, report=told, now=NOW)

    duties.do_duties(now=NOON)
    assert SettlementLine.objects.get(order_ref="A1").match.payment.order == attempt.order


def test_row_that_the_gateway_tells_otherwise_replaces_the_old_one(paid):
    duties.do_duties(now=NOON)
    paid.post("/sim/payouts/KMCSIM/2026-11-24/twists", twist="other_charge", paise=500)
    duties.do_duties(now=at(12, 30))

    counting = SettlementLine.objects.filter(change=None).order_by("order_ref").values_list("net_paise", "version")
    assert list(counting) == [(189_856, 2), (192_400, 1)]


def test_row_that_the_gateway_no_longer_tells_is_not_withdrawn(paid):
    duties.do_duties(now=NOON)
    paid.post("/sim/payouts/KMCSIM/2026-11-24/twists", twist="left_out")
    duties.do_duties(now=at(12, 30))

    assert SettlementLine.objects.filter(change=None).count() == 2


def test_workbook_after_the_pull_changes_nothing_and_forgets_no_bank_reference(paid, tmp_path):
    duties.do_duties(now=NOON)
    (path := tmp_path / "report.xlsx").write_bytes(
        httpx.get(f"{paid.url}/sim/settlement/KMCSIM/2026-11-24.xlsx").content
    )

    assert take_in_settlement(path, account="billdesk", maker="a.clerk", now=NOON).unchanged == 2
    assert SettlementLine.objects.filter(utr__startswith="SIMB261124", change=None).count() == 2


def test_pull_after_the_workbook_changes_nothing_and_parts_no_pay_out(paid, tmp_path):
    (path := tmp_path / "report.xlsx").write_bytes(
        httpx.get(f"{paid.url}/sim/settlement/KMCSIM/2026-11-24.xlsx").content
    )
    take_in_settlement(path, account="billdesk", maker="a.clerk", now=NOON)
    duties.do_duties(now=NOON)

    assert SettlementFile.objects.filter(maker="gateway").values_list("created", "updated").get() == (0, 0)
    assert set(SettlementLine.objects.values_list("utr", "version")) == {("", 1)}


def test_gateway_that_is_away_is_asked_again_after_the_lease_and_stops_nobody(paid):
    AccountFactory(code="away", merchant_id="KMC2", rank=1)
    duties.do_duties(now=NOON)
    assert SettlementFile.objects.count() == 1
    failed = Duty.objects.get(task="pull", account__code="away")
    assert (failed.done_at, failed.tries, failed.outcome.partition(":")[0]) == (None, 1, "NotSent")

    assert duties.do_duties(now=NOON + timedelta(minutes=9)) == 0
    duties.do_duties(now=NOON + duties.LEASE)
    failed.refresh_from_db()
    assert failed.tries == 2


def test_worker_that_dies_over_a_pull_is_followed_by_one_that_goes_on(paid, monkeypatch):
    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setitem(duties.ACTS, duties.Task.PULL, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        duties.do_duties(now=NOON)

    duties.do_duties(now=NOON + timedelta(minutes=1))
    assert SettlementLine.objects.count() == 0
    duties.do_duties(now=NOON + duties.LEASE)
    assert SettlementLine.objects.count() == 2


def test_row_that_is_no_payment_is_set_aside_with_its_number(monkeypatch):
    line = base.SettlementLine(
        "KMCSIM", "adj_1", "", "", "adj_1", "adjustment", 5, 0, 0, 5, date(2026, 11, 23), date(2026, 11, 24), "U"
    )
    assert pulling._take_in(AccountFactory(), date(2026, 11, 24), [line], NOON) == 0
    assert SettlementFile.objects.get().set_aside == [
        {"place": 1, "field": "kind", "code": "unreadable", "found": "adjustment adj_1"}
    ]


# --- the letter of the morning ------------------------------------------------------------------------------------------


@pytest.fixture
def troubled(paid):
    """A break of three days, a file that was refused yesterday, and a gateway that is away."""
    for order_ref, first in (("A1", "PD-1"), ("A2", "PD-3")):
        bills = snapshot(first=first, second=f"{first}b")
        polling.ask(AttemptFactory(order=OrderFactory(snapshot=bills), order_ref=order_ref), now=NOW)
    ReconBreak.objects.create(
        kind="AMOUNT_DIFF",
        payment=Payment.objects.earliest("pk"),
        amount_paise=500,
        facts={},
        opened_at=NOON - 3 * DAY,
    )
    ARRIVALS.take_in_now(sent(b"x"), now=NOON)
    AccountFactory(code="away", merchant_id="KMC2")
    duties.do_duties(now=NOON)
    return paid


LETTER = [
    "billdesk, paid on 23 November 2026: Differs. Paid ₹3,848.00, in the bank ₹0.00.",
    "Open for 2–3 days, AMOUNT_DIFF: 1, ₹5.00 in all.",
    "Open for 0–1 days, FILE_REJECTED: 1, ₹0.00 in all.",
    "Refused, billdesk: november.csv (settlement_layout_unknown).",
    "Not done since 2026-11-24 06:30, away: ask the gateway for its settlements, tried 1 times.",
]


def test_letter_names_what_waits(troubled):
    assert list(digests.text_of(Digest.objects.get().content)) == LETTER


def test_letter_stands_at_the_desk(troubled, admin_client):
    digest = Digest.objects.get()

    page = admin_client.get(f"/admin/payments/digest/{digest.pk}/change/").text
    for line in LETTER:
        assert line in page
    listed = admin_client.get("/admin/payments/digest/").text
    assert "Open breaks: 2. Files refused: 1. Tasks that failed: 1." in listed


def test_letter_is_written_once_a_day(troubled):
    digests.write_digest(now=NOON + timedelta(hours=5))

    assert Digest.objects.count() == 1


def test_letter_of_a_quiet_day_says_so():
    digests.write_digest(now=NOON)

    assert list(digests.text_of(Digest.objects.get().content)) == ["Nothing waits for anybody."]


def test_letter_goes_by_e_mail_where_somebody_wants_it(settings, monkeypatch):
    settings.ACCOUNTS_DIGEST_TO = ["accounts@portal.example"]
    monkeypatch.setitem(outbox._consumers, digests.TOPIC, digests.send_digest)
    digests.write_digest(now=NOON)
    digests.write_digest(now=NOON)

    assert outbox.dispatch(now=NOON) == 1
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["accounts@portal.example"], "Settlements on 24 November 2026")
    assert letter.body.startswith("Nothing waits for anybody.\n\nhttp")


def test_nobody_gets_an_e_mail_who_did_not_ask():
    digests.write_digest(now=NOON)

    assert outbox.dispatch(now=NOON) == 0
