"""Reading: the payment orders that a number belongs to, whatever number it is. Every way in has its index."""

from __future__ import annotations

from typing import Any

from django.db import connection

from payments.models import PaymentOrder

MOST = 50
# References at a gateway are unique in their account only, so each account's index is asked.
OF_NUMBER = """
SELECT id FROM (
    SELECT id FROM payments_paymentorder WHERE order_number = %(as_printed)s OR reference = ANY(%(either)s)
    UNION SELECT id FROM payments_paymentorder WHERE told_to && %(told_to)s::varchar[]
    UNION SELECT a.order_id FROM payments_paymentattempt a WHERE a.order_ref = %(as_printed)s
    UNION SELECT a.order_id FROM payments_gatewayaccount g JOIN payments_paymentattempt a
                 ON a.account_id = g.id AND a.gateway_order_ref = %(typed)s AND a.gateway_order_ref <> ''
    UNION SELECT a.order_id FROM payments_gatewayaccount g
            JOIN payments_gatewaytransaction t ON t.account_id = g.id AND t.transaction_ref = %(typed)s
            JOIN payments_paymentattempt a ON a.id = t.attempt_id
    UNION SELECT a.order_id FROM payments_gatewaytransaction t JOIN payments_paymentattempt a ON a.id = t.attempt_id
           WHERE t.bank_ref = %(typed)s AND t.bank_ref <> ''
    UNION SELECT p.order_id FROM payments_receipt r JOIN payments_payment p ON p.id = r.payment_id
           WHERE r.receipt_number = %(as_printed)s OR r.code = %(code)s
    UNION SELECT p.order_id FROM payments_reversal v JOIN payments_payment p ON p.id = v.payment_id
           WHERE v.reversal_number = %(as_printed)s
    UNION SELECT a.order_id FROM payments_handedover h JOIN payments_paymentattempt a ON a.id = h.attempt_id
           WHERE h.number = %(as_printed)s AND h.number <> ''
    UNION SELECT p.order_id FROM payments_allocation l JOIN payments_payment p ON p.id = l.payment_id
           WHERE l.bill = %(as_printed)s AND l.bill <> ''
) found ORDER BY id DESC LIMIT %(most)s
"""


def orders_of_number(*, typed: str, digits: str = "", told_to: list[str] | None = None) -> list[PaymentOrder]:
    """Return the orders that a number belongs to, the newest first, at most 50.

    `digits` is the number without what separates its digits, `told_to` the conversations that are told of the orders sought.
    """
    values: dict[str, Any] = {
        "typed": typed,
        "as_printed": typed.upper(),
        "code": typed.upper().replace("-", "").replace(" ", ""),
        "either": [typed.upper(), digits] if digits else [typed.upper()],
        "told_to": told_to or [],
        "most": MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(OF_NUMBER, values)
        found = [pk for (pk,) in cursor.fetchall()]
    return list(PaymentOrder.objects.filter(pk__in=found).order_by("-pk"))
