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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes test (`-n 2 --dist loadgroup`), keep a file's tests in one of them, and all that start the portal.

    Two portals with a browser each would be slow enough for each other to be taken for broken.
    """
    for item in items:
        starts_portal = any(item.get_closest_marker(name) for name in ("journey", "browser"))
        item.add_marker(pytest.mark.xdist_group("portal" if starts_portal else item.nodeid.split("::")[0]))
