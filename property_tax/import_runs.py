"""Writing: taking in the file of a register, and taking an import back."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import psycopg2
import structlog
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.csv_import import Report, import_csv, state_of
from kmc_portal.common.errors import ServiceError
from payments.states import OPEN_ATTEMPTS
from property_tax.demand_run import take_billing_lock
from property_tax.imports import ASSESSEES, DEMANDS
from property_tax.models import ImportRun
from property_tax.states import KIND, ImportState, Register

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path
    from typing import TextIO

    from kmc_portal.common.csv_import import Layout

log = structlog.get_logger()
LAYOUTS: dict[str, Layout] = {Register.ASSESSEES: ASSESSEES, Register.DEMANDS: DEMANDS}
COUNTS = ("read", "created", "updated", "unchanged", "rejected")


class ImportNotFound(ServiceError):
    code = "import_not_found"
    message = _("There is no import {run}. The list of imports in the administration has their numbers.")
    field = "run"
    http_status = 404


class ImportUndoneAlready(ServiceError):
    code = "import_undone_already"
    message = _("Import {run} has been taken back already. Nothing is left to do.")
    field = "run"
    http_status = 409


class ImportPaidSince(ServiceError):
    code = "import_paid_since"
    message = _("Bill {record} has been paid since. The import stays; please correct single bills by another import.")
    field = "run"
    http_status = 409


class ImportBeingPaid(ServiceError):
    code = "import_being_paid"
    message = _("Bill {record} is being paid just now. Please try again when the bank has decided.")
    field = "run"
    http_status = 409


class ImportChangedSince(ServiceError):
    code = "import_changed_since"
    message = _("{record} has been changed since. If a later import did it, please take that one back first.")
    field = "run"
    http_status = 409


class ImportInUse(ServiceError):
    code = "import_in_use"
    message = _("Other records hang on what this import created, such as {record}. Please take those back first.")
    field = "run"
    http_status = 409


# --- Taking in --------------------------------------------------------------------------------------------------------


@transaction.atomic
def import_register(
    *,
    path: Path,
    register: Register,
    maker: str,
    now: datetime,
    name: str = "",
    dry_run: bool = False,
    rejects: TextIO | None = None,
    note: Callable[[int], None] | None = None,
) -> tuple[Report, ImportRun | None]:
    """Take in the file of a register; return what became of its rows, and the import, none when it was only tried.

    `name` is what the sender calls the file. Imports and demand runs take turns. All misfits are written to `rejects`, as CSV;
    `note` is told now and then how many rows have been read.

    :raises WrongHeader, NotACsv: the file is refused whole
    """
    take_billing_lock()
    layout = LAYOUTS[register]
    if dry_run:
        return import_csv(path, layout, dry_run=True, rejects=rejects, note=note), None
    run = ImportRun.objects.create(
        register=register, file_name=name or path.name, sha256=_digest(path), maker=maker, imported_at=now
    )
    report = import_csv(path, layout, run=run.pk, rejects=rejects, note=note)
    for name in COUNTS:
        setattr(run, name, getattr(report, name))
    run.save(update_fields=COUNTS)
    log.info("register_imported", run=run.pk, register=run.register, **{name: getattr(run, name) for name in COUNTS})
    return report, run


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# --- Taking back ------------------------------------------------------------------------------------------------------

# Locked in the order that payments keep, and for good: what is asked next cannot change before the commit.
LOCK_CREATED = """
INSERT INTO taken_back SELECT id, {name}, true FROM {table} WHERE import_run_id = %(run)s ORDER BY id FOR UPDATE
"""
LOCK_CHANGED = """
INSERT INTO taken_back
SELECT record.id, record.{name}, false FROM {table} record
  JOIN property_tax_importedrow kept ON kept.record_id = record.id AND kept.run_id = %(run)s
 ORDER BY record.id FOR UPDATE OF record
"""
PAID = """
SELECT t.name FROM taken_back t JOIN payments_allocation a ON a.kind = 'bill' AND a.bill = t.name
  JOIN payments_payment p ON p.id = a.payment_id
 WHERE t.is_new OR p.received_at >= %(imported_at)s ORDER BY t.id LIMIT 1
"""
BEING_PAID = """
SELECT t.name FROM payments_paymentorder o
  CROSS JOIN jsonb_to_recordset(o.snapshot -> 'lines') AS line (bill text)
  JOIN taken_back t ON t.name = line.bill
 WHERE o.kind = %(kind)s
   AND EXISTS (SELECT 1 FROM payments_paymentattempt p WHERE p.order_id = o.id AND p.state = ANY(%(open)s))
 ORDER BY t.id LIMIT 1
"""
# A later import kept the earlier state of what it changed; what others changed is not as this import left it.
CHANGED = """
SELECT t.name FROM taken_back t
  JOIN property_tax_importedrow kept ON kept.record_id = t.id AND kept.run_id > %(run)s
  JOIN property_tax_importrun r ON r.id = kept.run_id AND r.register = %(register)s AND r.state = 'landed'
UNION ALL
SELECT t.name FROM taken_back t JOIN {table} record ON record.id = t.id
  JOIN property_tax_importedrow kept ON kept.record_id = t.id AND kept.run_id = %(run)s
 WHERE kept.after <> {state}
 LIMIT 1
"""
BILLED = """
SELECT t.name FROM taken_back t JOIN property_tax_demand d ON d.assessee_id = t.id WHERE t.is_new ORDER BY t.id LIMIT 1
"""
DELETE = "DELETE FROM {table} record USING taken_back t WHERE t.is_new AND record.id = t.id"
RESTORE = """
UPDATE {table} record SET ({columns}) = ROW ({former})
  FROM property_tax_importedrow kept, jsonb_populate_record(NULL::{table}, kept.before) former
 WHERE kept.run_id = %(run)s AND record.id = kept.record_id
"""
# What each register is asked before anything is taken back, in order.
QUESTIONS: dict[str, list[tuple[str, type[ServiceError]]]] = {
    Register.ASSESSEES: [(BILLED, ImportInUse), (CHANGED, ImportChangedSince)],
    Register.DEMANDS: [(PAID, ImportPaidSince), (BEING_PAID, ImportBeingPaid), (CHANGED, ImportChangedSince)],
}


@transaction.atomic
def undo_import(*, run: int, maker: str, now: datetime) -> ImportRun:
    """Take an import back: what it created is deleted, what it changed is as it was before. Returns the import, undone.

    :raises ImportNotFound, ImportUndoneAlready: there is nothing to take back
    :raises ImportPaidSince, ImportBeingPaid, ImportChangedSince, ImportInUse: it stays; names the first record that says so
    """
    take_billing_lock()
    found = ImportRun.objects.select_for_update().filter(pk=run).first()
    if found is None:
        raise ImportNotFound(run=run)
    if found.state == ImportState.UNDONE:
        raise ImportUndoneAlready(run=run)
    _take_back(found)
    found.state, found.undone_by, found.undone_at = ImportState.UNDONE, maker, now
    found.save(update_fields=["state", "undone_by", "undone_at"])
    log.info("register_import_undone", run=found.pk, register=found.register)
    return found


def _take_back(run: ImportRun) -> None:
    words, values = _words(LAYOUTS[run.register]), _values(run)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.taken_back")
        cursor.execute("CREATE TEMPORARY TABLE taken_back (id bigint, name text, is_new boolean) ON COMMIT DROP")
        for lock in (LOCK_CREATED, LOCK_CHANGED):
            cursor.execute(lock.format(**words), values)
        cursor.execute("ANALYZE taken_back")
        for question, refusal in QUESTIONS[run.register]:
            cursor.execute(question.format(**words), values)
            if offender := cursor.fetchone():
                raise refusal(record=offender[0])
        for act in (RESTORE, DELETE):
            cursor.execute(act.format(**words), values)
    _nothing_hangs_on_it()


def _words(layout: Layout) -> dict[str, str]:
    """Return what the statements say of a register. The first column is what people call a record by."""
    return {
        "table": layout.table,
        "name": next(iter(layout.values)),
        "state": state_of(layout, "record"),
        "columns": ", ".join(layout.values),
        "former": ", ".join(f"former.{name}" for name in layout.values),
    }


def _values(run: ImportRun) -> dict[str, int | str | datetime | list[str]]:
    return {
        "run": run.pk,
        "register": run.register,
        "imported_at": run.imported_at,
        "kind": KIND,
        "open": list(OPEN_ATTEMPTS),
    }


def _nothing_hangs_on_it() -> None:
    """:raises ImportInUse: a record of some other table refers to one that is no more"""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError as error:
        told: psycopg2.Error = error.__cause__
        raise ImportInUse(record=told.diag.table_name) from error
