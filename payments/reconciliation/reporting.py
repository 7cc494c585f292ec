"""Reading: what stands after a round of reconciliation, as the command prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q

from payments.counter.counters import GATEWAY as COUNTER
from payments.models import GatewayAccount, ReconBreak, SettlementFile, SettlementMatch
from payments.reconciliation.taking_in import SettlementAccountUnknown
from payments.reconciliation.totals import Outcome, control_totals

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

BY_GATEWAYS = GatewayAccount.objects.exclude(gateway=COUNTER).order_by("code")
HAS_DEPOSITED = Exists(SettlementFile.objects.filter(account=OuterRef("pk")))
# Those that a gateway pays out, and the counters that have ever taken their money to the bank.
RECONCILED = GatewayAccount.objects.filter(~Q(gateway=COUNTER) | HAS_DEPOSITED).order_by("code")


def accounts_to_reconcile(code: str | None = None) -> Sequence[GatewayAccount]:
    """Return the accounts whose money a bank receives: all, or the one of a code. :raises SettlementAccountUnknown:"""
    found = list(RECONCILED.filter(code=code) if code else RECONCILED.all())
    if code and not found:
        known = ", ".join(RECONCILED.values_list("code", flat=True))
        raise SettlementAccountUnknown(account=code, known=known or "-")
    return found


def report_of(accounts: Sequence[GatewayAccount], *, days: Sequence[date], is_every_day: bool) -> dict[str, Any]:
    """Return `{"matched", "breaks", "control_totals"}`: settled rows that have their payment, open breaks by kind, and the totals
    of each account and day on which anything happened.

    Matches and breaks are of all days when `is_every_day`, else of `days`.
    """
    matches = SettlementMatch.objects.filter(line__account__in=accounts, line__change=None)
    breaks = ReconBreak.objects.filter(closing=None).filter(
        Q(account__in=accounts) | Q(account=None, payment__transaction__account__in=accounts)
    )
    if not is_every_day:
        matches = matches.filter(payment__business_date__in=days)
        breaks = breaks.filter(Q(day__in=days) | Q(day=None, payment__business_date__in=days))
    counted = breaks.order_by("kind").values_list("kind").annotate(Count("pk"))
    totals = [control_totals(account=account, day=day) for account in accounts for day in sorted(days)]
    return {
        "matched": matches.count(),
        "breaks": dict(counted),
        "control_totals": [
            one.as_json() for one in totals if one.outcome != Outcome.EMPTY or one.differences or not is_every_day
        ],
    }
