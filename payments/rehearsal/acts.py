"""What can happen in a run, each with its weight. An act draws what it needs and says what came of it, in a few words.

Where there is nothing to do it with, what comes before it is done instead: who cannot pay yet leaves for the bank's page.

Nothing said here may hold a name, a token or a reference: two runs of one seed are compared by what was said.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from celery import current_app

from kmc_portal.common.errors import ServiceError
from payments.models import Dispute, Receipt, ReversalRequest
from payments.rehearsal import clerks, counter_acts, desk_acts
from payments.rehearsal.letters import RETURN, Letter, due_webhooks, returned
from payments.rehearsal.stage import ACCOUNT
from payments.reversals import services as reversals
from payments.sandbox.messages import METHODS
from payments.sandbox.outcomes import PLANS
from payments.sandbox.pages import signed_return, unsigned_return
from payments.sandbox.records import PageError
from payments.states import REASONS_TO_ASK, DisputeState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from random import Random

    from payments.rehearsal.stage import Stage
    from payments.sandbox.world import World

    Act = Callable[[Stage, Random], str]

PAGE = re.compile(r'name="bdorderid" value="(\w+)"')
ADDRESSES = {True: f"/pay/return/{ACCOUNT}/", False: f"/hooks/billdesk/{ACCOUNT}/"}
# How the bank ends a payment: mostly well, though not always at once or as it should.
ENDINGS = [*["success"] * 6, *PLANS]
RECENT = 3
FATES = ["arrives"] * 6 + ["arrives twice", "is spoilt", "is lost"]
WAITS = [
    timedelta(seconds=-90),  # a server's clock is set right
    *[timedelta(seconds=1), timedelta(seconds=25), timedelta(minutes=2)] * 2,
    timedelta(minutes=16),
    timedelta(hours=1),
    timedelta(hours=7),
    timedelta(days=1),
    timedelta(days=4),
]


def ask_to_pay(stage: Stage, rng: Random) -> str:
    """Have a citizen get a payment link, by web, chat or REST."""
    token = stage.town.ask_to_pay(rng)
    if not token:
        return "no link"
    if token not in stage.orders:
        stage.orders.append(token)
    return f"link {stage.orders.index(token)}"


def leave(stage: Stage, rng: Random) -> str:
    """Press Pay on a link that somebody has: the bank's page opens."""
    if not stage.orders:
        return ask_to_pay(stage, rng)
    number = _recent(stage.orders, rng)
    answer = stage.browser.post(f"/pay/{stage.orders[number]}/")
    found = PAGE.search(answer.content.decode())
    if found and found[1] not in stage.pages:
        stage.pages.append(found[1])
    page = f"page {stage.pages.index(found[1])}" if found else "no page"
    return f"link {number}, {answer.status_code}, {page}"


def pay(stage: Stage, rng: Random) -> str:
    """Pay on one of the bank's pages, mostly one that can be paid, and be sent back unless the tab was closed."""
    return _pay(stage, rng, rng.choice(ENDINGS))


def _pay(stage: Stage, rng: Random, ending: str) -> str:
    method, insists = rng.choice(sorted(METHODS)), rng.randrange(6) == 0
    with stage.sandbox.world() as world:
        pages = [page for page in stage.pages if insists or _is_payable(world, page)]
        if pages:
            return _paid(stage, world, pages[_recent(pages, rng)], method, ending)
    return leave(stage, rng)


def _paid(stage: Stage, world: World, page: str, method: str, ending: str) -> str:
    number = stage.pages.index(page)
    try:
        made = world.pay(world.order_named(page), method=method, outcome=ending)
    except PageError as refusal:
        return f"page {number}, {refusal.reason}"
    if PLANS[ending].browser_returns:
        stage.travelling.append(returned(signed_return(world, made)))
    return f"page {number}, {ending}"


def cancel(stage: Stage, rng: Random) -> str:
    """Give up on a page, paid or not: an unsigned word comes back."""
    if not stage.pages:
        return "no page"
    number = _recent(stage.pages, rng)
    with stage.sandbox.world() as world:
        stage.travelling.append(returned(unsigned_return(world, world.order_named(stage.pages[number]))))
    return f"page {number}"


def deliver(stage: Stage, rng: Random) -> str:
    """Let one of the messages on their way arrive; which one is next is anybody's guess."""
    with stage.sandbox.world() as world:
        letters = [*stage.travelling, *due_webhooks(world)]
    if not letters:
        return errand(stage, rng)
    number, fate = rng.randrange(len(letters)), rng.choice(FATES)
    letter = letters[number]
    if letter in stage.travelling:
        stage.travelling.remove(letter)
    statuses: list[int] = []
    for _ in range({"is lost": 0, "arrives twice": 2}.get(fate, 1)):
        statuses.append(bring(stage, letter.spoilt if fate == "is spoilt" else letter))
    _note(stage, letter, statuses)
    return f"{letter.source} {fate}, {statuses}"


def repeat(stage: Stage, rng: Random) -> str:
    """Bring an old message once more, however long ago it came."""
    if not stage.arrived:
        return "nothing has come"
    return f"{bring(stage, rng.choice(stage.arrived))}"


def look(stage: Stage, rng: Random) -> str:
    """Open a payment link, and what it leads to."""
    if not stage.orders:
        return "no link"
    number = _recent(stage.orders, rng)
    answer = stage.browser.get(f"/pay/{stage.orders[number]}/", follow=True)
    return f"link {number}, {answer.status_code}"


def check(stage: Stage, rng: Random) -> str:
    """Press *check again* on a link."""
    if not stage.orders:
        return "no link"
    number = _recent(stage.orders, rng)
    return f"link {number}, {stage.browser.post(f'/pay/{stage.orders[number]}/check/').status_code}"


def errand(stage: Stage, rng: Random) -> str:
    """Run one of the tasks that the scheduler runs."""
    name = rng.choice(errands())
    return f"{name}, {current_app.tasks[name]()}"


def pay_elsewhere(stage: Stage, rng: Random) -> str:
    """Have a bill paid outside the portal, whatever links there are for it."""
    return "a bill" if stage.town.pay_elsewhere(rng, on=stage.today) else "no bill"


def next_bill(stage: Stage, rng: Random) -> str:
    """Present a bill: what is kept in advance meets it."""
    return stage.town.bill(rng, on=stage.today)


def take_back(stage: Stage, rng: Random) -> str:
    """Decide the reversal that a clerk has asked for, or ask for one: some payment turns out not to be money."""
    return clerks.unless_refused(lambda: _taken_back(stage, rng))


def _taken_back(stage: Stage, rng: Random) -> str:
    waiting, now = ReversalRequest.objects.filter(approver="").first(), stage.clock()
    if waiting and rng.randrange(3) == 0:
        reversals.refuse_reversal(waiting.pk, approver="approver", refusal="Not this one", now=now)
        return "refused"
    if waiting:
        return _undo(waiting.pk, now)
    disputed = Dispute.objects.filter(state=DisputeState.OPEN).values("payment")
    standing = Receipt.objects.filter(payment__reversal=None).exclude(payment__in=disputed).order_by("pk")
    if not standing:
        return "no payment"
    number, reason = rng.choice(list(standing)).receipt_number, rng.choice(REASONS_TO_ASK)
    reversals.ask_for_reversal(receipt_number=number, reason=reason, detail="Memo", maker="clerk", now=now)
    return f"asked, {reason}"


def give_back(stage: Stage, rng: Random) -> str:
    """Have the clerks give back what stands in advance; where nothing does, somebody pays twice."""
    return clerks.give_back(stage, rng) or _pay(stage, rng, "two_successes")


def _undo(request: int, now: datetime) -> str:
    try:
        return f"undone, number {reversals.approve_reversal(request, approver='approver', now=now).number}"
    except ServiceError as refusal:  # what was asked for before a dispute of the payment
        reversals.refuse_reversal(request, approver="approver", refusal=refusal.code, now=now)
        return f"refused, {refusal.code}"


def wait(stage: Stage, rng: Random) -> str:
    """Let time pass, or jump."""
    by = rng.choice(WAITS)
    stage.clock.advance(by)
    return str(by)


ACTS: dict[str, tuple[Act, int]] = {
    "ask to pay": (ask_to_pay, 14),
    "leave": (leave, 18),
    "pay": (pay, 18),
    "cancel": (cancel, 2),
    "deliver": (deliver, 16),
    "repeat": (repeat, 2),
    "look": (look, 2),
    "check": (check, 4),
    "errand": (errand, 10),
    "pay elsewhere": (pay_elsewhere, 2),
    "take back": (take_back, 3),
    "take at a counter": (counter_acts.take, 3),
    "note a cheque paid": (counter_acts.note_realised, 2),
    "next bill": (next_bill, 4),
    "give back": (give_back, 8),
    "place what is kept": (desk_acts.place, 4),
    "close a break": (desk_acts.close_break, 3),
    "dispute": (desk_acts.dispute, 4),
    "wait": (wait, 9),
}
# What somebody else may do while the portal waits for the bank.
MEANWHILE: Sequence[Act] = (leave, pay, deliver, check, errand)


def draw(rng: Random) -> tuple[str, Act]:
    """Draw an act by its weight."""
    (name,) = rng.choices(list(ACTS), [weight for _act, weight in ACTS.values()])
    return name, ACTS[name][0]


def errands() -> list[str]:
    """Return the scheduler's tasks of every app."""
    return sorted({entry["task"] for entry in current_app.conf.beat_schedule.values()})


def bring(stage: Stage, letter: Letter) -> int:
    """Post a message to the portal and return the status of its answer."""
    address = ADDRESSES[letter.source == RETURN]
    answer = stage.browser.generic("POST", address, letter.body, content_type=letter.content_type)
    stage.arrived.append(letter)
    return answer.status_code


def _recent(things: Sequence[str], rng: Random) -> int:
    """Return which of these somebody takes up, mostly one of the last."""
    first = max(0, len(things) - RECENT) if rng.randrange(4) else 0
    return rng.randrange(first, len(things))


def _is_payable(world: World, page: str) -> bool:
    try:
        world.payable(world.order_named(page))
    except PageError:
        return False
    return True


def _note(stage: Stage, letter: Letter, statuses: Sequence[int]) -> None:
    """Tell the bank whether its webhook was taken; it tries again when it was not."""
    if letter.webhook:
        with stage.sandbox.world() as world:
            world.delivered(letter.webhook, answer=f"{statuses}", accepted=200 in statuses)


def settle(stage: Stage, by: timedelta) -> None:
    """Let time pass without a fault: everything arrives, and the scheduler's tasks run until they find nothing to do."""
    stage.clock.advance(by)
    for letter in (*stage.travelling, *_due(stage)):
        _note(stage, letter, [bring(stage, letter)])
    stage.travelling.clear()
    for name in errands():
        while current_app.tasks[name]():
            pass


def _due(stage: Stage) -> list[Letter]:
    with stage.sandbox.world() as world:
        return due_webhooks(world)
