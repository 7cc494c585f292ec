"""What the demo's accounts desk finds when it begins: a reconciled yesterday, and three open breaks the day before."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from kmc_portal.city import make_city
from kmc_portal.common.clock import IST
from kmc_portal.demo_settlements import ACCOUNT, FILE_NAME, METHODS, seed_settlements
from kmc_portal.management.commands.seed_demo import point_to_sandbox
from kmc_portal.tests.journeys.conftest import free_port
from payments.models import GatewayAccount, OutboxMessage, Payment, ReconBreak
from payments.reconciliation.totals import Outcome, control_totals
from payments.sandbox.merchants import ACCOUNTS, DEVELOPMENT_KEY
from payments.tests.refund_bench import broken

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture
def seeded(settings, tmp_path, monkeypatch):
    settings.SANDBOX_PORT, settings.VAR_DIR = free_port(), tmp_path
    for account in ACCOUNTS:
        monkeypatch.setenv(account.secret_name, account.secret(DEVELOPMENT_KEY))
    monkeypatch.setenv("BILLDESK_SANDBOX_KEY", DEVELOPMENT_KEY)
    point_to_sandbox()

    def seed(now):
        make_city(assessees=60, seed=1, today=now.date())
        seed_settlements(now=now, but=[])
        return GatewayAccount.objects.get(code=ACCOUNT), now.date()

    return seed


def test_yesterday_ties_out_and_the_day_before_has_three_open_breaks(seeded, settings):
    account, today = seeded(datetime(2026, 11, 27, 14, 20, tzinfo=IST))

    fair = control_totals(account=account, day=today - DAY)
    assert (fair.outcome, fair.paid.count, fair.credited.paise) == (Outcome.TIES_OUT, len(METHODS), fair.paid_out.paise)
    assert control_totals(account=account, day=today - 2 * DAY).outcome == Outcome.DIFFERS
    breaks = ReconBreak.objects.filter(closing=None).order_by("kind").values_list("kind", "amount_paise")
    assert list(breaks) == [("BATCH_SHORT", 25_000), ("FEE_DIFF", 500), ("GATEWAY_ONLY", 154_000)]
    assert broken() == []
    world = json.loads((settings.VAR_DIR / FILE_NAME).read_text())
    assert (len(world["transactions"]), world["webhooks"], world["skipped_seconds"]) == (2 * len(METHODS), [], 0.0)


def test_before_six_in_the_morning_the_days_are_one_earlier(seeded):
    account, today = seeded(datetime(2026, 11, 27, 3, 0, tzinfo=IST))

    assert control_totals(account=account, day=today - 2 * DAY).outcome == Outcome.TIES_OUT


def test_everybody_who_paid_has_a_receipt_to_be_told_of(seeded):
    seeded(datetime(2026, 11, 27, 14, 20, tzinfo=IST))

    assert Payment.objects.filter(receipt__isnull=False).count() == 2 * len(METHODS)
    assert OutboxMessage.objects.filter(topic="receipt_issued").count() == 2 * len(METHODS)
