"""Writing: what the staged rows of a settlement report say beside what stands, and the rows that are news.

A row of a settlement is known by its transaction, kind, own number, day of settlement and which of its like it is. The same row
again is nothing new; with other values it replaces the old one. A correction also withdraws what it leaves out of its days.
`judge` lays them side by side, `write` appends what it found: in one transaction, under the account's lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from payments.reconciliation.refused import keep_rows_set_aside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from payments.models import GatewayAccount, SettlementFile

SETTLEMENT = {
    **{"place": "integer", "kind": "text", "merchant_id": "text", "transaction_ref": "text", "order_ref": "text"},
    **{"bank_ref": "text", "own_ref": "text", "happened_on": "date", "settled_on": "date", "gross_paise": "bigint"},
    **{"charge_paise": "bigint", "gst_paise": "bigint", "net_paise": "bigint", "utr": "text"},
}
SAID = [name for name in SETTLEMENT if name != "place"]
COLUMNS = ", ".join(SETTLEMENT)
IDENTITY = ("transaction_ref", "kind", "own_ref", "settled_on")
# Workbooks do not name the pay-out's bank reference, the gateway's API does. A row that has it here and not there is the same row:
# what was told first stays, so that the rows of a pay-out stay together.
UTR = "CASE WHEN known.id IS NULL OR '' NOT IN (known.utr, s.utr) THEN s.utr ELSE known.utr END"
OCCURRENCE = f"row_number() OVER (PARTITION BY {', '.join(IDENTITY)} ORDER BY place)"
READ = {name: UTR if name == "utr" else f"s.{name}" for name in SETTLEMENT}
# `known` is the row that counts today under the same identity, `is_news` whether this one says anything else. What was replaced
# or withdrawn can come back: it then goes on counting its versions.
JUDGE = f"""
CREATE TEMPORARY TABLE judged ON COMMIT DROP AS
SELECT {", ".join(f"{value} AS {name}" for name, value in READ.items())}, s.occurrence,
       known.id AS known, coalesce(known.version, gone.version, 0) AS version,
       known.id IS NULL OR ({", ".join(f"known.{name}" for name in SAID)}) IS DISTINCT FROM
                           ({", ".join(READ[name] for name in SAID)}) AS is_news
  FROM (SELECT *, {OCCURRENCE} AS occurrence FROM staged) s
  LEFT JOIN (SELECT l.* FROM payments_settlementline l
              WHERE l.account_id = %(account)s AND l.settled_on = ANY(%(days)s::date[])
                AND NOT EXISTS (SELECT FROM payments_settlementchange c WHERE c.line_id = l.id)) known
    ON {" AND ".join(f"known.{name} = s.{name}" for name in IDENTITY)} AND known.occurrence = s.occurrence
  LEFT JOIN (SELECT {", ".join(IDENTITY)}, occurrence, max(version) AS version FROM payments_settlementline l
               JOIN payments_settlementchange c ON c.line_id = l.id WHERE l.account_id = %(account)s
              GROUP BY {", ".join(IDENTITY)}, occurrence) gone
    ON {" AND ".join(f"gone.{name} = s.{name}" for name in IDENTITY)} AND gone.occurrence = s.occurrence
"""
# Of days on which nothing was ever paid out every row is news: nothing is compared, and a million rows are not kept once more.
IS_NEW_GROUND = """
SELECT NOT EXISTS (SELECT FROM payments_settlement s WHERE s.account_id = %(account)s AND s.settled_on = ANY(%(days)s::date[]))
"""
ALL_NEWS = f"""
CREATE TEMPORARY VIEW judged AS
SELECT {COLUMNS}, {OCCURRENCE} AS occurrence, NULL::bigint AS known, 0 AS version, true AS is_news FROM staged
"""
GONE = """
SELECT l.id FROM payments_settlementline l
 WHERE l.account_id = %(account)s AND l.settled_on = ANY(%(days)s::date[])
   AND NOT EXISTS (SELECT FROM payments_settlementchange c WHERE c.line_id = l.id)
   AND NOT EXISTS (SELECT FROM judged j WHERE j.known = l.id)
"""
COUNT = """
SELECT count(*) FILTER (WHERE is_news AND known IS NULL), count(*) FILTER (WHERE is_news AND known IS NOT NULL),
       count(*) FILTER (WHERE merchant_id = %(merchant)s), count(*) FROM judged
"""
WRITE = f"""
INSERT INTO payments_settlementline (account_id, file_id, occurrence, version, {COLUMNS})
SELECT %(account)s, %(file)s, occurrence, version + 1, {COLUMNS} FROM judged j WHERE is_news AND known IS NULL
"""
REPLACE = f"""
WITH written AS (
    INSERT INTO payments_settlementline (account_id, file_id, occurrence, version, {COLUMNS})
    SELECT %(account)s, %(file)s, occurrence, version + 1, {COLUMNS} FROM judged j WHERE is_news AND known IS NOT NULL
    RETURNING id, {", ".join(IDENTITY)}, occurrence)
INSERT INTO payments_settlementchange (line_id, replaced_by_id, file_id)
SELECT j.known, w.id, %(file)s FROM written w JOIN judged j USING ({", ".join(IDENTITY)}, occurrence)
 WHERE j.known IS NOT NULL
"""
WITHDRAW = f"INSERT INTO payments_settlementchange (line_id, file_id) SELECT id, %(file)s FROM ({GONE}) AS gone"


class SettlementOfAnother(ServiceError):
    code = "settlement_of_another_account"
    message = _("No row of this report is about the account {account}. Please choose the account that it belongs to.")
    field = "account"


def days_settled() -> list[date]:
    """Return the days of the pay-outs that the staged rows are about."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT settled_on FROM staged ORDER BY settled_on")
        return [day for (day,) in cursor.fetchall()]


def judge(account: GatewayAccount, *, days: Sequence[date], is_correction: bool) -> dict[str, int]:
    """Compare what is staged for these days with what stands, and count. :raises SettlementOfAnother:"""
    values: dict[str, Any] = {"account": account.pk, "merchant": account.merchant_id, "days": days}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.judged")
        cursor.execute(IS_NEW_GROUND, values)
        if cursor.fetchone()[0]:
            cursor.execute(ALL_NEWS)
        else:
            cursor.execute("ANALYZE staged")
            cursor.execute(JUDGE, values)
            cursor.execute("ANALYZE judged")
        cursor.execute(COUNT, values)
        created, replaced, ours, rows = cursor.fetchone()
        if rows and not ours:
            raise SettlementOfAnother(account=account.code)
        withdrawn = 0
        if is_correction:
            cursor.execute(f"SELECT count(*) FROM ({GONE}) AS gone", values)
            (withdrawn,) = cursor.fetchone()
    return {"created": created, "updated": replaced + withdrawn, "withdrawn": withdrawn}


def write(file: SettlementFile, *, days: Sequence[date]) -> None:
    """Append what was judged to be news, and what a correction withdraws of its days."""
    file.save(force_insert=True)
    keep_rows_set_aside(file)
    values: dict[str, Any] = {"account": file.account_id, "file": file.pk, "days": days}
    with connection.cursor() as cursor:
        if file.withdrawn:
            cursor.execute(WITHDRAW, values)
        cursor.execute(WRITE, values)
        if file.updated > file.withdrawn:
            cursor.execute(REPLACE, values)
