"""Writing: taking in settlement reports and bank statements. What stands is never changed; newer rows are put beside it.

A row of a settlement is known by its transaction, kind, own number, day of settlement and which of its like it is. The same row
again is nothing new; with other values it replaces the old one. A correction also withdraws what it leaves out of its days.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kmc_portal.common.csv_import import Report
from kmc_portal.common.errors import ServiceError
from payments.models import BankFile, GatewayAccount, SettlementFile
from payments.reconciliation.matching import LOCK, match_payments
from payments.reconciliation.readers import bank_rows, settlement_rows
from payments.reconciliation.refused import Sent, keep_rows_set_aside, kept_when_refused
from payments.reconciliation.settling import book_settlements
from payments.reconciliation.staging import stage
from payments.states import FileSort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from payments.reconciliation.rows import Misfit, SettlementRow
    from payments.reconciliation.staging import Staged

    Watch = Callable[[Iterator[Any]], Iterator[Any]]

log = structlog.get_logger()
LONGEST_NAME = 200
MANY_ROWS = 10_000
MISFITS = {
    "unreadable": gettext_noop("This cell cannot be read: {found}."),
    "missing": gettext_noop("This cell is empty, and the row cannot be told from others without it."),
    "too_long": gettext_noop("This reference is longer than any that is kept: {found}."),
}
SETTLEMENT = {
    **{"place": "integer", "kind": "text", "merchant_id": "text", "transaction_ref": "text", "order_ref": "text"},
    **{"bank_ref": "text", "own_ref": "text", "happened_on": "date", "settled_on": "date", "gross_paise": "bigint"},
    **{"charge_paise": "bigint", "gst_paise": "bigint", "net_paise": "bigint", "utr": "text"},
}
BANK = {"place": "integer", "value_on": "date", "amount_paise": "bigint", "utr": "text", "narration": "text"}
SAID = [name for name in SETTLEMENT if name != "place"]
COLUMNS = ", ".join(SETTLEMENT)
IDENTITY = ("transaction_ref", "kind", "own_ref", "settled_on")
# Workbooks do not name the pay-out's bank reference, the gateway's API does. A row that has it here and not there is the same row:
# what was told first stays, so that the rows of a pay-out stay together.
UTR = "CASE WHEN known.id IS NULL OR '' NOT IN (known.utr, s.utr) THEN s.utr ELSE known.utr END"
READ = {name: UTR if name == "utr" else f"s.{name}" for name in SETTLEMENT}
# `known` is the row that counts today under the same identity, `is_news` whether this one says anything else. What was replaced
# or withdrawn can come back: it then goes on counting its versions.
JUDGE = f"""
CREATE TEMPORARY TABLE judged ON COMMIT DROP AS
SELECT {", ".join(f"{value} AS {name}" for name, value in READ.items())}, s.occurrence,
       known.id AS known, coalesce(known.version, gone.version, 0) AS version,
       known.id IS NULL OR ({", ".join(f"known.{name}" for name in SAID)}) IS DISTINCT FROM
                           ({", ".join(READ[name] for name in SAID)}) AS is_news
  FROM (SELECT *, row_number() OVER (PARTITION BY {", ".join(IDENTITY)} ORDER BY place) AS occurrence FROM staged) s
  LEFT JOIN (SELECT l.* FROM payments_settlementline l
              WHERE l.account_id = %(account)s
                AND l.settled_on BETWEEN (SELECT min(settled_on) FROM staged) AND (SELECT max(settled_on) FROM staged)
                AND NOT EXISTS (SELECT FROM payments_settlementchange c WHERE c.line_id = l.id)) known
    ON {" AND ".join(f"known.{name} = s.{name}" for name in IDENTITY)} AND known.occurrence = s.occurrence
  LEFT JOIN (SELECT {", ".join(IDENTITY)}, occurrence, max(version) AS version FROM payments_settlementline l
               JOIN payments_settlementchange c ON c.line_id = l.id WHERE l.account_id = %(account)s
              GROUP BY {", ".join(IDENTITY)}, occurrence) gone
    ON {" AND ".join(f"gone.{name} = s.{name}" for name in IDENTITY)} AND gone.occurrence = s.occurrence
"""
GONE = """
SELECT l.id FROM payments_settlementline l
 WHERE l.account_id = %(account)s AND l.settled_on IN (SELECT settled_on FROM judged)
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
FINGERPRINT = "md5(jsonb_build_array(value_on, amount_paise, utr, narration, occurrence)::text)"
ALIKE = "PARTITION BY value_on, amount_paise, utr, narration ORDER BY place"
FINGERPRINTED = f"""
CREATE TEMPORARY TABLE judged ON COMMIT DROP AS
SELECT s.*, {FINGERPRINT} AS fingerprint FROM (SELECT *, row_number() OVER ({ALIKE}) AS occurrence FROM staged) s
"""
NEW_LINES = """
FROM judged j WHERE NOT EXISTS (
     SELECT FROM payments_bankline l WHERE l.account_id = %(account)s AND l.fingerprint = j.fingerprint)
"""
WRITE_BANK = f"""
INSERT INTO payments_bankline (account_id, file_id, fingerprint, {", ".join(BANK)})
SELECT %(account)s, %(file)s, j.fingerprint, {", ".join(f"j.{name}" for name in BANK)} {NEW_LINES}
"""


class SettlementAccountUnknown(ServiceError):
    code = "settlement_account_unknown"
    message = _("There is no gateway account {account}. Please give one of these: {known}.")
    field = "account"
    http_status = 404


class SettlementOfAnother(ServiceError):
    code = "settlement_of_another_account"
    message = _("No row of this report is about the account {account}. Please choose the account that it belongs to.")
    field = "account"


class CorrectionNotWhole(ServiceError):
    code = "settlement_correction_not_whole"
    message = _(
        "{count} rows of this correction cannot be read, so it is not known what it takes back. Please ask for a whole one."
    )
    field = "file"


def take_in_settlement(
    path: Path,
    *,
    account: str,
    maker: str,
    now: datetime,
    name: str = "",
    is_correction: bool = False,
    watch: Watch = iter,
) -> Report:
    """Take in a gateway's settlement report. The same file again is a no-op.

    `name` is what the sender calls it; `watch` is handed the rows and yields them again, to see how far the reading is.
    What was taken in is in the books at once, and is then matched with our payments.
    Replaced rows count as updated, and so do those that a correction withdraws. Memory does not grow with the file.

    :raises SettlementAccountUnknown, SettlementOfAnother, CorrectionNotWhole: nothing is taken in
    :raises ServiceError: one of `refusals`: nothing is taken in
    """
    sent = Sent(FileSort.SETTLEMENT, account, (name or path.name)[-LONGEST_NAME:], _digest(path), maker)
    return _take_in(watch(settlement_rows(path)), sent, is_correction=is_correction, now=now)


def take_in_rows(
    rows: Sequence[SettlementRow | Misfit], *, digest: str, account: str, maker: str, now: datetime, name: str
) -> Report:
    """Take in the rows of a pay-out that came by other ways than a file. The same `digest` again is a no-op. As above."""
    return _take_in(iter(rows), Sent(FileSort.SETTLEMENT, account, name, digest, maker), now=now)


def _take_in(
    rows: Iterator[SettlementRow | Misfit], sent: Sent, *, now: datetime, is_correction: bool = False
) -> Report:
    account, name, digest, maker = sent.account, sent.name, sent.sha256, sent.maker
    with kept_when_refused(sent, now=now), transaction.atomic():
        found = _locked(account)
        before = SettlementFile.objects.filter(account=found, sha256=digest).first()
        if before:
            return _known_already(before)
        staged = stage(rows, SETTLEMENT)
        if is_correction and staged.rejected:
            raise CorrectionNotWhole(count=staged.rejected)
        counts = _judge(found, is_correction=is_correction)
        file = SettlementFile(is_correction=is_correction, **_facts(name, found, digest, maker, now, staged), **counts)
        _write(file)
        book_settlements(found, now=now, days=_days_settled())
    _learn_sizes(file)
    match_payments(account=found, now=now)
    log.info("settlement_taken_in", account=account, rows=file.read, created=file.created, updated=file.updated)
    return _report(file, replaced=file.updated - file.withdrawn)


def take_in_statement(
    path: Path, *, account: str, maker: str, now: datetime, name: str = "", watch: Watch = iter
) -> Report:
    """Take in a statement of the bank account into which `account` is paid out. Lines that are known are left as they are.

    :raises SettlementAccountUnknown: nothing is taken in
    :raises ServiceError: one of `refusals`: nothing is taken in
    """
    digest, name = _digest(path), (name or path.name)[-LONGEST_NAME:]
    sent = Sent(FileSort.STATEMENT, account, name, digest, maker)
    with kept_when_refused(sent, now=now), transaction.atomic():
        found = _locked(account)
        before = BankFile.objects.filter(account=found, sha256=digest).first()
        if before:
            return _known_already(before)
        staged = stage(watch(bank_rows(path)), BANK)
        file = BankFile(**_facts(name, found, digest, maker, now, staged), updated=0)
        _write_bank(file)
    log.info("bank_statement_taken_in", account=account, rows=file.read, created=file.created)
    return _report(file, replaced=0)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _locked(code: str) -> GatewayAccount:
    """Return an account; no other file of it is taken in before the commit. Payments go on."""
    found = GatewayAccount.objects.filter(code=code).first()
    if found is None:
        known = GatewayAccount.objects.order_by("code").values_list("code", flat=True)
        raise SettlementAccountUnknown(account=code, known=", ".join(known) or "-")
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [found.pk])
    return found


def _judge(account: GatewayAccount, *, is_correction: bool) -> dict[str, int]:
    """Compare what is staged with what stands, and count. :raises SettlementOfAnother:"""
    values: dict[str, Any] = {"account": account.pk, "merchant": account.merchant_id}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.judged")
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


def _write(file: SettlementFile) -> None:
    file.save(force_insert=True)
    keep_rows_set_aside(file)
    values = {"account": file.account_id, "file": file.pk}
    with connection.cursor() as cursor:
        if file.withdrawn:
            cursor.execute(WITHDRAW, values)
        cursor.execute(WRITE, values)
        if file.updated > file.withdrawn:
            cursor.execute(REPLACE, values)


def _learn_sizes(file: SettlementFile) -> None:
    """Have the planner know of many new rows at once: what comes next would be planned for the table as it was before."""
    if file.created >= MANY_ROWS:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE payments_settlementline")


def _days_settled() -> list[date]:
    """Return the days of the pay-outs that the rows just judged are about."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT settled_on FROM judged ORDER BY settled_on")
        return [day for (day,) in cursor.fetchall()]


def _write_bank(file: BankFile) -> None:
    values = {"account": file.account_id}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.judged")
        cursor.execute(FINGERPRINTED)
        cursor.execute(f"SELECT count(*) {NEW_LINES}", values)
        (file.created,) = cursor.fetchone()
        file.save(force_insert=True)
        keep_rows_set_aside(file)
        cursor.execute(WRITE_BANK, {**values, "file": file.pk})


def _facts(
    name: str, account: GatewayAccount, digest: str, maker: str, now: datetime, staged: Staged
) -> dict[str, Any]:
    return {
        "account": account,
        "name": name,
        "sha256": digest,
        "maker": maker,
        "taken_in_at": now,
        "read": staged.read_rows,
        "rejected": staged.rejected,
        "set_aside": [misfit._asdict() for misfit in staged.misfits],
    }


def _known_already(file: SettlementFile | BankFile) -> Report:
    return Report(file.read, unchanged=file.read - file.rejected, rejected=file.rejected, rejects=_told(file.set_aside))


def _report(file: SettlementFile | BankFile, *, replaced: int) -> Report:
    unchanged = file.read - file.rejected - file.created - replaced
    return Report(file.read, file.created, file.updated, unchanged, file.rejected, _told(file.set_aside))


def _told(misfits: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "row": misfit["place"],
            "field": misfit["field"],
            "code": misfit["code"],
            "message": _t(MISFITS[misfit["code"]]).format(found=misfit["found"]),
        }
        for misfit in misfits
    ]
