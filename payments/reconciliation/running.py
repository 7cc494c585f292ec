"""Writing: one round of reconciliation of one account. Each step is a transaction of its own and can be repeated.

A process that dies in the middle leaves what its last step has committed; the next round finds the rest, with the same result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import structlog
from django.db import OperationalError, connection, transaction

from payments.models import SettlementFile
from payments.reconciliation.crediting import match_credits
from payments.reconciliation.holidays import bank_days
from payments.reconciliation.late import ask_about_contradicted
from payments.reconciliation.matching import LOCK, match_payments
from payments.reconciliation.opening import open_and_close
from payments.reconciliation.reporting import accounts_to_reconcile
from payments.reconciliation.returning import match_returns
from payments.reconciliation.settling import book_settlements

if TYPE_CHECKING:
    from datetime import datetime

    from payments.models import GatewayAccount
    from payments.reconciliation.bank_days import BankDays

log = structlog.get_logger()


class Round(NamedTuple):
    """What one round has done: settled rows, bank credits and returns that were matched, breaks that were opened and closed."""

    payments: int
    credits: int
    returns: int
    asked: int
    opened: int
    closed: int


def reconcile(account: GatewayAccount, *, now: datetime) -> Round:
    """Lay our payments, the gateway's rows and the bank's credits of an account side by side, as of a moment.

    What a gateway settled and we lack is asked about and posted late. Not to be called in a transaction.
    """
    days = bank_days()
    payments = sum(match_payments(account=account, now=now).values())
    asked = ask_about_contradicted(account, days=days, now=now)
    if asked:
        payments += sum(match_payments(account=account, now=now).values())
    credits, returns, opened, closed = _compare(account, days, now)
    done = Round(payments, credits, returns, asked, opened, closed)
    log.info("account_reconciled", account=account.code, **done._asdict())
    return done


def reconcile_all(*, now: datetime) -> int:
    """Reconcile every account of which a settlement report has ever been taken in, and return how many.

    Until then nobody waits for what no report can say. An account that cannot be reconciled stops no other.
    """
    done = 0
    reported = set(SettlementFile.objects.values_list("account", flat=True).distinct())
    for account in accounts_to_reconcile():
        if account.pk not in reported:
            continue
        try:
            reconcile(account, now=now)
        except OperationalError:
            raise
        except Exception:
            log.exception("account_not_reconciled", account=account.code)
        else:
            done += 1
    return done


@transaction.atomic
def _compare(account: GatewayAccount, days: BankDays, now: datetime) -> tuple[int, int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [account.pk])
    book_settlements(account, now=now)
    credits = sum(match_credits(account, days=days, now=now).values())
    returns = match_returns(account, now=now)
    return credits, returns, *open_and_close(account, days=days, now=now)
