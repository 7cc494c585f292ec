"""Asking the gateway about payments it has not told us of: the lost webhook, the closed tab, the late success."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.db.models import Case, Q, Value, When

from payments import alarms, posting
from payments.accounts.services import gateway_of
from payments.gateways.base import GatewayError, MaybeSent, NotSent
from payments.models import PaymentAttempt
from payments.states import OPEN_ATTEMPTS, AttemptState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payments.gateways.base import TransactionReport

log = structlog.get_logger()

# After the attempt was made: first not before 90 s (NPCI's floor for status checks), two minutes after the gateway's page
# has died, and daily until the fifth working day, when banks must have given back what did not arrive.
SCHEDULE = [
    timedelta(seconds=90),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=32),
    timedelta(hours=2),
    timedelta(hours=6),
    *(timedelta(days=day) for day in range(1, 8)),
]
# The last question is put again until it has been answered: who dies over it, or finds the gateway away, forgets nobody.
UNTIL_ANSWERED = timedelta(days=1)
BETWEEN_CHECKS = timedelta(seconds=20)
# A gateway that does not answer costs a worker its time-out for each question: the others of its account wait so long.
WHILE_AWAY = timedelta(minutes=1)
BATCH = 20


def first_poll_at(now: datetime) -> datetime:
    """Return when a new attempt is asked about first."""
    return now + SCHEDULE[0]


def poll(*, now: datetime) -> int:
    """Ask about the attempts that are due, one batch. Returns how many were asked about.

    What goes wrong with one attempt is kept with it and stops no other. When a gateway does not answer, the rest of its
    account's batch is put off a little.
    """
    due, away = _claim(now), set()
    for attempt in due:
        if attempt.account_id in away:
            _put_off(attempt, now)
        elif not asked(attempt, now):
            away.add(attempt.account_id)
    return len(due)


def asked(attempt: PaymentAttempt, now: datetime) -> bool:
    """Ask about one attempt of a batch, and say whether its gateway answers at all. What goes wrong is kept with the attempt."""
    try:
        ask(attempt, now=now)
    except (NotSent, MaybeSent):
        return False
    except Exception as error:  # without a database this cannot be kept either, and the round ends
        if not isinstance(error, GatewayError):
            log.exception("ask_broke", order_ref=attempt.order_ref)
            _keep_error(attempt, error)
    return True


def _put_off(attempt: PaymentAttempt, now: datetime) -> None:
    PaymentAttempt.objects.filter(pk=attempt.pk, next_poll_at__gt=now + WHILE_AWAY).update(
        next_poll_at=now + WHILE_AWAY
    )


def _keep_error(attempt: PaymentAttempt, error: Exception) -> None:
    PaymentAttempt.objects.filter(pk=attempt.pk).update(last_error=f"{type(error).__name__}: {error}"[:500])


@transaction.atomic
def _claim(now: datetime) -> Sequence[PaymentAttempt]:
    """Take the attempts that are due and put their next turn off, so that no other worker takes them too."""
    due = list(
        PaymentAttempt.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("account")
        .filter(next_poll_at__lte=now)
        .order_by("next_poll_at")[:BATCH]
    )
    for attempt in due:
        attempt.poll_count = sum(attempt.created_at + offset <= now for offset in SCHEDULE)
        is_last = attempt.poll_count >= len(SCHEDULE)
        attempt.next_poll_at = now + UNTIL_ANSWERED if is_last else attempt.created_at + SCHEDULE[attempt.poll_count]
        attempt.asked_at = now
    PaymentAttempt.objects.bulk_update(due, ["poll_count", "next_poll_at", "asked_at"])
    return due


def check_now(*, token: str, now: datetime) -> None:
    """Ask the gateway about an order because somebody waits for it, at most once in 20 seconds."""
    rested = Q(asked_at=None) | Q(asked_at__lte=now - BETWEEN_CHECKS)
    waiting = PaymentAttempt.objects.filter(rested, order__token=token).exclude(state=AttemptState.SUCCEEDED)
    attempt = waiting.select_related("account").order_by("-pk").first()
    if attempt and waiting.filter(pk=attempt.pk).update(asked_at=now):
        asked(attempt, now)


def ask(attempt: PaymentAttempt, *, now: datetime) -> None:
    """Ask the gateway the attempt was opened with, and hand every transaction it names to the poster.

    :raises GatewayError: it gave no answer that can be used; why is kept with the attempt
    :raises Contended: as the poster does
    """
    try:
        reports = gateway_of(attempt.account).ask(attempt.order_ref)
    except GatewayError as error:
        alarms.gateway_failed("ask_failed", order_ref=attempt.order_ref, error=error)
        _keep_error(attempt, error)
        raise
    if attempt.last_error:
        PaymentAttempt.objects.filter(pk=attempt.pk).update(last_error="")
    for report in reports:
        _take_in(attempt, report, now)
    if attempt.state == AttemptState.SUCCEEDED or attempt.created_at + SCHEDULE[-1] <= now:
        _give_up(attempt, reports)


def _take_in(attempt: PaymentAttempt, report: TransactionReport, now: datetime) -> None:
    """Hand one report to the poster; one that is not believed is kept with the attempt and hides no other."""
    try:
        outcome = posting.apply_report(account=attempt.account, report=report, now=now)
    except posting.ReportRejected as rejection:
        log.error("answer_rejected", order_ref=attempt.order_ref, reason=str(rejection))
        return _keep_error(attempt, rejection)
    if outcome == posting.DENIED:
        posting.open_denial(account=attempt.account, report=report, now=now)
    return None


def _give_up(attempt: PaymentAttempt, reports: Sequence[TransactionReport]) -> None:
    """Ask no more, and close an attempt that brought nothing by the last day; money that comes even later still finds it."""
    closed = Case(When(state__in=OPEN_ATTEMPTS, then=Value(AttemptState.EXPIRED)), default="state")
    PaymentAttempt.objects.filter(pk=attempt.pk).update(next_poll_at=None, state=closed)
    log.info("attempt_given_up", order_ref=attempt.order_ref, transactions=len(reports))
