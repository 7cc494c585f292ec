"""Receipts: numbers without a hole, and the message that one was issued."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any

from kmc_portal.common.codes import new_code
from kmc_portal.common.financial_year import FinancialYear

if TYPE_CHECKING:
    from datetime import date

# A part of the statement that posts a payment (`ledger.POST`), whose row `payment` it reads. The series row is locked here
# and until the commit: the last lock of a posting. The number is taken with the transaction and given back with it,
# which a database sequence would not do.
TAKE_NUMBER = """
taken AS (
    INSERT INTO payments_receiptseries AS series (code, financial_year, last_number) VALUES (%(series)s, %(year)s, 1)
    ON CONFLICT ON CONSTRAINT series_once_per_year DO UPDATE SET last_number = series.last_number + 1
    RETURNING last_number
)"""
PRINTED = "%(prefix)s || lpad(last_number::text, greatest(6, length(last_number::text)), '0')"
ISSUE = f"""
{TAKE_NUMBER}, receipt AS (
    INSERT INTO payments_receipt (payment_id, series, financial_year, number, receipt_number, token, code, issued_at)
    SELECT payment.id, %(series)s, %(year)s, last_number,
           {PRINTED}, %(token)s, %(code)s, %(now)s
      FROM payment, taken RETURNING receipt_number
), told AS (
    INSERT INTO payments_outboxmessage (topic, key, payload, created_at, available_at, attempts, last_error)
    SELECT 'receipt_issued', 'receipt_issued:' || receipt_number,
           %(payload)s::jsonb || jsonb_build_object('receipt_number', receipt_number), %(now)s, %(now)s, 0, ''
      FROM receipt
)
"""


def new_receipt(*, series: str, issued_on: date, payload: dict[str, object]) -> dict[str, Any]:
    """Return what `ISSUE` needs for the next receipt of a series, on a day (IST).

    `payload` is what the message carries besides the receipt number, its token and its code.
    """
    year = FinancialYear.of(issued_on)
    token, code = secrets.token_urlsafe(16), new_code()
    return {
        "series": series,
        "year": year.start,
        "prefix": f"{series}/{year}/",
        "token": token,
        "code": code,
        "payload": json.dumps({**payload, "token": token, "code": code}),
    }
