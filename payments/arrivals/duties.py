"""What has to be done at which hour of the day, each thing once, by whoever is free.

A round writes down the duties whose hour has come since the last one, however long ago that was, and does those that are due.
A duty is claimed by putting its next try off; who dies over it is followed by another when that time has come.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

import structlog
from django.db import transaction
from django.db.models import Q

from kmc_portal.common.clock import IST
from payments.arrivals import digests, pulling
from payments.arrivals.models import Task
from payments.gateways.base import GatewayError
from payments.models import Duty, GatewayAccount, SettlementFile
from payments.reconciliation.running import reconcile

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger()


class Hours(NamedTuple):
    """When something is done (IST), and whether for each account that `asks` picks or for all at once."""

    at: tuple[time, ...]
    asks: Callable[[GatewayAccount], bool] | None


# Assumed, until the accounts desk says when it comes to work. Gateways pay out in the morning; the letter follows the first pull.
HOURS = {
    Task.PULL: Hours((time(6, 30), time(12, 30), time(18, 30)), pulling.can_be_pulled),
    Task.DIGEST: Hours((time(8),), None),
}
# Longer than a gateway that does not answer can take for seven days.
LEASE = timedelta(minutes=10)
# A task that still fails after so many tries is for a person's eyes at once.
PATIENCE = 3
OVERTAKEN = "not done: its next hour came before"


def do_duties(*, now: datetime) -> int:
    """Write down what is due, do it, and return how many duties were done."""
    write_duties(now=now)
    done = 0
    while (duty := _claim(now)) is not None:
        done += _do(duty, now)
    return done


@transaction.atomic
def write_duties(*, now: datetime) -> int:
    """Write down the newest hour of each duty that has come, and return how many are new. Older ones left undone are overtaken."""
    accounts = list(GatewayAccount.objects.order_by("pk"))
    fresh = [
        Duty(task=task, account=account, due_at=due_at, next_at=due_at)
        for task, hours in HOURS.items()
        for due_at in [_last_hour(hours.at, now)]
        for account in (filter(hours.asks, accounts) if hours.asks else [None])
    ]
    known = set(
        Duty.objects.filter(due_at__in={duty.due_at for duty in fresh}).values_list("task", "account_id", "due_at")
    )
    new = [duty for duty in fresh if (duty.task, duty.account_id, duty.due_at) not in known]
    Duty.objects.bulk_create(new, ignore_conflicts=True)
    for task in {duty.task for duty in new}:
        old = Q(task=task, done_at=None, due_at__lt=_last_hour(HOURS[Task(task)].at, now))
        Duty.objects.filter(old).update(done_at=now, outcome=OVERTAKEN)
    return len(new)


def _last_hour(at: tuple[time, ...], now: datetime) -> datetime:
    """Return the newest of some hours of the day that has come."""
    today = now.astimezone(IST).date()
    hours = (datetime.combine(day, hour, IST) for day in (today - timedelta(days=1), today) for hour in at)
    return max(hour for hour in hours if hour <= now)


@transaction.atomic
def _claim(now: datetime) -> Duty | None:
    """Take a duty that is due and put its next try off, so that nobody takes it too."""
    due = Duty.objects.select_for_update(skip_locked=True, of=("self",)).filter(done_at=None, next_at__lte=now)
    duty = due.select_related("account").order_by("due_at", "pk").first()
    if duty is not None:
        duty.next_at, duty.tries = now + LEASE, duty.tries + 1
        duty.save(update_fields=["next_at", "tries"])
    return duty


def _do(duty: Duty, now: datetime) -> bool:
    """Do a duty and note its outcome. What goes wrong is noted too, stops no other, and is tried again."""
    try:
        outcome = ACTS[Task(duty.task)](duty, now)
    except Exception as error:  # without a database this cannot be noted either, and the round ends
        is_gateway, is_late = isinstance(error, GatewayError), duty.tries >= PATIENCE
        say = log.exception if not is_gateway else log.error if is_late else log.warning
        say("duty_failed", task=duty.task, account=str(duty.account or ""), tries=duty.tries, kind=type(error).__name__)
        Duty.objects.filter(pk=duty.pk).update(outcome=f"{type(error).__name__}: {error}"[:500])
        return False
    Duty.objects.filter(pk=duty.pk).update(done_at=now, outcome=outcome)
    return True


def _pull(duty: Duty, now: datetime) -> str:
    """Ask for settlements, and lay them beside our payments at once: the letter of the morning tells of what that opens."""
    assert duty.account
    news = pulling.pull_settlements(duty.account, now=now)
    if not SettlementFile.objects.filter(account=duty.account).exists():
        return "nothing was ever settled"
    done = reconcile(duty.account, now=now)
    return f"news {news}, breaks opened {done.opened}, closed {done.closed}"


def _digest(duty: Duty, now: datetime) -> str:
    return f"letter of {digests.write_digest(now=now)}"


ACTS: dict[Task, Callable[[Duty, datetime], str]] = {
    Task.PULL: _pull,
    Task.DIGEST: _digest,
}
