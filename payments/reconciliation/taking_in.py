"""Writing: taking in settlement reports and bank statements. What stands is never changed; newer rows are put beside it."""

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
from payments.reconciliation.judging import SETTLEMENT, days_settled, judge, write
from payments.reconciliation.matching import LOCK, match_payments
from payments.reconciliation.readers import bank_rows, settlement_rows
from payments.reconciliation.refused import Sent, keep_rows_set_aside, kept_when_refused
from payments.reconciliation.settling import book_settlements
from payments.reconciliation.staging import learn_size, stage
from payments.states import FileSort

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from payments.reconciliation.rows import Misfit, SettlementRow
    from payments.reconciliation.staging import Staged

    Watch = Callable[[Iterator[Any]], Iterator[Any]]

log = structlog.get_logger()
LONGEST_NAME = 200
MISFITS = {
    "unreadable": gettext_noop("This cell cannot be read: {found}."),
    "missing": gettext_noop("This cell is empty, and the row cannot be told from others without it."),
    "too_long": gettext_noop("This reference is longer than any that is kept: {found}."),
}
BANK = {"place": "integer", "value_on": "date", "amount_paise": "bigint", "utr": "text", "narration": "text"}
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
        days = days_settled()
        counts = judge(found, days=days, is_correction=is_correction)
        file = SettlementFile(is_correction=is_correction, **_facts(name, found, digest, maker, now, staged), **counts)
        write(file, days=days)
        learn_size("payments_settlementline", file.created)
        book_settlements(found, now=now, days=days)
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
