"""A web server as its own process, and a second process that keeps it busy."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

BIN = Path(sys.executable).parent
WORKERS, THREADS = 2, 4
CONNECTIONS = 8
STARTS_WITHIN_SECONDS = 30
PORT = urlsplit(settings.PUBLIC_BASE_URL).port

# The first one is what the portal ships. Threads of granian end when they have been idle, after ten minutes at most,
# and leave their database sessions open: with more than one thread a worker it runs out of them.
SERVERS = {
    "gunicorn gthread": (
        f"gunicorn kmc_portal.wsgi --bind 127.0.0.1:{PORT} --worker-class gthread --workers {WORKERS} "
        f"--threads {THREADS} --keep-alive 30 --log-level warning"
    ),
    "granian WSGI": (
        f"granian kmc_portal.wsgi:application --host 127.0.0.1 --port {PORT} --interface wsgi --workers {WORKERS} "
        "--blocking-threads 1 --log-level warning --no-access-log"
    ),
}
SHIPPED = next(iter(SERVERS))


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back: how many answers of each status, how long that took, and the times of an answer in ms."""

    statuses: dict[str, int]
    seconds: float
    p50_ms: float
    p99_ms: float


@contextmanager
def serving(name: str) -> Iterator[int]:
    """Run one of `SERVERS`; yields the number of its first process."""
    log = settings.VAR_DIR / "server.log"
    with log.open("ab") as events:
        program, *options = SERVERS[name].split()
        server = subprocess.Popen([BIN / program, *options], stdout=events, stderr=events)
        try:
            _wait_for(server, log)
            yield server.pid
        finally:
            server.terminate()
            server.wait(timeout=30)


def send(path: str, posts: list[tuple[str, str]], per_second: int = 0) -> Answers:
    """Post every (signature, body) once from another process, at a rate or as fast as they are answered."""
    command = [sys.executable, "-m", "bench.load", f"{PORT}", path, f"{CONNECTIONS}", f"{per_second}"]
    done = subprocess.run(command, input=json.dumps(posts), capture_output=True, text=True, check=True)
    return Answers(**json.loads(done.stdout))


def _wait_for(server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", PORT), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"The web server did not start; its words are in {log}.")
