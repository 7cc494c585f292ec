"""`make demo`: the whole portal on one machine, in the foreground, with real processes and nothing left behind.

Settings of the demo are written to `var/demo.env`, which every `manage.py` command beside it reads; what is given in the
environment wins.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from kmc_portal import embedded_postgres
from kmc_portal.translations import compile_translations

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("VAR_DIR", ROOT / "var"))
PORT = int(os.environ.get("PORT", "8000"))
SANDBOX_PORT = int(os.environ.get("SANDBOX_PORT", "9100"))
HERE = f"http://127.0.0.1:{PORT}"
READY_WITHIN_SECONDS = 90
STOP_WITHIN_SECONDS = 10

# Made once and kept, so that links and receipts of yesterday's demo stay good.
SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(40),
    "TWILIO_ACCOUNT_SID": lambda: f"AC{secrets.token_hex(16)}",
    "TWILIO_AUTH_TOKEN": lambda: secrets.token_hex(16),
    "BILLDESK_SANDBOX_KEY": lambda: secrets.token_hex(16),
}
DEFAULTS = {
    "DEBUG": "on",
    "PORT": str(PORT),
    "SANDBOX_PORT": str(SANDBOX_PORT),
    "PUBLIC_BASE_URL": HERE,
    "TWILIO_API_BASE_URL": f"{HERE}/demo/phone/twilio",
    "CHAT_REPLY_VIA": "twiml",
}


def main() -> int:
    """Run the demo until Ctrl-C or SIGTERM. Returns the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    busy = [port for port in (PORT, SANDBOX_PORT) if is_busy(port)]
    if busy:
        print(f"Port {busy[0]} is in use. Choose others with PORT=… SANDBOX_PORT=… make demo.", file=sys.stderr)
        return 1
    children: list[subprocess.Popen[bytes]] = []
    try:
        prepare()
        children += [start(*command) for command in processes()]
        wait_until_ready(children)
        print(GREETING.format(here=HERE, sandbox=f"http://127.0.0.1:{SANDBOX_PORT}"), flush=True)
        return watch(children)
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stop(children)
        embedded_postgres.stop(VAR)


def prepare() -> None:
    """Settings, translations, database and the demo city; everything that is there already is kept."""
    write_settings(VAR / "demo.env")
    for folder in ("broker", "broker-control"):
        # What no worker took before the last stop is sent again by the outbox.
        shutil.rmtree(VAR / folder, ignore_errors=True)
    compile_translations(ROOT / "locale")
    if not os.environ.get("DATABASE_URL"):
        embedded_postgres.ensure_running(VAR)
    for command in (("migrate", "-v0"), ("seed_demo",)):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True)


def write_settings(path: Path) -> None:
    kept = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line) if path.exists() else {}
    values = {name: kept.get(name) or make() for name, make in SECRETS.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{name}={value}\n" for name, value in {**values, **DEFAULTS}.items()))
    path.chmod(0o600)


def processes() -> list[tuple[str, ...]]:
    celery = (sys.executable, "-m", "celery", "-A", "kmc_portal")
    return [
        (sys.executable, "manage.py", "gateway_sandbox", "--port", str(SANDBOX_PORT), "--webhook-base", HERE),
        (*celery, "worker", "-P", "threads", "-c", "2", "-l", "WARNING"),
        (*celery, "beat", "-l", "WARNING", "-s", str(VAR / "celerybeat-schedule"), "--pidfile="),
        (
            sys.executable,
            "-m",
            "gunicorn",
            "kmc_portal.wsgi",
            "-c",
            "kmc_portal/gunicorn.py",
            "-b",
            f"127.0.0.1:{PORT}",
        ),
    ]


def start(*command: str) -> subprocess.Popen[bytes]:
    """Start one process in a session of its own, so that Ctrl-C reaches only the one who stops the others in order."""
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True)


def stop(children: list[subprocess.Popen[bytes]]) -> None:
    """Ask all to end, then make those end that did not."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    for child in children:
        try:
            child.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def wait_until_ready(children: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if any(child.poll() is not None for child in children):
            sys.exit("One of the processes ended while starting; its last words are above.")
        if answers(f"{HERE}/readyz") and is_busy(SANDBOX_PORT):
            return
        time.sleep(0.2)
    sys.exit(f"The portal was not ready within {READY_WITHIN_SECONDS} seconds.")


def watch(children: list[subprocess.Popen[bytes]]) -> int:
    """Wait until one of the processes ends by itself, which none should."""
    while all(child.poll() is None for child in children):
        time.sleep(0.5)
    print("One of the processes ended; stopping the others.", file=sys.stderr)
    return 1


def is_busy(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own address on loopback
            return bool(response.status == 200)
    except OSError:
        return False


GREETING = """
  The portal is ready.

    Citizen's page    {here}/          (বাংলা {here}/bn/ · हिन्दी {here}/hi/)
    Demo phone        {here}/demo/phone/      say Hi, হাই or हाय
    Clerk's desk      {here}/admin/           clerk / demo-clerk-2026   (all rights: admin / demo-admin-2026)
    REST              {here}/api/schema/swagger/
    Gateway sandbox   {sandbox}/sim/

  Assessee numbers to try
    110260100051   this year's bills, rebate running, and an old one (LOI)
    110630200127   a supplementary bill and two years of arrears
    210880300219   nothing due
    310010100033   closed

  Ctrl-C stops everything. The data stays in var/.
"""

if __name__ == "__main__":
    sys.exit(main())
