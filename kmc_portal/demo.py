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
from payments.sandbox.merchants import ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Callable

Children = dict[str, subprocess.Popen[bytes]]
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
    # A script that starts us in the background makes us deaf to Ctrl-C; who sends it all the same means it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    busy = [port for port in (PORT, SANDBOX_PORT) if is_busy(port)]
    if busy:
        print(f"Port {busy[0]} is in use. Choose others with PORT=… SANDBOX_PORT=… make demo.", file=sys.stderr)
        return 1
    children: Children = {}
    try:
        prepare()
        for name, command in processes().items():
            children[name] = start(name, command)
        wait_until_ready(children)
        print(GREETING.format(here=HERE, sandbox=f"http://127.0.0.1:{SANDBOX_PORT}", logs=VAR / "log"), flush=True)
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
    print("Preparing the database and the demo city …", flush=True)
    write_settings(VAR / "demo.env")
    (VAR / "log").mkdir(exist_ok=True)
    for folder in ("broker", "broker-control"):
        # What no worker took before the last stop is sent again by the outbox.
        shutil.rmtree(VAR / folder, ignore_errors=True)
    compile_translations(ROOT / "locale")
    if not os.environ.get("DATABASE_URL"):
        embedded_postgres.ensure_running(VAR)
    # One process for both: Django takes longer to begin than either has to do on a second start.
    subprocess.run([sys.executable, "manage.py", "seed_demo", "--migrate"], cwd=ROOT, check=True)


def write_settings(path: Path) -> None:
    kept = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line) if path.exists() else {}
    values = {name: kept.get(name) or make() for name, make in SECRETS.items()}
    key = os.environ.get("BILLDESK_SANDBOX_KEY") or values["BILLDESK_SANDBOX_KEY"]
    values = {account.secret_name: account.secret(key) for account in ACCOUNTS} | values
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{name}={value}\n" for name, value in {**values, **DEFAULTS}.items()))
    path.chmod(0o600)


def processes() -> dict[str, tuple[str, ...]]:
    """Return each process under the name of its log."""
    module = (sys.executable, "-m")
    celery = (*module, "celery", "-A", "kmc_portal")
    web = (*module, "gunicorn", "kmc_portal.wsgi", "-c", "kmc_portal/gunicorn.py")
    sandbox = (sys.executable, "manage.py", "gateway_sandbox")
    return {
        "sandbox": (*sandbox, "--port", str(SANDBOX_PORT), "--webhook-base", HERE),
        "worker": (*celery, "worker", "-P", "threads", "-c", "2", "-l", "INFO"),
        "beat": (*celery, "beat", "-l", "WARNING", "-s", str(VAR / "celerybeat-schedule"), "--pidfile="),
        "web": (*web, "-b", f"127.0.0.1:{PORT}"),
    }


def start(name: str, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """Start one process in a session of its own, so that Ctrl-C reaches only the one who stops the others in order."""
    with log_of(name).open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=log, stderr=subprocess.STDOUT)


def stop(children: Children) -> None:
    """Ask all to end, then make those end that did not."""
    for child in children.values():
        child.terminate()
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    for child in children.values():
        try:
            child.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def wait_until_ready(children: Children) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if ended := first_ended(children):
            sys.exit(f"The {ended} ended while starting. Its last words:\n{last_words(ended)}")
        if answers(f"{HERE}/readyz") and is_busy(SANDBOX_PORT):
            return
        time.sleep(0.2)
    sys.exit(f"The portal was not ready within {READY_WITHIN_SECONDS} seconds; see {VAR / 'log'}.")


def watch(children: Children) -> int:
    """Wait until one of the processes ends by itself, which none should."""
    while not (ended := first_ended(children)):
        time.sleep(0.5)
    print(f"The {ended} ended; stopping the others. Its last words:\n{last_words(ended)}", file=sys.stderr)
    return 1


def first_ended(children: Children) -> str:
    return next((name for name, child in children.items() if child.poll() is not None), "")


def log_of(name: str) -> Path:
    return VAR / "log" / f"{name}.log"


def last_words(name: str) -> str:
    return "\n".join(log_of(name).read_text(errors="replace").splitlines()[-20:])


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
    Sign in           {here}/sign-in/         with the demo phone's number; the code comes to the phone
    Clerk's desk      {here}/admin/           clerk / demo-clerk-2026   (also keeper, approver, accounts, assessor,
                      helpdesk, auditor; all rights: admin / demo-admin-2026)
    Counter           {here}/admin/payments/shift/desk/   cashier / demo-clerk-2026
    Settlements       {here}/admin/payments/daytotals/    accounts / demo-clerk-2026: a reconciled yesterday, and three
                      open breaks the day before
    REST              {here}/api/schema/swagger/
    Gateway sandbox   {sandbox}/sim/

  Assessee numbers to try
    110260100051   this year's bills, rebate running, and an old one (LOI)
    110630200127   a supplementary bill and two years of arrears
    210880300219   nothing due
    310010100033   closed

  Trade licences to try
    CE/26/000051   this year's demand and an unpaid one before; property tax is due at the premises
    CE/26/000062   a godown: one year, several, or for life
    CE/26/000073   valid; close it at {here}/trade-licence/close/ with the demo phone of a licence holder
    CE/26/000084   closed; CE/26/000095 allotted and not yet paid

  The processes write to {logs}. Ctrl-C stops everything; the data is kept.
"""

if __name__ == "__main__":
    sys.exit(main())
