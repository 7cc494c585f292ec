"""The reference of `posting`: what one payment writes, each row by a statement of its own, nothing in between."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from psycopg2.extensions import connection

    from payments.gateways.base import TransactionReport
    from payments.models import GatewayAccount

LOCK = """
SELECT a.id, o.id, o.order_number, o.kind, o.series, o.snapshot, o.language, o.told_to
  FROM payments_paymentattempt a JOIN payments_paymentorder o ON o.id = a.order_id WHERE a.order_ref = %s FOR UPDATE
"""
TRANSACTION = """
INSERT INTO payments_gatewaytransaction
       (attempt_id, account_id, transaction_ref, status, raw_status, amount_paise, bank_ref, method, happened_at,
        error_code)
VALUES (%s, %s, %s, 'succeeded', %s, %s, %s, %s, %s, '') RETURNING id
"""
BILLS = "UPDATE property_tax_demand SET paid_on = %s WHERE demand_number = ANY(%s) AND paid_on IS NULL"
PAYMENT = """
INSERT INTO payments_payment (transaction_id, order_id, amount_paise, business_date, received_at)
VALUES (%s, %s, %s, %s, %s) RETURNING id
"""
ALLOCATION = """
INSERT INTO payments_allocation (payment_id, kind, bill, amount_paise, heads, landed_on) VALUES (%s, 'bill', %s, %s, %s, %s)
"""
JOURNAL = """
INSERT INTO payments_journal (purpose, payment_id, legs, business_date, posted_at)
VALUES ('received', %s, %s, %s, %s) RETURNING id
"""
LEG = "INSERT INTO payments_journalline (journal_id, account, debit_paise, credit_paise) VALUES (%s, %s, %s, %s)"
ATTEMPT = "UPDATE payments_paymentattempt SET state = 'succeeded', next_poll_at = NULL WHERE id = %s"
ORDER = "UPDATE payments_paymentorder SET state = 'paid' WHERE id = %s"
NUMBER = """
INSERT INTO payments_receiptseries AS held (code, financial_year, last_number) VALUES (%s, %s, 1)
ON CONFLICT (code, financial_year) DO UPDATE SET last_number = held.last_number + 1 RETURNING last_number
"""
RECEIPT = """
INSERT INTO payments_receipt (payment_id, series, financial_year, number, receipt_number, token, code, issued_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
OUTBOX = """
INSERT INTO payments_outboxmessage (topic, key, payload, created_at, available_at, attempts, last_error)
VALUES ('receipt_issued', %s, %s, %s, %s, 0, '')
"""


def post(database: connection, account: GatewayAccount, report: TransactionReport, now: datetime) -> None:
    day, paise = now.date(), report.amount_paise
    cursor = database.cursor()

    def returned(sql: str, *values: object) -> int:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]

    cursor.execute(LOCK, [report.order_ref])
    attempt, order, order_number, kind, series, snapshot, language, told_to = cursor.fetchone()
    bills: dict[str, dict[str, int]] = {}
    for line in snapshot["lines"]:
        bills.setdefault(line["bill"], {})[line["head"]] = line["amount_paise"]
    heads: dict[str, int] = {}
    for of_bill in bills.values():
        for head, of_head in of_bill.items():
            account_of_head = f"{'1300' if of_head > 0 else '5200'}:{kind}:{head}"
            heads[account_of_head] = heads.get(account_of_head, 0) + of_head
    transaction = returned(
        TRANSACTION,
        attempt,
        account.pk,
        report.transaction_ref,
        report.raw_status,
        paise,
        report.bank_ref,
        report.method,
        now,
    )
    cursor.execute(BILLS, [day, list(bills)])
    payment = returned(PAYMENT, transaction, order, paise, day, now)
    for bill, of_bill in bills.items():
        cursor.execute(ALLOCATION, [payment, bill, sum(of_bill.values()), json.dumps(of_bill), day])
    journal = returned(JOURNAL, payment, 1 + len(heads), day, now)
    cursor.execute(LEG, [journal, f"1200:{account.code}", paise, 0])
    for name, amount in heads.items():
        cursor.execute(LEG, [journal, name, max(0, -amount), max(0, amount)])
    cursor.execute(ATTEMPT, [attempt])
    cursor.execute(ORDER, [order])
    year = day.year - (day.month < 4)
    number = returned(NUMBER, series, year)
    receipt, token, code = f"{series}/{year}/{number:06}", secrets.token_urlsafe(16), secrets.token_hex(8)
    cursor.execute(RECEIPT, [payment, series, year, number, receipt, token, code, now])
    told = {
        "order_number": order_number,
        "amount_paise": paise,
        "language": language,
        "told_to": told_to,
        "token": token,
    }
    cursor.execute(OUTBOX, [f"receipt_issued:{receipt}", json.dumps({**told, "code": code}), now, now])
    database.commit()
