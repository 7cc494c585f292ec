"""The letter of the morning: what the accounts desk has to look at, written once a day and kept at the desk.

Where `ACCOUNTS_DIGEST_TO` names addresses, it also goes there by e-mail.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext, override

from kmc_portal.common.arrivals.records import FileState
from kmc_portal.common.clock import IST, day_of
from kmc_portal.common.money import rupee_text
from kmc_portal.common.templatetags.portal import long_date
from payments import outbox
from payments.arrivals.models import Task
from payments.models import Arrival, Digest, Duty
from payments.reconciliation.breaks import age
from payments.reconciliation.reporting import BY_GATEWAYS
from payments.reconciliation.totals import Outcome, control_totals
from payments.totals.words import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

TOPIC = "accounts_digest"
SINCE = timedelta(days=1)
# What was paid yesterday is paid out this morning at the earliest, so the day before is told of too.
DAYS_TOLD = 2
OPEN = """
SELECT b.kind, b.opened_at, b.amount_paise FROM payments_reconbreak b
 WHERE NOT EXISTS (SELECT FROM payments_breakclosing c WHERE c.recon_break_id = b.id)
"""


@transaction.atomic
def write_digest(*, now: datetime) -> date:
    """Write the letter of a day, and the message that carries it where somebody wants it by e-mail; once a day. Returns the day."""
    day = day_of(now)
    _, is_new = Digest.objects.get_or_create(day=day, defaults={"content": _content(now), "written_at": now})
    if is_new and settings.ACCOUNTS_DIGEST_TO:
        outbox.write(topic=TOPIC, key=f"{TOPIC}:{day}", payload={"day": day.isoformat()}, now=now)
    return day


def send_digest(payload: Mapping[str, object]) -> None:
    """Send a letter by e-mail: consumer of the outbox topic `accounts_digest`."""
    digest = Digest.objects.get(day=str(payload["day"]))
    with override(settings.LANGUAGE_CODE):
        subject = gettext("Settlements on {day}").format(day=long_date(digest.day))
        desk = settings.PUBLIC_BASE_URL + reverse("admin:payments_reconbreak_changelist")
        lines = [*text_of(digest.content), "", desk]
    send_mail(subject, "\n".join(lines), settings.DEFAULT_FROM_EMAIL, settings.ACCOUNTS_DIGEST_TO)


def text_of(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a letter in the reader's language."""
    for one in content["totals"]:
        text = gettext("{account}, paid on {day}: {outcome}. Paid {paid}, in the bank {credited}.")
        yield text.format(
            account=one["account"],
            day=long_date(date.fromisoformat(one["day"])),
            outcome=OUTCOMES[Outcome(one["outcome"])],
            paid=rupee_text(one["paid_paise"]),
            credited=rupee_text(one["credited_paise"]),
        )
    if not any(content[name] for name in ("breaks", "refused", "undone")):
        yield gettext("Nothing waits for anybody.")
    for one in content["breaks"]:
        text = gettext("Open for {age} days, {kind}: {count}, {amount} in all.")
        yield text.format(**one, amount=rupee_text(one["paise"]))
    for one in content["refused"]:
        yield gettext("Refused, {account}: {name} ({code}).").format(**one)
    for one in content["undone"]:
        text = gettext("Not done since {due_at}, {account}: {task}, tried {tries} times.")
        yield text.format(**{**one, "task": Task(one["task"]).label})


def _content(now: datetime) -> dict[str, Any]:
    refused = Arrival.objects.filter(state=FileState.REFUSED, finished_at__gt=now - SINCE).order_by("pk")
    undone = Duty.objects.filter(done_at=None, tries__gt=0).exclude(outcome="").order_by("pk")
    return {
        "totals": list(_totals(day_of(now))),
        "breaks": _open_breaks(now),
        "refused": [
            {"account": one.account.code, "name": one.name, "code": (one.refusal or {})["code"]}
            for one in refused.select_related("account")
        ],
        "undone": [
            {
                "account": str(one.account or "-"),
                "task": one.task,
                "tries": one.tries,
                "due_at": f"{one.due_at.astimezone(IST):%Y-%m-%d %H:%M}",
            }
            for one in undone.select_related("account")
        ],
    }


def _totals(today: date) -> Iterator[dict[str, Any]]:
    """Yield the control totals of the days before a day on which anybody paid, the older day first.

    Not those of counters, of which there are hundreds: what is late of them is among the breaks.
    """
    for back in reversed(range(1, DAYS_TOLD + 1)):
        for account in BY_GATEWAYS.all():
            totals = control_totals(account=account, day=today - timedelta(days=back))
            if totals.outcome != Outcome.EMPTY:
                yield {
                    "account": totals.account,
                    "day": totals.day.isoformat(),
                    "outcome": totals.outcome.value,
                    "paid_paise": totals.paid.paise,
                    "credited_paise": totals.credited.paise,
                }


def _open_breaks(now: datetime) -> list[dict[str, Any]]:
    """Return how many breaks of each kind and age are open, and what they come to; the oldest first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    with connection.cursor() as cursor:
        cursor.execute(f"{OPEN} ORDER BY b.opened_at, b.kind")
        for kind, opened_at, paise in cursor.fetchall():
            name = age(opened_at, now=now)
            group = found.setdefault((name, kind), {"age": name, "kind": kind, "count": 0, "paise": 0})
            group["count"] += 1
            group["paise"] += paise
    return list(found.values())
