"""One gateway account, one open order with its attempt, and what a gateway may report of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from kmc_portal.common.clock import IST
from payments.gateways.base import ReportStatus, TransactionReport
from payments.models import GatewayAccount, PaymentAttempt, PaymentOrder

NOW = datetime(2026, 11, 23, 11, 30, tzinfo=IST)
KIND = "test_dues"


class AccountFactory(DjangoModelFactory):
    class Meta:
        model = GatewayAccount
        django_get_or_create = ("code",)

    code = "billdesk"
    gateway = "billdesk"
    merchant_id = "KMCSIM"
    client_id = "kmcsim"
    base_url = "http://127.0.0.1:1"
    secret_names = "BILLDESK_KEY"


def snapshot(*, first: str = "PD-1", second: str = "PD-2") -> dict[str, Any]:
    """Two bills: 1,000 rupees, and 974 less a rebate of 50."""
    return {
        "title": "Property tax",
        "particulars": [["Assessee number", "11-026-01-0005-1"]],
        "lines": [
            order_line(first, "2026-27 Q2", "property_tax", "Property tax", 100_000),
            order_line(second, "2026-27 Q3", "property_tax", "Property tax", 97_400),
            order_line(second, "2026-27 Q3", "rebate", "Rebate", -5_000),
        ],
    }


def order_line(bill: str, period: str, head: str, label: str, amount_paise: int) -> dict[str, Any]:
    """One amount of an order, as its snapshot keeps it."""
    return {"bill": bill, "period": period, "head": head, "label": label, "amount_paise": amount_paise}


class OrderFactory(DjangoModelFactory):
    """1,924 rupees for two bills."""

    class Meta:
        model = PaymentOrder

    order_number = factory.Sequence(lambda n: f"KP261123{n:07d}")
    token = factory.Sequence(lambda n: f"token-{n}")
    dues_key = factory.Sequence(str)
    kind = KIND
    reference = "110260100051"
    scope = "ALL"
    amount_paise = 192_400
    snapshot = factory.LazyFunction(snapshot)
    priced_on = NOW.date()
    series = "PT-026"
    source = "web"
    created_at = NOW
    expires_at = NOW + timedelta(days=1)


class AttemptFactory(DjangoModelFactory):
    class Meta:
        model = PaymentAttempt

    order = factory.SubFactory(OrderFactory)
    account = factory.SubFactory(AccountFactory)
    order_ref = factory.LazyAttribute(lambda attempt: f"{attempt.order.order_number}01")
    amount_paise = factory.LazyAttribute(lambda attempt: attempt.order.amount_paise)
    state = "registered"
    created_at = NOW
    valid_until = NOW + timedelta(minutes=30)
    next_poll_at = NOW + timedelta(seconds=90)


def report(attempt: PaymentAttempt, **changes) -> TransactionReport:
    """What the gateway says when all went well."""
    values = {
        "order_ref": attempt.order_ref,
        "transaction_ref": f"T{attempt.order_ref}",
        "status": ReportStatus.SUCCEEDED,
        "raw_status": "0300",
        "amount_paise": attempt.amount_paise,
        "bank_ref": "431198765432",
        "method": "upi",
        "happened_at": NOW + timedelta(minutes=4),
        "merchant_id": attempt.account.merchant_id,
    }
    return TransactionReport(**{**values, **changes})
