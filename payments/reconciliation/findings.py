"""What differs in an account at a moment, each kind of break as one SQL query for its subjects. It writes nothing.

A finding has `kind`, `subject` (what it is about, as a text), the keys of the records it is about, `amount_paise`, `day` and
`facts`. Whether it has been seen before is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kmc_portal.common.clock import day_of
from payments.reconciliation.bank_days import CREDIT_GRACE, FINAL_AFTER, SETTLED_AFTER
from payments.reconciliation.crediting import OPEN_LINES, PAY_OUTS
from payments.reconciliation.settling import ROWS
from payments.reconciliation.terms import FREE_OF_CHARGE, FREE_SINCE, GST_ON_CHARGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from payments.models import GatewayAccount
    from payments.reconciliation.bank_days import BankDays

NOTHING = "NULL::bigint"
IS_MATCHED = """
EXISTS (SELECT FROM payments_settlementmatch m WHERE m.payment_id = {payment}
           AND NOT EXISTS (SELECT FROM payments_settlementchange c WHERE c.line_id = m.line_id))
"""
# Settled rows without a match, with the payment that they are about all the same: by the transaction, or by the order and the
# bank's reference together. `parts` is what all rows of a transaction come to that was settled in parts.
# Several queries ask for them: each names this one `unmatched`, to be computed once.
UNMATCHED = f"""
unmatched AS MATERIALIZED (
SELECT u.*, coalesce(p.id, b.payment) AS payment, coalesce(p.amount_paise, b.paid) AS paid,
       coalesce(p.business_date, b.business_date, u.happened_on) AS day, t.status,
       EXISTS (SELECT FROM ({ROWS}) o LEFT JOIN payments_settlementmatch m ON m.line_id = o.id
                WHERE o.transaction_ref = u.transaction_ref AND o.kind = 'settled'
                  AND o.own_ref = u.own_ref AND o.id <> u.id
                  AND (m.id IS NOT NULL OR (o.settled_on, o.occurrence, o.id) < (u.settled_on, u.occurrence, u.id)))
       OR {IS_MATCHED.format(payment="coalesce(p.id, b.payment)")} AS is_second
  FROM (SELECT l.*, sum(l.gross_paise) FILTER (WHERE l.occurrence = 1) OVER (PARTITION BY l.transaction_ref) AS parts
          FROM ({ROWS}) l WHERE l.kind = 'settled'
           AND NOT EXISTS (SELECT FROM payments_settlementmatch m WHERE m.line_id = l.id)) u
  LEFT JOIN payments_gatewaytransaction t ON t.account_id = u.account_id AND t.transaction_ref = u.transaction_ref
  LEFT JOIN payments_payment p ON p.transaction_id = t.id
  LEFT JOIN LATERAL (
       SELECT q.id AS payment, q.amount_paise AS paid, q.business_date FROM payments_paymentattempt a
         JOIN payments_gatewaytransaction s ON s.attempt_id = a.id AND s.bank_ref = u.bank_ref
         JOIN payments_payment q ON q.transaction_id = s.id
        WHERE t.id IS NULL AND u.bank_ref <> '' AND a.order_ref = u.order_ref AND a.account_id = u.account_id LIMIT 1) b ON true
)
"""
JUDGED = """
SELECT v.*, CASE WHEN v.is_second THEN 'SETTLED_TWICE'
                 WHEN v.payment IS NOT NULL AND v.parts = v.paid THEN NULL
                 WHEN v.payment IS NOT NULL THEN 'AMOUNT_DIFF'
                 WHEN v.status IS NOT NULL THEN 'STATUS_DIFF'
                 ELSE 'GATEWAY_ONLY' END AS verdict FROM unmatched v
"""
# Payments of which no row that counts is known. What was reversed, or taken back whole before it was paid out, is not waited for:
# OFFSET keeps the planner from asking that of a million payments that are settled.
UNSETTLED = f"""
SELECT p.*, EXISTS (SELECT FROM payments_reversal v WHERE v.payment_id = p.payment)
       OR p.amount_paise = (SELECT sum(f.amount_paise) FROM payments_refund f WHERE f.payment_id = p.payment
                               AND f.advice_number = '' AND f.state IN ('approved', 'submitted', 'unknown', 'done')
                               AND NOT EXISTS (SELECT FROM payments_returnmatch m WHERE m.refund_id = f.id)) IS TRUE
           AS is_taken_back
  FROM (SELECT p.id AS payment, p.amount_paise, p.business_date AS day, t.transaction_ref, t.attempt_id AS attempt
          FROM payments_payment p JOIN payments_gatewaytransaction t ON t.id = p.transaction_id
         WHERE t.account_id = %(account)s AND NOT {IS_MATCHED.format(payment="p.id")}
           AND NOT EXISTS (SELECT FROM unmatched u WHERE u.payment = p.id) OFFSET 0) p
"""
DENIED = """
EXISTS (SELECT FROM payments_reconbreak d LEFT JOIN payments_breakclosing c ON c.recon_break_id = d.id
         WHERE d.payment_id = n.payment AND d.kind = 'GATEWAY_DENIES' AND c.id IS NULL)
"""
OURS_ONLY = f"n.day <= %(final_by)s OR {DENIED}"
STILL_OURS = f"""
SELECT n.*, {OURS_ONLY} AS is_final FROM ({UNSETTLED}) n WHERE NOT n.is_taken_back AND (n.day <= %(settled_by)s OR {DENIED})
"""
GST_PERCENT = " ".join(
    f"WHEN l.happened_on >= DATE '{rate.valid_from}' THEN {rate.percent}"
    for rate in sorted(GST_ON_CHARGES, key=lambda rate: rate.valid_from, reverse=True)
)
FREE = f"""
l.happened_on >= DATE '{FREE_SINCE}' AND l.charge_paise + l.gst_paise > 0
AND EXISTS (SELECT FROM payments_gatewaytransaction t WHERE t.account_id = l.account_id
               AND t.transaction_ref = l.transaction_ref AND t.method = ANY(ARRAY{list(FREE_OF_CHARGE)}))
"""
# The tax of a charge, in hundredths of a paisa: a row may have rounded it either way.
FEES = f"""
SELECT l.*, l.gross_paise - l.charge_paise - l.gst_paise - l.net_paise AS residue,
       100 * l.gst_paise - l.charge_paise * CASE {GST_PERCENT} ELSE 0 END AS gst_off
  FROM ({ROWS}) l WHERE l.kind = 'settled'
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One query for some kinds of breaks; `kinds` are all that its first column may say."""

    kinds: tuple[str, ...]
    sql: str


def _query(kind: str, subject: str, keys: Mapping[str, str], amount: str, day: str, facts: str, rest: str) -> str:
    columns = [keys.get(name, NOTHING) for name in KEYS]
    return f"SELECT {kind}, {subject}, {', '.join(columns)}, {amount}, {day}, {facts} {rest}"


KEYS = ("payment_id", "settlement_line_id", "bank_line_id", "settlement_id", "refused_file_id")
COLUMNS = ("kind", "subject", *KEYS, "amount_paise", "day", "facts")
ROW, PAYMENT, BANK, PAY_OUT, FILE = "row", "payment", "bank line", "pay-out", "file"


def _subject(what: str, key: str) -> str:
    return f"'{what} ' || {key}"


def _facts(**values: str) -> str:
    """Return the expression of what is known: each value by its name in `break_words`, left out where there is none."""
    pairs = ", ".join(f"'{name}', {value}" for name, value in values.items())
    return f"jsonb_strip_nulls(jsonb_build_object({pairs}))"


OF_ROWS = _query(
    "f.verdict",
    _subject(ROW, "f.id"),
    {"payment_id": "f.payment", "settlement_line_id": "f.id"},
    "CASE f.verdict WHEN 'AMOUNT_DIFF' THEN abs(f.gross_paise - f.paid) ELSE f.gross_paise END",
    "f.day",
    _facts(
        transaction="f.transaction_ref",
        reference="nullif(f.order_ref, '')",
        settled_paise="f.gross_paise",
        settled_on="f.settled_on",
        ours_paise="f.paid",
        stands_as="f.status",
    ),
    f"FROM ({JUDGED}) f WHERE f.verdict IS NOT NULL",
)
OF_PAYMENTS = _query(
    "CASE WHEN f.is_final THEN 'OURS_ONLY' ELSE 'NOT_SETTLED' END",
    _subject(PAYMENT, "f.payment"),
    {"payment_id": "f.payment"},
    "f.amount_paise",
    "f.day",
    _facts(transaction="f.transaction_ref", paid_on="f.day"),
    f"FROM ({STILL_OURS}) f",
)
FINDINGS: Sequence[Finding] = (
    Finding(
        ("SETTLED_TWICE", "AMOUNT_DIFF", "STATUS_DIFF", "GATEWAY_ONLY", "OURS_ONLY", "NOT_SETTLED"),
        f"WITH {UNMATCHED} {OF_ROWS} UNION ALL {OF_PAYMENTS}",
    ),
    Finding(
        ("STATUS_DIFF",),
        _query(
            "'STATUS_DIFF'",
            _subject(PAYMENT, "p.id"),
            {"payment_id": "p.id"},
            "p.amount_paise",
            "p.business_date",
            _facts(reversal="v.reversal_number", reversed_on="v.reversed_on"),
            "FROM payments_reversal v JOIN payments_payment p ON p.id = v.payment_id "
            "JOIN payments_gatewaytransaction t ON t.id = p.transaction_id AND t.account_id = %(account)s "
            f"WHERE v.reason <> 'charged_back' AND v.reversed_on <= %(settled_by)s AND {IS_MATCHED.format(payment='p.id')} "
            "AND NOT EXISTS (SELECT FROM payments_returnmatch m WHERE m.reversal_id = v.id)",
        ),
    ),
    Finding(
        ("FEE_DIFF",),
        _query(
            "'FEE_DIFF'",
            _subject(ROW, "l.id"),
            {"settlement_line_id": "l.id"},
            "CASE WHEN l.residue <> 0 THEN abs(l.residue) WHEN abs(l.gst_off) >= 100 THEN (abs(l.gst_off) + 50) / 100 "
            "ELSE l.charge_paise + l.gst_paise END",
            "l.happened_on",
            _facts(
                transaction="l.transaction_ref",
                **{name: f"l.{name}" for name in ("gross_paise", "charge_paise", "gst_paise", "net_paise")},
            ),
            f"FROM ({FEES}) l WHERE l.residue <> 0 OR abs(l.gst_off) >= 100 OR ({FREE})",
        ),
    ),
    Finding(
        ("REFUND_UNMATCHED", "CHARGEBACK"),
        _query(
            "CASE l.kind WHEN 'refund' THEN 'REFUND_UNMATCHED' ELSE 'CHARGEBACK' END",
            _subject(ROW, "l.id"),
            {"payment_id": "p.id", "settlement_line_id": "l.id"},
            "l.net_paise",
            "l.settled_on",
            _facts(
                transaction="l.transaction_ref",
                number="nullif(l.own_ref, '')",
                returned_paise="l.net_paise",
                settled_on="l.settled_on",
            ),
            f"FROM ({ROWS}) l LEFT JOIN payments_gatewaytransaction t "
            "ON t.account_id = l.account_id AND t.transaction_ref = l.transaction_ref "
            "LEFT JOIN payments_payment p ON p.transaction_id = t.id "
            "WHERE l.kind <> 'settled' AND NOT EXISTS (SELECT FROM payments_returnmatch m WHERE m.line_id = l.id)",
        ),
    ),
    Finding(
        ("UNKNOWN_MERCHANT",),
        _query(
            "'UNKNOWN_MERCHANT'",
            _subject(ROW, "l.id"),
            {"settlement_line_id": "l.id"},
            "l.net_paise",
            "l.settled_on",
            _facts(merchant="l.merchant_id", transaction="l.transaction_ref"),
            "FROM payments_settlementline l JOIN payments_gatewayaccount own ON own.id = l.account_id "
            "WHERE l.account_id = %(account)s AND l.merchant_id <> own.merchant_id "
            "AND NOT EXISTS (SELECT FROM payments_settlementchange c WHERE c.line_id = l.id)",
        ),
    ),
    Finding(
        ("BATCH_SHORT", "BATCH_OVER"),
        _query(
            "CASE WHEN s.credited < s.net THEN 'BATCH_SHORT' ELSE 'BATCH_OVER' END",
            _subject(PAY_OUT, "s.id"),
            {"settlement_id": "s.id"},
            "abs(s.net - s.credited)",
            "s.settled_on",
            _facts(payout_on="s.settled_on", utr="nullif(s.utr, '')", net_paise="s.net", credited_paise="s.credited"),
            f"FROM ({PAY_OUTS}) s WHERE s.credited <> s.net AND (s.lines > 0 OR s.settled_on <= %(credited_by)s)",
        ),
    ),
    Finding(
        ("BANK_UNIDENTIFIED",),
        _query(
            "'BANK_UNIDENTIFIED'",
            _subject(BANK, "b.id"),
            {"bank_line_id": "b.id"},
            "b.paise",
            "b.value_on",
            _facts(narration="nullif(b.narration, '')", utr="nullif(b.utr, '')", value_on="b.value_on"),
            f"FROM ({OPEN_LINES}) b WHERE b.paise > 0 AND b.value_on < %(today)s",
        ),
    ),
    Finding(
        ("FILE_REJECTED",),
        _query(
            "'FILE_REJECTED'",
            _subject(FILE, "r.id"),
            {"refused_file_id": "r.id"},
            "0",
            "(r.refused_at AT TIME ZONE 'Asia/Kolkata')::date",
            _facts(file="r.name", code="nullif(r.code, '')", rows_set_aside="CASE r.code WHEN '' THEN r.rows END"),
            "FROM payments_refusedfile r WHERE r.account_id = %(account)s AND NOT EXISTS ("
            "SELECT FROM (SELECT 'settlement' AS sort, account_id, name, rejected, taken_in_at FROM payments_settlementfile "
            "UNION ALL SELECT 'statement', account_id, name, rejected, taken_in_at FROM payments_bankfile) g "
            "WHERE g.sort = r.sort AND g.account_id = r.account_id AND g.name = r.name AND g.rejected = 0 "
            "AND g.taken_in_at > r.refused_at)",
        ),
    ),
)


def values_at(account: GatewayAccount, *, days: BankDays, now: datetime) -> dict[str, Any]:
    """Return what the queries ask for: the account, and the last days of which something is late at a moment."""
    today = day_of(now)
    return {
        "account": account.pk,
        "today": today,
        "settled_by": days.overdue(today, SETTLED_AFTER),
        "final_by": days.overdue(today, FINAL_AFTER),
        "credited_by": days.overdue(today, CREDIT_GRACE),
        "days": None,
    }
