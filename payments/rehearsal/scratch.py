"""An empty portal beside the real one: a schema of its own in the same database, thrown away afterwards."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Of the schema that comes first on the path. A trigger's type has the bit 32 when it is asked before TRUNCATE.
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname"
GUARDS = """
SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
 WHERE tgtype & 32 <> 0 AND relnamespace = current_schema()::regnamespace
"""
# The tables that are empty after migrating, by the schema they are in.
_kept: dict[str, list[str]] = {}


@contextmanager
def scratch_schema() -> Iterator[str]:
    """Have this connection see empty tables under the usual names; extensions are still those of the database.

    Within another scratch schema that one is emptied and used again: migrating takes longer than many a run. What the
    migrations wrote stays, for nobody changes it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        name = cursor.fetchone()[0]
    if name in _kept:
        _empty(_kept[name])
        yield name
    else:
        with _new_schema() as name:
            yield name


@contextmanager
def _new_schema() -> Iterator[str]:
    """The list of applied migrations is made first: were it found in the real schema, nothing would be applied here."""
    name = f"rehearsal_{secrets.token_hex(6)}"
    with connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        before = cursor.fetchone()[0]
        cursor.execute(f"CREATE SCHEMA {name}")
        cursor.execute(f"SET search_path TO {name}, {before}")
    try:
        with connection.schema_editor() as editor:
            editor.create_model(MigrationRecorder.Migration)
        call_command("migrate", verbosity=0, interactive=False)
        _kept[name] = _made_ready()
        yield name
    finally:
        _kept.pop(name, None)
        ContentType.objects.clear_cache()
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {before}")
            cursor.execute(f"DROP SCHEMA {name} CASCADE")


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
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")
