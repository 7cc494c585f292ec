"""The demo's gateway accounts and the sandbox's merchants are the same ones, with the same keys."""

from __future__ import annotations

import pytest

from kmc_portal.demo import write_settings
from kmc_portal.management.commands.seed_demo import point_to_sandbox
from payments.accounts.services import credentials_of, gateway_of
from payments.models import GatewayAccount
from payments.sandbox.merchants import merchants_from

pytestmark = pytest.mark.django_db
KEY = "00112233445566778899aabbccddeeff"


@pytest.fixture
def accounts(monkeypatch, tmp_path):
    monkeypatch.setenv("BILLDESK_SANDBOX_KEY", KEY)
    write_settings(tmp_path / "demo.env")
    for line in (tmp_path / "demo.env").read_text().splitlines():
        name, value = line.split("=", 1)
        if name in ("BILLDESK_SANDBOX_KEY_SET", "RAZORPAY_SANDBOX_KEY"):
            monkeypatch.setenv(name, value)
    point_to_sandbox()
    return GatewayAccount.objects.order_by("pk")


def test_accounts_are_the_merchants_of_the_sandbox(accounts):
    merchants = merchants_from("", key=KEY, webhook_base="")
    ours = [credentials_of(account) for account in accounts]
    assert [(one.merchant_id, one.client_id, one.scheme, one.secrets) for one in ours] == [
        (one.merchant_id, one.client_id, one.scheme, one.secrets) for one in merchants
    ]


def test_six_billdesk_accounts_stand_side_by_side_and_each_can_be_called(accounts):
    assert sum(account.gateway.startswith("billdesk") for account in accounts) == 6
    assert [gateway_of(account).code for account in accounts] == [account.gateway for account in accounts]


def test_second_start_moves_the_address_and_keeps_what_was_changed_by_hand(accounts, settings):
    accounts.filter(code="billdesk").update(is_active=False, rank=99)
    settings.SANDBOX_PORT = 9999
    point_to_sandbox()
    changed = accounts.get(code="billdesk")
    assert (changed.is_active, changed.rank, changed.base_url) == (False, 99, "http://127.0.0.1:9999")
