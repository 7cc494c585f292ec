"""What every test may rely on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from kmc_portal.common.clock import IST

GUARDED = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only_truncate'"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let the test database be emptied between tests: the guard against TRUNCATE is the only one taken off."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(GUARDED)
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only_truncate")


@pytest.fixture
def now() -> datetime:
    """A Monday in the third quarter of 2026-27, within the rebate of the factory's bill."""
    return datetime(2026, 11, 23, 11, 30, tzinfo=IST)


@pytest.fixture
def shelf(settings, tmp_path) -> Path:
    """Where the papers of one test are kept."""
    papers = {**settings.STORAGES["papers"]}
    papers["OPTIONS"] = {**papers["OPTIONS"], "location": str(tmp_path / "papers")}
    settings.STORAGES = {**settings.STORAGES, "papers": papers}
    return tmp_path / "papers"
