"""Reading: how a payment stands, for who asks about money that left an account. Nothing here asks a gateway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

from kmc_portal.common.clock import day_of
from payments.queries import STEPS
from payments.states import OrderState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST = 5
# RBI, DPSS.CO.PD No.629/02.01.014/2019-20, 20 September 2019: what a merchant did not confirm is back within T+5 days.
GIVEN_BACK_WITHIN = timedelta(days=5)
# So long after an attempt its gateway may still name money: what `polling.SCHEDULE` asks for.
WATCHED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ReceiptSeen:
    """One receipt of an order. `token` opens it; `is_reversed` when it proves nothing any more."""

    number: str
    token: str
    amount_paise: int
    paid_on: date
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order as whoever asks about its money sees it.

    `step` is unused, open, checking, failed, closed or paid; `title` is a message id, `told_to` the conversations that
    wait for the receipt. `tried_at` is when the last attempt began, `is_silent` that its gateway gave no answer last time.
    """

    pk: int
    order_number: str
    token: str
    title: str
    reference: str
    amount_paise: int
    told_to: tuple[str, ...]
    step: str
    expires_at: datetime
    tried_at: datetime | None
    is_silent: bool
    receipts: tuple[ReceiptSeen, ...]

    @property
    def given_back_by(self) -> date | None:
        """Return the last day on which a bank may give money back that did not arrive; None where nobody tried to pay."""
        return day_of(self.tried_at + GIVEN_BACK_WITHIN) if self.tried_at else None

    def is_waiting(self, *, now: datetime) -> bool:
        """Say whether its gateway may still know of money for it."""
        return not self.receipts and self.tried_at is not None and self.tried_at + WATCHED > now


SEEN = """
SELECT o.id, o.order_number, o.token, o.snapshot->>'title' AS title,
       coalesce(o.snapshot->'particulars'->0->>1, o.reference) AS reference, o.amount_paise, o.told_to, o.state,
       o.expires_at, tried.state AS tried, tried.created_at AS tried_at, tried.last_error <> '' AS is_silent,
       given.receipts
  FROM payments_paymentorder o
  LEFT JOIN LATERAL (SELECT state, created_at, last_error FROM payments_paymentattempt WHERE order_id = o.id
                      ORDER BY id DESC LIMIT 1) tried ON true
  LEFT JOIN LATERAL (
       SELECT array_agg(ARRAY[r.receipt_number, r.token, p.amount_paise::text, p.business_date::text,
                              (v.id IS NOT NULL)::text] ORDER BY r.id) AS receipts
         FROM payments_payment p JOIN payments_receipt r ON r.payment_id = p.id
         LEFT JOIN payments_reversal v ON v.payment_id = p.id WHERE p.order_id = o.id) given ON true
"""
TOLD_TO = f"{SEEN} WHERE o.told_to @> ARRAY[%(conversation)s]::varchar[] ORDER BY o.id DESC LIMIT {MOST}"
NAMED = f"""
WITH named AS (
    SELECT id FROM payments_paymentorder WHERE order_number = %(name)s OR id = %(pk)s
    UNION SELECT p.order_id FROM payments_receipt r JOIN payments_payment p ON p.id = r.payment_id
           WHERE r.receipt_number = %(name)s
    UNION SELECT a.order_id FROM payments_gatewaytransaction t JOIN payments_paymentattempt a ON a.id = t.attempt_id
           WHERE t.bank_ref = %(name)s AND t.bank_ref <> ''
    UNION (SELECT id FROM payments_paymentorder WHERE reference = %(name)s ORDER BY id DESC LIMIT {MOST})
)
{SEEN} JOIN named ON named.id = o.id ORDER BY o.id DESC LIMIT {MOST}
"""


def orders_told_to(*, conversation: str) -> list[OrderSeen]:
    """Return the last five orders whose receipt a conversation waits for, the newest first. One query."""
    return _seen(TOLD_TO, {"conversation": conversation}) if conversation else []


def orders_named(*, name: str) -> list[OrderSeen]:
    """Return the orders that a number belongs to, the newest first, five at most. One query.

    It may be an order's or a receipt's, a bank's reference, or the number that was paid for, each as it is printed.
    """
    return _seen(NAMED, {"name": name, "pk": None})


def order_seen(pk: int) -> OrderSeen:
    """Return how one order stands. One query."""
    (found,) = _seen(NAMED, {"name": "", "pk": pk})
    return found


def _seen(sql: str, values: Mapping[str, str | int | None]) -> list[OrderSeen]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [_order(row) for row in cursor.fetchall()]


def _order(row: Sequence[Any]) -> OrderSeen:
    pk, number, token, title, reference, paise, told_to, state, expires_at, tried, tried_at, is_silent, receipts = row
    return OrderSeen(
        pk=pk,
        order_number=number,
        token=token,
        title=title,
        reference=reference,
        amount_paise=paise,
        told_to=tuple(told_to),
        step=_step(state, tried),
        expires_at=expires_at,
        tried_at=tried_at,
        is_silent=bool(is_silent),
        receipts=tuple(map(_receipt, receipts or ())),
    )


def _step(state: str, tried: str | None) -> str:
    if state != OrderState.OPEN:
        return str(state)
    return STEPS[tried] if tried else "unused"


def _receipt(row: Sequence[str]) -> ReceiptSeen:
    number, token, paise, paid_on, is_reversed = row
    return ReceiptSeen(number, token, int(paise), date.fromisoformat(paid_on), is_reversed == "true")
