"""The two statements behind the control totals of a day."""

from __future__ import annotations

from payments.reconciliation.crediting import PAY_OUTS
from payments.reconciliation.findings import FEES, JUDGED, UNMATCHED, UNSETTLED
from payments.reconciliation.settling import NET, ROWS

MOST_BREAKS = 100
# Money of the day: our payments, and the gateway's rows about them or, where they are about none of ours, dated that day.
OF_THE_DAY = f"""
{UNMATCHED}, judged AS MATERIALIZED ({JUDGED}), paid AS (
    SELECT p.id, p.order_id, p.amount_paise, o.amount_paise AS ordered,
           p.id = (SELECT min(f.id) FROM payments_payment f WHERE f.order_id = p.order_id) AS is_first
      FROM payments_payment p JOIN payments_gatewaytransaction t ON t.id = p.transaction_id
      JOIN payments_paymentorder o ON o.id = p.order_id
     WHERE t.account_id = %(account)s AND p.business_date = %(day)s
), settled AS (
    SELECT l.id, l.settled_on, l.utr, l.gross_paise, l.charge_paise, l.gst_paise, l.net_paise
      FROM paid p JOIN payments_settlementmatch m ON m.payment_id = p.id JOIN payments_settlementline l ON l.id = m.line_id
     WHERE NOT EXISTS (SELECT FROM payments_settlementchange c WHERE c.line_id = l.id)
    UNION ALL
    SELECT id, settled_on, utr, gross_paise, charge_paise, gst_paise, net_paise FROM judged WHERE day = %(day)s
), pay_outs AS (
    SELECT s.* FROM ({PAY_OUTS}) s WHERE (s.settled_on, s.utr) IN (SELECT settled_on, utr FROM settled)
), beside AS (
    SELECT l.id, l.kind, l.net_paise, {NET} AS adds FROM ({ROWS}) l JOIN pay_outs s ON s.settled_on = l.settled_on AND s.utr = l.utr
     WHERE l.account_id = %(account)s AND l.id NOT IN (SELECT id FROM settled)
)
"""


def _sum(name: str, paise: str, of: str) -> str:
    return f"(SELECT count(*) FROM {of}) AS {name}_count, (SELECT coalesce(sum({paise}), 0)::bigint FROM {of}) AS {name}_paise"


SUMS = f"""
WITH {OF_THE_DAY}
SELECT {_sum("ordered", "ordered", "paid WHERE is_first")}, {_sum("paid", "amount_paise", "paid")},
       {_sum("settled", "gross_paise", "settled")}, {_sum("net", "net_paise", "settled")},
       (SELECT coalesce(sum(charge_paise), 0)::bigint FROM settled) AS charges_paise,
       (SELECT coalesce(sum(gst_paise), 0)::bigint FROM settled) AS gst_paise,
       {_sum("other_days", "net_paise", "beside WHERE kind = 'settled'")},
       {_sum("refunds", "net_paise", "beside WHERE kind = 'refund'")},
       {_sum("chargebacks", "net_paise", "beside WHERE kind = 'chargeback'")},
       {_sum("paid_out", "net", "pay_outs")},
       (SELECT coalesce(sum(lines), 0)::bigint FROM pay_outs) AS credited_count,
       (SELECT coalesce(sum(credited), 0)::bigint FROM pay_outs) AS credited_paise
"""
# Breaks of a subject that count: not those that closed by themselves because what they were about is over.
OF_SUBJECT = """
SELECT b.id, b.kind, b.subject, c.id IS NULL AS is_open, coalesce(c.how <> 'auto', false) AS is_accepted
  FROM payments_reconbreak b LEFT JOIN payments_breakclosing c ON c.recon_break_id = b.id
 WHERE b.account_id = %(account)s AND b.subject <> '' AND (c.id IS NULL OR c.how <> 'auto')
"""
# Those that posting has opened are about money that came otherwise than it was asked for: placed, they still say why.
OF_PAYMENT = """
SELECT b.id, b.kind, b.payment_id, c.id IS NULL AS is_open, coalesce(c.how <> 'auto', false) AS is_accepted
  FROM payments_reconbreak b LEFT JOIN payments_breakclosing c ON c.recon_break_id = b.id WHERE b.subject = ''
"""
# What differs, one row for each thing: its stage, its kind, what it adds to the later sum, and its break where it has one.
EACH = f"""
SELECT 'ordered_paid' AS stage, coalesce(b.kind, CASE WHEN p.is_first THEN 'AMOUNT_DIFF' ELSE 'DUPLICATE_SUCCESS' END) AS kind,
       p.amount_paise - CASE WHEN p.is_first THEN p.ordered ELSE 0 END AS paise, b.id, b.is_open, b.is_accepted
  FROM paid p LEFT JOIN ({OF_PAYMENT}) b ON b.payment_id = p.id AND b.kind IN ('AMOUNT_DIFF', 'DUPLICATE_SUCCESS')
 WHERE p.amount_paise <> p.ordered OR NOT p.is_first OR b.id IS NOT NULL
UNION ALL
SELECT 'paid_settled', CASE WHEN n.is_taken_back THEN 'TAKEN_BACK' ELSE coalesce(b.kind, 'AWAITED') END, -n.amount_paise,
       b.id, b.is_open, b.is_accepted
  FROM ({UNSETTLED}) n LEFT JOIN of_subject b ON b.subject = 'payment ' || n.payment AND b.kind IN ('NOT_SETTLED', 'OURS_ONLY')
 WHERE n.day = %(day)s
UNION ALL
SELECT 'paid_settled', j.verdict, CASE j.verdict WHEN 'AMOUNT_DIFF' THEN j.gross_paise - j.paid ELSE j.gross_paise END,
       b.id, b.is_open, b.is_accepted
  FROM judged j LEFT JOIN of_subject b ON b.subject = 'row ' || j.id AND b.kind = j.verdict
 WHERE j.day = %(day)s AND j.verdict IS NOT NULL
UNION ALL
SELECT 'paid_settled', b.kind, 0, b.id, b.is_open, b.is_accepted
  FROM paid p JOIN of_subject b ON b.subject = 'payment ' || p.id AND b.kind = 'STATUS_DIFF'
UNION ALL
SELECT 'paid_settled', b.kind, 0, b.id, b.is_open, b.is_accepted
  FROM paid p JOIN ({OF_PAYMENT}) b ON b.payment_id = p.id AND b.kind = 'GATEWAY_DENIES' AND (b.is_open OR b.is_accepted)
UNION ALL
SELECT 'settled_net', 'FEE_DIFF', -f.residue, b.id, b.is_open, b.is_accepted
  FROM ({FEES}) f JOIN settled s ON s.id = f.id LEFT JOIN of_subject b ON b.subject = 'row ' || f.id AND b.kind = 'FEE_DIFF'
 WHERE f.residue <> 0 OR b.id IS NOT NULL
UNION ALL
SELECT 'net_paid_out', b.kind, 0, b.id, b.is_open, b.is_accepted
  FROM of_subject b JOIN payments_reconbreak k ON k.id = b.id
 WHERE b.kind IN ('REFUND_UNMATCHED', 'CHARGEBACK')
   AND (k.settlement_line_id IN (SELECT id FROM beside) OR k.payment_id IN (SELECT id FROM paid))
UNION ALL
SELECT 'net_paid_out', b.kind, 0, b.id, b.is_open, b.is_accepted
  FROM of_subject b JOIN payments_reconbreak k ON k.id = b.id
 WHERE b.kind IN ('UNKNOWN_MERCHANT', 'FILE_REJECTED') AND k.day IN (SELECT settled_on FROM pay_outs UNION SELECT %(day)s::date)
UNION ALL
SELECT 'paid_out_credited', coalesce(b.kind, 'AWAITED'), s.credited - s.net, b.id, b.is_open, b.is_accepted
  FROM pay_outs s LEFT JOIN of_subject b ON b.subject = 'pay-out ' || s.id AND b.kind IN ('BATCH_SHORT', 'BATCH_OVER')
 WHERE s.credited <> s.net
UNION ALL
SELECT 'paid_out_credited', b.kind, 0, b.id, b.is_open, b.is_accepted
  FROM of_subject b JOIN payments_reconbreak k ON k.id = b.id
 WHERE b.kind = 'BANK_UNIDENTIFIED' AND k.day IN (SELECT settled_on FROM pay_outs)
"""
DIFFERENCES = f"""
WITH {OF_THE_DAY}, of_subject AS ({OF_SUBJECT}), each AS ({EACH})
SELECT stage, kind, count(*), sum(paise)::bigint,
       coalesce((array_agg(id ORDER BY id) FILTER (WHERE id IS NOT NULL))[1:{MOST_BREAKS}], '{{}}'),
       count(*) FILTER (WHERE is_open), count(*) FILTER (WHERE is_accepted)
  FROM each GROUP BY stage, kind
 ORDER BY array_position(ARRAY['ordered_paid', 'paid_settled', 'settled_net', 'net_paid_out', 'paid_out_credited'], stage), kind
"""
