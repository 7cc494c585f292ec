"""A cashier at the rehearsal's one counter: takes what links ask for, and counts the drawer before each new day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmc_portal.common.errors import ServiceError
from payments.counter import counters, realisation, shifts
from payments.counter import services as counter
from payments.counter.services import Handed
from payments.models import HandedOver, Shift

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from payments.rehearsal.stage import Stage

NUMBER, CASHIER, COLLEAGUE = 1, "cashier", "colleague"


def set_up() -> None:
    counters.add_counter(number=NUMBER, place="Treasury")


def take(stage: Stage, rng: Random) -> str:
    """Have a cashier take what one of the links asks for; a refusal leaves the money with the payer."""
    if not stage.orders:
        return "no link"
    number, now = rng.randrange(len(stage.orders)), stage.clock()
    handed = rng.choice([Handed("cash"), Handed("cheque", "123456", "A bank", stage.today), Handed("card", "AB12")])
    try:
        _begin_the_day(stage, now)
        receipt = counter.take(token=stage.orders[number], handed=handed, cashier=CASHIER, now=now)
    except ServiceError as refusal:
        return f"link {number}, {refusal.code}"
    return f"link {number}, {handed.instrument}, receipt {receipt.number}"


def note_realised(stage: Stage, rng: Random) -> str:
    """Have a clerk note from the bank statement that a cheque was paid."""
    papers = list(HandedOver.objects.filter(instrument="cheque").order_by("pk"))
    if not papers:
        return take(stage, rng)
    paper, today, now = rng.choice(papers).pk, stage.today, stage.clock()
    try:
        realisation.note_realised(paper, realised_on=today, proof="Statement", who=COLLEAGUE, now=now)
    except ServiceError as refusal:
        return f"not noted, {refusal.code}"
    return "noted"


def _begin_the_day(stage: Stage, now: datetime) -> None:
    """Close a shift of an earlier day, have it checked, and open today's."""
    standing = Shift.objects.filter(cashier=CASHIER, closed_at=None).first()
    if standing and standing.day < stage.today:
        shifts.close_shift(shift=standing.pk, notes={}, remark="Given to the treasury", cashier=CASHIER, now=now)
        shifts.check_shift(shift=standing.pk, checker=COLLEAGUE, now=now)
        standing = None
    if standing is None:
        shifts.open_shift(counter=NUMBER, cashier=CASHIER, change={}, now=now)
