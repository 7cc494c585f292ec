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
    from collections.abc import Iterator


@contextmanager
def scratch_schema() -> Iterator[str]:
    """Have this connection see empty tables under the usual names; extensions are still those of the database.

    The list of applied migrations is made first: were it found in the real schema, nothing would be applied here.
    """
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
        yield name
    finally:
        ContentType.objects.clear_cache()
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {before}")
            cursor.execute(f"DROP SCHEMA {name} CASCADE")
