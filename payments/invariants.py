"""What must hold of the books at every moment, each as one SQL query for its offenders. Numbered as docs/operations.md explains.

An app that is paid for adds its own: payments cannot see bills.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Invariant:
    """`checked` counts what is looked at; `offenders` selects one text column naming each row that breaks the rule.

    Both may use `%(now)s`; another percent sign is written twice.
    """

    number: int
    name: str
    checked: str
    offenders: str


NUMBERED = """
SELECT series, financial_year, number, receipt_number AS printed FROM payments_receipt
 UNION ALL SELECT series, financial_year, number, reversal_number FROM payments_reversal
"""
# What the rows of each pay-out come to that count and are about the account's own merchant.
ROWS_OF = """
SELECT s.id AS settlement, sum(CASE l.kind WHEN 'settled' THEN l.net_paise ELSE -l.net_paise END) AS net,
       coalesce(sum(l.charge_paise) FILTER (WHERE l.kind = 'settled'), 0) AS charges,
       coalesce(sum(l.gst_paise) FILTER (WHERE l.kind = 'settled'), 0) AS gst
  FROM payments_settlement s JOIN payments_gatewayaccount own ON own.id = s.account_id
  JOIN payments_settlementline l ON l.account_id = s.account_id AND l.settled_on = s.settled_on AND l.utr = s.utr
   AND l.merchant_id = own.merchant_id AND NOT EXISTS (SELECT FROM payments_settlementchange c WHERE c.line_id = l.id)
 GROUP BY s.id
"""
BOOKS = [
    Invariant(
        1,
        "debits equal credits in every journal",
        "SELECT count(*) FROM payments_journal",
        """
        SELECT 'journal ' || j.id FROM payments_journal j LEFT JOIN payments_journalline l ON l.journal_id = j.id
         GROUP BY j.id, j.legs
        HAVING sum(l.debit_paise) IS DISTINCT FROM sum(l.credit_paise) OR count(l.id) <> j.legs ORDER BY j.id
        """,
    ),
    Invariant(
        2,
        "a gateway transaction has at most one payment",
        "SELECT count(*) FROM payments_payment",
        """
        SELECT 'transaction ' || t.transaction_ref FROM payments_payment p
          JOIN payments_gatewaytransaction t ON t.id = p.transaction_id
         GROUP BY t.account_id, t.transaction_ref HAVING count(*) > 1 ORDER BY 1
        """,
    ),
    Invariant(
        3,
        "a payment is allocated whole",
        "SELECT count(*) FROM payments_payment",
        """
        SELECT 'payment ' || p.id FROM payments_payment p LEFT JOIN payments_allocation a ON a.payment_id = p.id
         GROUP BY p.id, p.amount_paise HAVING p.amount_paise IS DISTINCT FROM sum(a.amount_paise)::bigint ORDER BY p.id
        """,
    ),
    Invariant(
        5,
        "every success has a payment and every payment a receipt",
        "SELECT count(*) FROM payments_gatewaytransaction WHERE status = 'succeeded'",
        """
        SELECT 'transaction ' || t.transaction_ref FROM payments_gatewaytransaction t
          LEFT JOIN payments_payment p ON p.transaction_id = t.id
          LEFT JOIN payments_receipt r ON r.payment_id = p.id
         WHERE (t.status = 'succeeded' OR p.id IS NOT NULL) AND r.id IS NULL ORDER BY t.id
        """,
    ),
    Invariant(
        6,
        "receipts and reversals are numbered from 1 without a hole in every series",
        "SELECT (SELECT count(*) FROM payments_receipt) + (SELECT count(*) FROM payments_reversal)",
        f"""
        SELECT 'series ' || s.code || ' ' || s.financial_year FROM payments_receiptseries s
          LEFT JOIN ({NUMBERED}) r ON r.series = s.code AND r.financial_year = s.financial_year
         GROUP BY s.id HAVING s.last_number <> count(r.number) OR s.last_number <> coalesce(max(r.number), 0)
        UNION ALL
        SELECT 'receipt ' || r.printed FROM ({NUMBERED}) r LEFT JOIN payments_receiptseries s
            ON s.code = r.series AND s.financial_year = r.financial_year WHERE s.id IS NULL ORDER BY 1
        """,
    ),
    Invariant(
        7,
        "what a gateway owes us is what was posted through it, less what it settled, what was reversed, given back, disputed or "
        "charged back",
        "SELECT count(DISTINCT account) FROM payments_journalline WHERE account LIKE '1200:%%'",
        f"""
        WITH rows_of AS ({ROWS_OF})
        SELECT 'account ' || g.code FROM payments_gatewayaccount g
         WHERE (SELECT coalesce(sum(l.debit_paise - l.credit_paise), 0) FROM payments_journalline l
                 WHERE l.account = '1200:' || g.code)
            <> (SELECT coalesce(sum(p.amount_paise), 0) FROM payments_payment p
                  JOIN payments_gatewaytransaction t ON t.id = p.transaction_id
                 WHERE t.account_id = g.id AND NOT EXISTS (SELECT FROM payments_reversal v WHERE v.payment_id = p.id))
             - (SELECT coalesce(sum(f.amount_paise), 0) FROM payments_refund f JOIN payments_payment p ON p.id = f.payment_id
                  JOIN payments_gatewaytransaction t ON t.id = p.transaction_id
                 WHERE t.account_id = g.id AND f.state = 'done' AND f.advice_number = '')
             - (SELECT coalesce(sum(d.amount_paise), 0) FROM payments_dispute d
                  JOIN payments_payment p ON p.id = d.payment_id JOIN payments_gatewaytransaction t ON t.id = p.transaction_id
                 WHERE t.account_id = g.id AND d.state <> 'won'
                   AND NOT EXISTS (SELECT FROM payments_reversal v WHERE v.payment_id = p.id))
             - (SELECT coalesce(sum(r.net + r.charges + r.gst), 0) FROM payments_settlement s
                  JOIN rows_of r ON r.settlement = s.id WHERE s.account_id = g.id)
         ORDER BY g.code
        """,
    ),
    Invariant(
        8,
        "every gateway message has been read, rejected or given to a person",
        "SELECT count(*) FROM payments_gatewaymessage",
        """
        SELECT 'message ' || id FROM payments_gatewaymessage
         WHERE state = 'received' AND received_at < %(now)s - interval '15 minutes' ORDER BY id
        """,
    ),
    Invariant(
        9,
        "no payment gives back more than it brought, and the books hold each refund",
        "SELECT count(*) FROM payments_refund",
        """
        SELECT 'payment ' || p.id FROM payments_payment p
          LEFT JOIN (SELECT payment_id, sum(amount_paise) AS gone, sum(amount_paise) FILTER (WHERE state <> 'done') AS under_way
                       FROM payments_refund WHERE state IN ('approved', 'submitted', 'unknown', 'done')
                      GROUP BY payment_id) f ON f.payment_id = p.id
          LEFT JOIN (SELECT payment_id, sum(amount_paise) AS gone FROM payments_allocation
                      WHERE kind = 'refunded' GROUP BY payment_id) a ON a.payment_id = p.id
          LEFT JOIN (SELECT j.payment_id, sum(l.credit_paise - l.debit_paise) AS in_transit FROM payments_journalline l
                       JOIN payments_journal j ON j.id = l.journal_id WHERE l.account = '1210' GROUP BY j.payment_id) t
                 ON t.payment_id = p.id
         WHERE coalesce(f.gone, 0) > p.amount_paise OR coalesce(f.gone, 0) <> coalesce(a.gone, 0)
            OR coalesce(f.under_way, 0) <> coalesce(t.in_transit, 0) ORDER BY p.id
        """,
    ),
    Invariant(
        10,
        "no journal and no entry of the trail has changed since it was sealed",
        "SELECT count(*) FROM payments_journalseal",
        """
        SELECT coalesce('journal ' || s.journal_id, 'trail ' || s.entry_id) FROM (
            SELECT seal.*, lag(seal.sha256, 1, '') OVER chain AS sha256_before, lag(seal.number, 1, 0) OVER chain AS number_before
              FROM payments_journalseal seal WINDOW chain AS (PARTITION BY seal.book ORDER BY seal.number)) s
         WHERE s.number <> s.number_before + 1
            OR s.sha256 IS DISTINCT FROM CASE WHEN s.entry_id IS NULL THEN payments_seal_of(s.sha256_before, s.journal_id)
                                              ELSE payments_seal_of_entry(s.sha256_before, s.entry_id) END ORDER BY s.book, s.number
        """,
    ),
    Invariant(
        11,
        "no attempt stays open after its last day",
        "SELECT count(*) FROM payments_paymentattempt",
        """
        SELECT 'attempt ' || order_ref FROM payments_paymentattempt
         WHERE state IN ('created', 'registered', 'pending', 'unknown') AND created_at < %(now)s - interval '9 days' ORDER BY id
        """,
    ),
    Invariant(
        12,
        "an order is paid exactly when it has a payment",
        "SELECT count(*) FROM payments_paymentorder",
        """
        SELECT 'order ' || o.order_number FROM payments_paymentorder o
         WHERE (o.state = 'paid') <> EXISTS (SELECT 1 FROM payments_payment p WHERE p.order_id = o.id) ORDER BY o.id
        """,
    ),
    Invariant(
        13,
        "a payment that was reversed stands nowhere, in no bill and no account",
        "SELECT count(*) FROM payments_reversal",
        """
        SELECT 'payment ' || v.payment_id FROM payments_reversal v
         WHERE EXISTS (SELECT FROM payments_allocation a WHERE a.payment_id = v.payment_id AND a.kind <> 'reversed'
                        GROUP BY a.kind, a.bill HAVING sum(a.amount_paise) <> 0)
            OR EXISTS (SELECT FROM payments_journal j JOIN payments_journalline l ON l.journal_id = j.id
                        WHERE j.payment_id = v.payment_id
                        GROUP BY l.account HAVING sum(l.debit_paise) <> sum(l.credit_paise))
        UNION ALL
        SELECT 'payment ' || a.payment_id FROM payments_allocation a
         WHERE a.kind = 'reversed' AND NOT EXISTS (SELECT FROM payments_reversal v WHERE v.payment_id = a.payment_id) ORDER BY 1
        """,
    ),
    Invariant(
        14,
        "what was handed over at a counter is posted, all of it",
        "SELECT count(*) FROM payments_handedover",
        """
        SELECT 'attempt ' || a.order_ref FROM payments_handedover h JOIN payments_paymentattempt a ON a.id = h.attempt_id
          LEFT JOIN payments_gatewaytransaction t ON t.attempt_id = a.id LEFT JOIN payments_payment p ON p.transaction_id = t.id
         WHERE p.amount_paise IS DISTINCT FROM a.amount_paise ORDER BY h.id
        """,
    ),
    Invariant(
        15,
        "what is disputed stands as disputed while the dispute is open, and no longer, and nothing kept of it moves meanwhile",
        "SELECT count(*) FROM payments_dispute",
        """
        SELECT 'payment ' || booked.payment_id FROM (
            SELECT d.payment_id, sum(d.amount_paise) FILTER (WHERE d.state = 'open') AS open,
                   (SELECT sum(l.debit_paise - l.credit_paise) FROM payments_journal j
                      JOIN payments_journalline l ON l.journal_id = j.id
                     WHERE j.payment_id = d.payment_id AND l.account = '1220') AS disputed
              FROM payments_dispute d GROUP BY d.payment_id) booked
         WHERE coalesce(booked.open, 0) <> coalesce(booked.disputed, 0)
        UNION ALL
        SELECT 'payment ' || d.payment_id FROM payments_dispute d
          JOIN payments_journal opened ON opened.payment_id = d.payment_id AND opened.purpose = 'disputed ' || d.id
         WHERE d.state = 'open' AND EXISTS (
               SELECT FROM payments_journal j WHERE j.payment_id = d.payment_id AND j.id > opened.id
                  AND (j.purpose LIKE 'advance used%%' OR j.purpose LIKE 'placed%%' OR j.purpose LIKE 'refund%%')) ORDER BY 1
        """,
    ),
    Invariant(
        16,
        "a pay-out stands in the books as its rows and its bank credits say",
        "SELECT count(*) FROM payments_settlement",
        f"""
        WITH rows_of AS ({ROWS_OF}), credits_of AS (
            SELECT settlement_id, sum(amount_paise) AS credited FROM payments_settlementcredit GROUP BY settlement_id
        ), booked AS (
            SELECT j.settlement_id, sum(g.debit_paise - g.credit_paise) FILTER (WHERE g.account LIKE '1100:%%') AS credited,
                   sum(g.debit_paise - g.credit_paise) FILTER (WHERE g.account LIKE '1110:%%') AS on_its_way,
                   sum(g.debit_paise - g.credit_paise) FILTER (WHERE g.account LIKE '5100:%%') AS charges,
                   sum(g.debit_paise - g.credit_paise) FILTER (WHERE g.account LIKE '5110:%%') AS gst
              FROM payments_journal j JOIN payments_journalline g ON g.journal_id = j.id
             WHERE j.settlement_id IS NOT NULL GROUP BY j.settlement_id
        )
        SELECT 'pay-out ' || s.id FROM payments_settlement s LEFT JOIN rows_of r ON r.settlement = s.id
          LEFT JOIN credits_of c ON c.settlement_id = s.id LEFT JOIN booked b ON b.settlement_id = s.id
         WHERE (coalesce(b.credited, 0), coalesce(b.on_its_way, 0), coalesce(b.charges, 0), coalesce(b.gst, 0))
            <> (coalesce(c.credited, 0), coalesce(r.net, 0) - coalesce(c.credited, 0), coalesce(r.charges, 0), coalesce(r.gst, 0))
         ORDER BY s.id
        """,
    ),
    Invariant(
        17,
        "no bank line is matched with more pay-outs than it brought",
        "SELECT count(*) FROM payments_settlementcredit",
        """
        SELECT 'bank line ' || b.id FROM payments_bankline b
          JOIN (SELECT line_id, sum(amount_paise) AS matched FROM payments_settlementcredit GROUP BY line_id) c ON c.line_id = b.id
         WHERE abs(c.matched) > abs(b.amount_paise) OR sign(c.matched) <> sign(b.amount_paise) ORDER BY b.id
        """,
    ),
]

_added: list[Invariant] = []


def add(*invariants: Invariant) -> None:
    """Add invariants of an app that is paid for. Called once, from its `ready`."""
    _added.extend(invariants)


def known() -> list[Invariant]:
    """Return all of them, those of the other apps too, by number."""
    return sorted([*BOOKS, *_added], key=lambda one: one.number)


def verify(*, now: datetime) -> list[dict[str, Any]]:
    """Return every invariant with what was found: `{"number", "name", "holds", "checked", "first_offender"}`."""
    return [_verified(invariant, now) for invariant in known()]


def _verified(invariant: Invariant, now: datetime) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(invariant.checked, {"now": now})
        checked = cursor.fetchone()[0]
        cursor.execute(f"{invariant.offenders} LIMIT 1", {"now": now})
        offender: Sequence[str] | None = cursor.fetchone()
    return {
        "number": invariant.number,
        "name": invariant.name,
        "holds": offender is None,
        "checked": checked,
        "first_offender": offender[0] if offender else None,
    }
