"""The health of gateway accounts, kept in the database so that every process sees it. Learnt from opening orders only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import transaction

from payments.accounts import circuit
from payments.accounts.circuit import Circuit, Standing
from payments.models import AccountHealth

if TYPE_CHECKING:
    from datetime import datetime

log = structlog.get_logger()


def standings(*, now: datetime) -> dict[int, Standing]:
    """Return how each account stands that has failed lately. One query."""
    rows = AccountHealth.objects.values_list("account_id", "failures", "rests_until")
    return {account: circuit.standing(Circuit(failures, until), now) for account, failures, until in rows}


def take_trial(account: int, *, now: datetime) -> bool:
    """Say whether the caller is the one who may try an account that has rested; everybody else keeps off meanwhile."""
    due = AccountHealth.objects.filter(account=account, rests_until__lte=now)
    return bool(due.update(rests_until=now + circuit.TRIAL))


@transaction.atomic
def note_failure(account: int, *, reason: str, now: datetime) -> None:
    """Count a failure; from the third in a row on the account is set aside for a while."""
    row, is_first = AccountHealth.objects.select_for_update().get_or_create(
        account_id=account, defaults={"failures": 1}
    )
    found = circuit.after_failure(Circuit() if is_first else Circuit(row.failures, row.rests_until), now)
    row.failures, row.rests_until, row.last_error = found.failures, found.rests_until, reason[:200]
    row.save()
    if found.rests_until:
        log.warning("account_set_aside", account=account, failures=found.failures, until=found.rests_until.isoformat())


def note_success(account: int) -> None:
    """Forget every failure of an account."""
    if AccountHealth.objects.filter(account=account).delete()[0]:
        log.info("account_healthy", account=account)
