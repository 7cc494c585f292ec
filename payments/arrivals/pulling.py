"""Asking gateways for what they have paid out in the last seven days, and taking in what they say.

Each day is an import of its own. What a gateway says again is known by its content and is a no-op; what it says otherwise replaces
the old rows as a corrected file does, and nothing is withdrawn because it is not said any more.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from kmc_portal.common.clock import day_of
from payments.accounts.services import gateway_of
from payments.gateways.registry import LIST_SETTLEMENTS
from payments.reconciliation.rows import Misfit, RowKind, SettlementRow
from payments.reconciliation.taking_in import take_in_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from payments.gateways.base import SettlementLine
    from payments.models import GatewayAccount

log = structlog.get_logger()
# BillDesk answers for at most so many days, and no gateway speaks of a day for longer than that.
DAYS = 7
MAKER = "gateway"


def can_be_pulled(account: GatewayAccount) -> bool:
    """Say whether an account is in use and its gateway can be asked for settlements."""
    return account.is_active and account.gateway in LIST_SETTLEMENTS


def pull_settlements(account: GatewayAccount, *, now: datetime) -> int:
    """Ask for each of the last seven days, the oldest first, and return how many rows were new or replaced others.

    :raises GatewayError: it gave no answer that can be used; the days before that one are taken in
    """
    today, gateway, news = day_of(now), gateway_of(account), 0
    for back in reversed(range(DAYS)):
        day = today - timedelta(days=back)
        lines = gateway.settlements(day)
        if lines:
            news += _take_in(account, day, lines, now)
    log.info("settlements_pulled", account=account.code, news=news)
    return news


def _take_in(account: GatewayAccount, day: date, lines: Sequence[SettlementLine], now: datetime) -> int:
    """Take in what was said of a day, and return how many rows of it were news."""
    rows = [_row(place, line) for place, line in enumerate(lines, 1)]
    told = json.dumps([str(day), *rows], default=str, separators=(",", ":"))
    digest = hashlib.sha256(told.encode()).hexdigest()
    name = f"{account.gateway} {day}"
    report = take_in_rows(rows, digest=digest, account=account.code, maker=MAKER, now=now, name=name)
    return report.created + report.updated


def _row(place: int, line: SettlementLine) -> SettlementRow | Misfit:
    """Return a row as reports have it; what is neither payment, refund nor chargeback is set aside for a person."""
    if line.kind not in set(RowKind):
        return Misfit(place, "kind", "unreadable", f"{line.kind} {line.own_ref}")
    return SettlementRow(
        place=place,
        kind=RowKind(line.kind),
        merchant_id=line.merchant_id,
        transaction_ref=line.transaction_ref,
        order_ref=line.order_ref,
        bank_ref=line.bank_ref,
        own_ref=line.own_ref,
        happened_on=line.happened_on,
        settled_on=line.settled_on,
        gross_paise=line.gross_paise,
        charge_paise=line.charges_paise,
        gst_paise=line.gst_paise,
        net_paise=line.net_paise,
        utr=line.utr,
    )
