"""How a payment can end. The paise of the amount choose the ending, so that a test needs no other switch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

SUCCESS, PENDING, FAILED = "0300", "0002", "0399"
SOON = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the bank says at once, what it says later, and how the news travels."""

    at_once: str
    later: str = ""
    later_in: timedelta = SOON
    after_expiry: bool = False
    tries: int = 1
    short_by_paise: int = 0
    webhooks: int = 1
    webhook_first: bool = False
    browser_returns: bool = True
    forged: bool = False
    silent_create: bool = False

    @property
    def final(self) -> str:
        return self.later or self.at_once


PLANS = {
    "success": Plan(SUCCESS),
    "failure": Plan(FAILED),
    "pending_success": Plan(PENDING, later=SUCCESS),
    "pending_failure": Plan(PENDING, later=FAILED),
    "no_webhook": Plan(SUCCESS, webhooks=0),
    "three_webhooks": Plan(SUCCESS, webhooks=3),
    "webhook_first": Plan(SUCCESS, webhook_first=True),
    "late_success": Plan(PENDING, later=SUCCESS, after_expiry=True),
    "two_successes": Plan(SUCCESS, tries=2),
    "short_amount": Plan(SUCCESS, short_by_paise=100),
    "forged": Plan(SUCCESS, forged=True),
    "silent_create": Plan(SUCCESS, silent_create=True),
    "deemed_reversed": Plan(PENDING, later=FAILED, later_in=timedelta(days=1)),
    "closed_tab": Plan(SUCCESS, browser_returns=False),
}
BY_PAISE = tuple(PLANS)[:13]


def by_amount(amount_paise: int) -> str:
    """Return the ending that the paise of an amount ask for: .00 to .12 as listed above, all others succeed."""
    return dict(enumerate(BY_PAISE)).get(amount_paise % 100, "success")
