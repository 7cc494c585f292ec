"""Writing: what counters have taken goes to the bank. A deposit is to a counter what a pay-out is to a gateway (ADR 0056).

So it is kept, booked, matched with the bank's statement and followed in the control totals as pay-outs are, by the same services.
Amounts are paise.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog
from django.db import connection, transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from kmc_portal.common import digits
from kmc_portal.common.clock import day_of
from kmc_portal.common.errors import ServiceError
from payments.models import Counter, SettlementMatch
from payments.reconciliation.matching import LOCK
from payments.reconciliation.rows import RowKind, SettlementRow
from payments.reconciliation.taking_in import take_in_rows
from payments.states import Instrument, ReversalReason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from payments.models import Payment, Reversal

log = structlog.get_logger()
SLIP = re.compile(r"[A-Z0-9/-]{3,30}")
# A payment of which the bank took back what it had been given.
TAKEN_BACK = (ReversalReason.DISHONOURED, ReversalReason.BANK_REVERSED)


class Slip(TextChoices):
    """What goes to the bank under one slip, since the bank credits it in one sum."""

    CASH = "cash", _("cash")
    PAPER = "paper", _("cheques and drafts")
    CARD = "card", _("card slips")


ON_SLIP = {
    Slip.CASH: [Instrument.CASH],
    Slip.PAPER: [Instrument.CHEQUE, Instrument.DRAFT],
    Slip.CARD: [Instrument.CARD],
}
# What checked shifts have taken, what stands, and of which no row says that it was deposited.
WAITING = """
SELECT s.counter_id AS counter, h.instrument, h.number, t.transaction_ref, a.order_ref, p.amount_paise, p.business_date
  FROM payments_shift s JOIN payments_handedover h ON h.shift_id = s.id JOIN payments_paymentattempt a ON a.id = h.attempt_id
  JOIN payments_gatewaytransaction t ON t.attempt_id = a.id JOIN payments_payment p ON p.transaction_id = t.id
 WHERE s.checked_by <> '' AND NOT EXISTS (SELECT FROM payments_reversal v WHERE v.payment_id = p.id)
   AND NOT EXISTS (SELECT FROM payments_settlementmatch m WHERE m.payment_id = p.id
                      AND NOT EXISTS (SELECT FROM payments_settlementchange c WHERE c.line_id = m.line_id))
"""
BY_SLIP = f"""
SELECT w.counter, slip.name, count(*), sum(w.amount_paise)::bigint FROM ({WAITING}) w
  JOIN unnest(%(slips)s::text[], %(instruments)s::text[]) AS slip (name, instrument) ON slip.instrument = w.instrument
 GROUP BY w.counter, slip.name ORDER BY w.counter, min(array_position(%(slips)s::text[], slip.name))
"""
ON_THE_SLIP = f"""
SELECT w.transaction_ref, w.order_ref, w.number, w.business_date, w.amount_paise FROM ({WAITING}) w
 WHERE w.counter = %(counter)s AND w.instrument = ANY(%(instruments)s) ORDER BY w.transaction_ref
"""


class DepositChanged(ServiceError):
    code = "deposit_changed"
    message = _("What waits has changed since you opened this page. Please compare it with the slip, and choose again.")
    field = "waiting"
    http_status = 409


class SlipNumberMalformed(ServiceError):
    code = "slip_number_malformed"
    message = _("Please type the number of the bank's slip, or of the terminal's batch: letters and digits.")
    field = "slip_number"


class DepositedOnMalformed(ServiceError):
    code = "deposited_on_malformed"
    message = _("Please give the day of the bank's stamp: not before the money was taken, and not in the future.")
    field = "deposited_on"


class Waiting(NamedTuple):
    """What of a counter waits to be taken to the bank under one slip."""

    counter: int
    slip: Slip
    payments: int
    amount_paise: int


def waiting() -> list[Waiting]:
    """Return what waits at every counter, by counter and slip. One query."""
    pairs = [(slip.value, instrument.value) for slip, held in ON_SLIP.items() for instrument in held]
    values = {"slips": [slip for slip, _held in pairs], "instruments": [held for _slip, held in pairs]}
    with connection.cursor() as cursor:
        cursor.execute(BY_SLIP, values)
        return [Waiting(counter, Slip(slip), count, paise) for counter, slip, count, paise in cursor.fetchall()]


@transaction.atomic
def deposit(
    *,
    counter: int,
    slip: Slip,
    amount_paise: int,
    slip_number: str,
    deposited_on: date | None,
    maker: str,
    now: datetime,
) -> int:
    """Write that all that waits at a counter for a slip went to the bank, and return how many payments that was.

    `amount_paise` is what stands on the slip. The books then have it on its way to the bank, until a statement shows it there.

    :raises SlipNumberMalformed, DepositChanged, DepositedOnMalformed: nothing is written
    """
    number = digits.to_ascii(slip_number).strip().upper()
    if not SLIP.fullmatch(number):
        raise SlipNumberMalformed
    account = Counter.objects.select_related("account").get(pk=counter).account
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [account.pk])
        cursor.execute(ON_THE_SLIP, {"counter": counter, "instruments": [one.value for one in ON_SLIP[slip]]})
        found = cursor.fetchall()
    _check(found, amount_paise, deposited_on, now)
    assert deposited_on
    rows = [
        _row(
            RowKind.SETTLED,
            paise,
            place=place,
            merchant_id=account.merchant_id,
            transaction_ref=transaction_ref,
            order_ref=order_ref,
            bank_ref=paper,
            own_ref="",
            happened_on=taken_on,
            settled_on=deposited_on,
            utr=number,
        )
        for place, (transaction_ref, order_ref, paper, taken_on, paise) in enumerate(found, 1)
    ]
    _take_in(rows, account=account.code, name=f"{account.code} {number}", maker=maker, now=now)
    log.info("counter_deposited", account=account.code, slip=str(slip), payments=len(rows), amount_paise=amount_paise)
    return len(rows)


def _check(found: Sequence[tuple[str, str, str, date, int]], amount_paise: int, on: date | None, now: datetime) -> None:
    """:raises DepositChanged, DepositedOnMalformed:"""
    if not found or sum(paise for *_rest, paise in found) != amount_paise:
        raise DepositChanged
    if on is None or not max(taken_on for *_rest, taken_on, _paise in found) <= on <= day_of(now):
        raise DepositedOnMalformed


def take_back(payment: Payment, reversal: Reversal, *, now: datetime) -> None:
    """Take a payment that was reversed out of its deposit, where the bank took back what it had been given.

    What the deposit comes to is then what the bank has of it. In the caller's transaction.
    """
    if reversal.reason not in TAKEN_BACK:
        return
    match = SettlementMatch.objects.select_related("line__account").filter(payment=payment, line__change=None)
    found = match.filter(line__account__counter__isnull=False).first()
    if found is None:
        return
    line = found.line
    row = _row(
        RowKind.REFUND,
        line.net_paise,
        place=1,
        merchant_id=line.merchant_id,
        transaction_ref=line.transaction_ref,
        order_ref=line.order_ref,
        bank_ref=line.bank_ref,
        own_ref=reversal.reversal_number,
        happened_on=line.happened_on,
        settled_on=line.settled_on,
        utr=line.utr,
    )
    _take_in([row], account=line.account.code, name=reversal.reversal_number, maker=reversal.approver, now=now)


def _row(kind: RowKind, paise: int, **facts: Any) -> SettlementRow:
    """Return a row of a deposit: a bank charges nothing for one, or says so in a line of its own."""
    return SettlementRow(kind=kind, gross_paise=paise, charge_paise=0, gst_paise=0, net_paise=paise, **facts)


def _take_in(rows: Sequence[SettlementRow], *, account: str, name: str, maker: str, now: datetime) -> None:
    told = json.dumps([name, *rows], default=str, separators=(",", ":"))
    digest = hashlib.sha256(told.encode()).hexdigest()
    take_in_rows(rows, digest=digest, account=account, maker=maker, now=now, name=name)
