"""Reading: what was paid, for a reader who has proved to be who may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

MOST = 100


class PaidOnce(NamedTuple):
    """One receipt. `title` is a message id, `reference` what was paid for; reversed, it proves no payment any more."""

    receipt_number: str
    token: str
    paid_on: date
    amount_paise: int
    title: str
    reference: str
    is_reversed: bool


PAID = """
SELECT r.receipt_number, r.token, p.business_date, p.amount_paise, o.snapshot->>'title',
       coalesce(o.snapshot->'particulars'->0->>1, o.reference), v.id IS NOT NULL
  FROM payments_paymentorder o JOIN payments_payment p ON p.order_id = o.id JOIN payments_receipt r ON r.payment_id = p.id
  LEFT JOIN payments_reversal v ON v.payment_id = p.id
 WHERE o.id IN (SELECT id FROM payments_paymentorder WHERE told_to && %(told_to)s::varchar[]
                UNION SELECT o.id FROM payments_paymentorder o
                        JOIN unnest(%(kinds)s::text[], %(references)s::text[]) AS own (kind, reference)
                          ON own.kind = o.kind AND own.reference = o.reference)
 ORDER BY r.id DESC LIMIT %(most)s
"""


def paid_by_or_for(*, told_to: Sequence[str], references: Mapping[str, Sequence[str]]) -> list[PaidOnce]:
    """Return what was paid from some conversations, or for some references of each kind, the last first. One query.

    `told_to` is as orders keep whom they are told to.
    """
    pairs = [(kind, reference) for kind, numbers in references.items() for reference in numbers]
    values: dict[str, Any] = {
        "told_to": list(told_to),
        "kinds": [kind for kind, _reference in pairs],
        "references": [reference for _kind, reference in pairs],
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(PAID, values)
        return [PaidOnce(*row) for row in cursor.fetchall()]
