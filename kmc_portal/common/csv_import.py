"""Importing a CSV of any length: streamed into a staging table by COPY, judged in one pass, merged in two statements.

Good rows land, bad rows are listed, and nothing is half-written: the whole import is one transaction. Doing it twice
changes nothing. What a row means is said by the `Layout` of its app.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_noop

from kmc_portal.common.csv_rejects import write_rejects
from kmc_portal.common.csv_rows import BLOCK, BROKEN_ROWS, NotACsv, RowStream, WrongHeader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

__all__ = ["BROKEN_ROWS", "Check", "Layout", "NotACsv", "Report", "WrongHeader", "import_csv"]
MESSAGES_KEPT = 10_000
# For the hash tables over a whole register; each lives for one statement.
WORK_MEMORY = "SET LOCAL work_mem = '256MB'"
# The last of the faults: a row that is sound itself.
NOT_WHOLE = (
    "record_not_whole",
    "false",
    gettext_noop("Another row of the same number is a misfit, so none of them landed."),
)
# Said like this and not `known.id IS NULL`, which the planner takes for true of one row at most: it would go on by nested loops.
IS_NEW = "NOT coalesce(known.id > 0, false)"


@dataclass(frozen=True, slots=True)
class Check:
    """A row is a misfit where `wrong` (an SQL condition) holds. `message` is a message id."""

    field: str
    code: str
    wrong: str
    message: str


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file, what makes a row a misfit, and which record it becomes.

    SQL sees the staged row as `s` (texts, never null), the record it stands for as `known` (null when there is none), and
    what `joins` adds, one row each. `seen` adds what only checks ask, and may find several.
    """

    columns: Sequence[str]
    table: str
    known: str
    """When a record of `table` is the one that the row stands for."""
    values: Mapping[str, str]
    """Each column of `table` with the SQL of its value."""
    checks: Sequence[Check]
    """In order: of a row that is wrong in several ways the first is told."""
    joins: str = ""
    seen: str = ""
    frozen: str = "false"
    """When a known record is left as it is, whatever happened since the row was judged."""
    optional: Sequence[str] = ()
    """Columns that the file may have behind the others, all or none."""
    history: str = ""
    """Where the earlier state of a changed record is kept."""
    unit: str = ""
    """The column whose rows make one record together; a record with a misfit among its rows is left out whole."""
    gathered: str = ""
    """The columns of such a record, in SQL over its rows `s`."""

    @property
    def faults(self) -> list[Check]:
        broken = [Check("", code, f"s.broken = '{code}'", message) for code, message in BROKEN_ROWS.items()]
        return [*broken, *self.checks, *([Check(self.unit, *NOT_WHOLE)] if self.unit else [])]


@dataclass(slots=True)
class Report:
    """What became of a file's rows. `rejects` holds at most 10,000 of the `rejected`."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    rejects: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def import_csv(
    path: Path,
    layout: Layout,
    *,
    dry_run: bool = False,
    run: int | None = None,
    rejects: TextIO | None = None,
    note: Callable[[int], None] | None = None,
) -> Report:
    """Import a file and return what became of its rows; with `dry_run` everything is tried and taken back.

    New records carry the number of the `run`, the earlier state of changed ones is kept under it. All misfits are written
    to `rejects`, as CSV; `note` is told now and then how many rows have been read. Memory does not grow with the file.

    :raises WrongHeader: the first row names other columns
    :raises NotACsv: the file cannot be read as CSV
    """
    with transaction.atomic():
        report = Report()
        columns = _stage(path, layout, report, note)
        _judge(layout, report)
        if rejects:
            write_rejects(rejects, _told(layout), columns)
        _merge(layout, report, run)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _stage(path: Path, layout: Layout, report: Report, note: Callable[[int], None] | None) -> Sequence[str]:
    """Copy the rows into the staging table and count them. Returns the columns that the file has."""
    columns = ", ".join(f"{name} text NOT NULL DEFAULT ''" for name in (*layout.columns, *layout.optional))
    with path.open("rb") as stream, connection.cursor() as cursor:
        rows = RowStream(stream, layout.columns, layout.optional, note)
        cursor.execute(WORK_MEMORY)
        cursor.execute("DROP TABLE IF EXISTS pg_temp.staged, pg_temp.misfit")
        cursor.execute(f"CREATE TEMPORARY TABLE staged (row bigint, broken text, {columns}) ON COMMIT DROP")
        cursor.execute("CREATE TEMPORARY TABLE misfit (row bigint PRIMARY KEY, fault int) ON COMMIT DROP")
        texts = ", ".join(("broken", *rows.columns))
        cursor.copy_expert(
            f"COPY staged (row, {texts}) FROM STDIN WITH (FORMAT csv, FORCE_NOT_NULL ({texts}))", rows, BLOCK
        )
        if rows.fault:
            raise rows.fault
        cursor.execute("ANALYZE staged")
    report.read = rows.count
    return rows.columns


def _judge(layout: Layout, report: Report) -> None:
    """Find the first fault of every misfit, in one pass over the rows, and list them."""
    faults = layout.faults
    cases = " ".join(f"WHEN {fault.wrong} THEN {number}" for number, fault in enumerate(faults))
    judged = f"SELECT s.row, CASE {cases} END AS fault FROM {_rows(layout)} {layout.seen}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO misfit SELECT row, min(fault) FROM ({judged}) AS judged WHERE fault IS NOT NULL GROUP BY row"
        )
        if layout.unit:
            cursor.execute(LEAVE_OUT.format(unit=layout.unit), [len(faults) - 1])
        cursor.execute("ANALYZE misfit")
        cursor.execute("SELECT count(*) FROM misfit")
        (report.rejected,) = cursor.fetchone()
        cursor.execute("SELECT row, fault FROM misfit ORDER BY row LIMIT %s", [MESSAGES_KEPT])
        told = _told(layout)
        report.rejects = [
            {"row": row, **dict(zip(("field", "code", "message"), told[number], strict=True))}
            for row, number in cursor.fetchall()
        ]


LEAVE_OUT = """
INSERT INTO misfit SELECT s.row, %s FROM staged s
 WHERE s.{unit} IN (SELECT b.{unit} FROM staged b JOIN misfit m ON m.row = b.row WHERE b.{unit} <> '')
   AND NOT EXISTS (SELECT FROM misfit m WHERE m.row = s.row)
"""
GATHER = """
CREATE TEMPORARY TABLE gathered ON COMMIT DROP AS
SELECT {unit}, min(s.row) AS row, count(*) AS rows, {columns}
  FROM staged s LEFT JOIN misfit m ON m.row = s.row WHERE m.row IS NULL GROUP BY {unit}
"""


def _told(layout: Layout) -> list[tuple[str, str, str]]:
    return [(fault.field, fault.code, _t(fault.message)) for fault in layout.faults]


def _merge(layout: Layout, report: Report, run: int | None) -> None:
    with connection.cursor() as cursor:
        if layout.unit:
            cursor.execute("DROP TABLE IF EXISTS pg_temp.gathered")
            cursor.execute(GATHER.format(unit=layout.unit, columns=layout.gathered))
        cursor.execute(_change(layout), {"run": run})
        (report.updated,) = cursor.fetchone()
        cursor.execute(_create(layout), {"run": run})
        (report.created,) = cursor.fetchone() if layout.unit else (cursor.rowcount,)
    report.unchanged = report.read - report.rejected - report.created - report.updated


def _rows(layout: Layout, known: str = "LEFT JOIN", of: str = "staged") -> str:
    return f"{of} s {layout.joins} {known} {layout.table} known ON {layout.known}"


def _records(layout: Layout, known: str = "LEFT JOIN") -> str:
    """Return what becomes records: the rows, or what was gathered of them."""
    return _rows(layout, known, "gathered" if layout.unit else "staged")


def _counted(layout: Layout, written: str) -> str:
    """Return the SQL that counts the rows of the records that were written."""
    if not layout.unit:
        return f"SELECT count(*) FROM {written}"
    return f"SELECT coalesce(sum(g.rows), 0)::bigint FROM {written} JOIN gathered g USING ({layout.unit})"


def _create(layout: Layout) -> str:
    carried = ", import_run_id" if layout.history else ""
    run = ", %(run)s" if layout.history else ""
    insert = f"""
    INSERT INTO {layout.table} ({", ".join(layout.values)}{carried})
    SELECT {", ".join(layout.values.values())}{run}
      FROM {_records(layout)} LEFT JOIN misfit m ON m.row = s.row
     WHERE m.row IS NULL AND {IS_NEW}
    """
    return f"WITH made AS ({insert} RETURNING {layout.unit}) {_counted(layout, 'made')}" if layout.unit else insert


def _change(layout: Layout) -> str:
    """Return the statement that brings known records up to date and keeps what they were; it counts them.

    They are locked in the order that payments keep, and judged again once locked.
    """
    known = ", ".join(f"known.{name}" for name in layout.values)
    new = ", ".join(layout.values.values())
    kept = f"""
    INSERT INTO {layout.history} (run_id, record_id, before, after)
    SELECT %(run)s, id, before, after FROM changed JOIN changing USING (id) WHERE %(run)s IS NOT NULL
    """
    return f"""
    WITH changing AS (
        SELECT known.id, {state_of(layout, "known")} AS before,
               {", ".join(f"{value} AS {name}" for name, value in layout.values.items())}
          FROM {_records(layout, "JOIN")} LEFT JOIN misfit m ON m.row = s.row
         WHERE m.row IS NULL AND ({known}) IS DISTINCT FROM ({new}) AND NOT ({layout.frozen})
         ORDER BY known.id FOR UPDATE OF known
    ), changed AS (
        UPDATE {layout.table} record SET {", ".join(f"{name} = changing.{name}" for name in layout.values)}
          FROM changing WHERE record.id = changing.id
        RETURNING record.id, {state_of(layout, "record")} AS after{f", record.{layout.unit}" if layout.unit else ""}
    ){f", kept AS ({kept})" if layout.history else ""}
    {_counted(layout, "changed")}
    """


def state_of(layout: Layout, record: str) -> str:
    """Return the SQL of what an import may say of a record, as JSON."""
    pairs = ", ".join(f"'{name}', {record}.{name}" for name in layout.values)
    return f"jsonb_build_object({pairs})"
