"""An empty portal beside the real one: a schema of its own in the same database, thrown away afterwards."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.operations import CreateExtension
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Of the schema that comes first on the path. A trigger's type has the bit 32 when it is asked before TRUNCATE.
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname"
GUARDS = """
SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
 WHERE tgtype & 32 <> 0 AND relnamespace = current_schema()::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A schema that is migrated, and its tables that are empty then."""

    name: str
    tables: Sequence[str]


_kept: ContextVar[Kept | None] = ContextVar("kept", default=None)


@contextmanager
def scratch_schema() -> Iterator[str]:
    """Have this connection see empty tables under the usual names; extensions are still those of the database.

    Within `kept_schema` it is that one, emptied. What the migrations wrote stays, for nobody changes it.
    """
    with kept_schema() as kept, _seen_first(kept.name):
        _empty(kept.tables)
        yield kept.name


@contextmanager
def kept_schema() -> Iterator[Kept]:
    """Have every scratch schema within be one and the same: migrating takes longer than many a run."""
    if already := _kept.get():
        yield already
        return
    make_extensions()
    name = f"rehearsal_{secrets.token_hex(6)}"
    _execute(f"CREATE SCHEMA {name}")
    try:
        with _seen_first(name):
            # First, for were the list of applied migrations found in the real schema, nothing would be applied here.
            with connection.schema_editor() as editor:
                editor.create_model(MigrationRecorder.Migration)
            call_command("migrate", verbosity=0, interactive=False)
            kept = Kept(name, _made_ready())
        before = _kept.set(kept)
        try:
            yield kept
        finally:
            _kept.reset(before)
    finally:
        _execute(f"DROP SCHEMA {name} CASCADE")


def make_extensions() -> None:
    """Make in the database itself what the migrations need: made by a scratch schema it would go with it, from under the others."""
    migrations = MigrationLoader(None).disk_migrations.values()
    made = (step.name for each in migrations for step in each.operations if isinstance(step, CreateExtension))
    with transaction.atomic():
        _execute("SELECT pg_advisory_xact_lock(hashtext('extensions of a rehearsal'))")
        for name in sorted(set(made)):
            _execute(f'CREATE EXTENSION IF NOT EXISTS "{name}"')


@contextmanager
def _seen_first(name: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        before = cursor.fetchone()[0]
    _execute(f"SET search_path TO {name}, {before}")
    # Each schema has numbered its content types by itself.
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        ContentType.objects.clear_cache()
        _execute(f"SET search_path TO {before}")


def _made_ready() -> list[str]:
    """Take off the guards against TRUNCATE, and no other, and return the tables that no migration wrote to."""
    with connection.cursor() as cursor:
        cursor.execute(GUARDS)
        for table, trigger in cursor.fetchall():
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER "{trigger}"')
        cursor.execute(TABLES)
        tables = [table for (table,) in cursor.fetchall()]
        # Each names itself when it is empty.
        cursor.execute(" UNION ALL ".join(f"SELECT '{one}' WHERE NOT EXISTS (SELECT FROM \"{one}\")" for one in tables))
        return [table for (table,) in cursor.fetchall()]


def _empty(tables: Sequence[str]) -> None:
    _execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
