"""The whole portal as real processes on free ports, and somebody who plays Twilio's side of the wire."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from django.utils.datastructures import MultiValueDict

from chatbot.phone.content_rules import check_content
from chatbot.phone.drawing import Drawn, drawn, filled
from chatbot.phone.rules import RuleBroken, check_message
from kmc_portal.tests.journeys.citizen import ACCOUNT_SID, AUTH_TOKEN

ROOT = Path(__file__).resolve().parents[3]
READY_WITHIN_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Bubble:
    """What a phone shows of one message: words with choices (id, title, description) and links (title, address), or a paper."""

    sid: str
    to: str
    form: MultiValueDict
    shown: Drawn

    @property
    def media(self) -> str:
        return self.form.get("MediaUrl", "")


class Twilio:
    """Takes what the portal sends through Twilio's SDK, as Twilio would, and refuses what Twilio would refuse."""

    def __init__(self) -> None:
        self.sent: list[Bubble] = []
        self.contents: dict[str, Drawn] = {}
        self.broken: list[str] = []
        twilio = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.answer(*twilio.take(self.path, body, self.headers["Authorization"]))

            def do_GET(self):
                self.answer(200, {"whatsapp": {"status": "approved"}, "messages": []})

            def answer(self, status, document):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(document).encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path: str, body: str, authorization: str) -> tuple[int, dict[str, object]]:
        """Return the status and the document with which Twilio answers."""
        if authorization != "Basic " + b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode():
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        try:
            if path.endswith(f"/{ACCOUNT_SID}/Messages.json"):
                return 201, self.message(MultiValueDict(parse_qs(body, keep_blank_values=True)))
            return 201, self.content(path, json.loads(body))
        except RuleBroken as broken:
            self.broken.append(f"{path} {broken} {body}")
            return broken.status, {"code": broken.code, "message": str(broken), "status": broken.status}

    def message(self, form: MultiValueDict) -> dict[str, object]:
        check_message(form)
        made = self.contents.get(form.get("ContentSid", ""), Drawn(form.get("Body", ""), [], []))
        shown = Drawn(*(filled(each, form.get("ContentVariables", "")) for each in made))
        bubble = Bubble(f"SM{len(self.sent):032x}", form["To"], form, shown)
        self.sent.append(bubble)
        return {"sid": bubble.sid, "status": "queued"}

    def content(self, path: str, asked: dict) -> dict[str, object]:
        if path != "/v1/Content":
            return {"name": asked["name"], "category": asked["category"], "status": "received"}
        check_content(asked)
        sid = f"HX{len(self.contents):032x}"
        self.contents[sid] = drawn(asked["types"])
        return {"sid": sid, **asked}

    def bubbles_to(self, address: str, *, count: int = 1) -> list[Bubble]:
        """Wait until `count` messages have gone to an address and return them."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = [bubble for bubble in list(self.sent) if bubble.to == address]
            if len(found) >= count:
                return found
            time.sleep(0.2)
        raise AssertionError(f"no message to {address}; sent were {self.sent}; broken were {self.broken}")

    def messages_to(self, address: str, *, count: int = 1) -> list[str]:
        """Wait until `count` messages have gone to an address and return their texts."""
        return [bubble.shown.body for bubble in self.bubbles_to(address, count=count)]


@dataclass
class Portal:
    """A running portal."""

    url: str
    var: Path
    process: subprocess.Popen
    environment: dict[str, str] = field(repr=False, default_factory=dict)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run a command beside the portal, as an operator would."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


def bare_environment(**changes: str) -> dict[str, str]:
    """What a newcomer's shell has, and no setting of ours."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **changes}


def start_portal(var: Path, log: Path, **changes: str) -> Portal:
    """Start `make demo`'s processes and wait until they are ready."""
    port = free_port()
    environment = bare_environment(VAR_DIR=str(var), PORT=str(port), SANDBOX_PORT=str(free_port()), **changes)
    command = [sys.executable, "-m", "kmc_portal.demo"]
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    portal = Portal(f"http://127.0.0.1:{port}", var, process, bare_environment(VAR_DIR=str(var)))
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while "The portal is ready" not in log.read_text():
        assert process.poll() is None, log.read_text()[-4000:]
        assert time.monotonic() < deadline, log.read_text()[-4000:]
        time.sleep(0.2)
    return portal


def stop_portal(portal: Portal) -> int:
    portal.process.send_signal(signal.SIGINT)
    return portal.process.wait(timeout=30)


@pytest.fixture(scope="session")
def twilio() -> Iterator[Twilio]:
    found = Twilio()
    yield found
    found.server.shutdown()
    found.server.server_close()
    assert found.broken == []


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder for a portal. As root, PostgreSQL runs as another user, who may not enter the folders pytest makes."""
    with tempfile.TemporaryDirectory(prefix="portal-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    with open_folder() as found:
        yield found


@pytest.fixture(scope="session")
def portal(folder: Path, twilio: Twilio) -> Iterator[Portal]:
    """One portal for all journeys; each citizen has a number and a bill of their own."""
    found = start_portal(
        folder / "var",
        folder / "log",
        TWILIO_ACCOUNT_SID=ACCOUNT_SID,
        TWILIO_AUTH_TOKEN=AUTH_TOKEN,
        TWILIO_API_BASE_URL=twilio.url,
    )
    yield found
    books = found.manage("verify_books", "--json")
    stop_portal(found)
    assert json.loads(books.stdout)["holds"] is True, books.stdout


@pytest.fixture
def web(portal: Portal) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=portal.url, follow_redirects=True, timeout=20) as client:
        yield client
