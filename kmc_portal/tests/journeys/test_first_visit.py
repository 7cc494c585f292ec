"""What a first visit costs on a slow line: from the front page to the dues, as the web server sends it in production."""

from __future__ import annotations

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from kmc_portal.tests.journeys.conftest import READY_WITHIN_SECONDS, ROOT, bare_environment, free_port

pytestmark = [pytest.mark.journey, pytest.mark.browser, pytest.mark.timeout(300)]
NUMBER = "110260100051"
WITH_FONTS, WITHOUT_FONTS = 100_000, 30_000


@pytest.fixture(scope="module")
def server(portal, tmp_path_factory) -> Iterator[str]:
    """gunicorn as shipped, with collected files and DEBUG off, on the demo's database."""
    port, key = free_port(), secrets.token_urlsafe(50)
    url = f"http://127.0.0.1:{port}"
    static = tmp_path_factory.mktemp("static")
    environment = bare_environment(
        VAR_DIR=str(portal.var), STATIC_ROOT=str(static), DEBUG="off", SECRET_KEY=key, TWILIO_AUTH_TOKEN=key,
        PUBLIC_BASE_URL=url,
    )  # fmt: skip
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"]
    subprocess.run(collect, cwd=ROOT, env=environment, check=True, capture_output=True)
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "kmc_portal.wsgi",
        "-c",
        "kmc_portal/gunicorn.py",
        "-b",
        f"127.0.0.1:{port}",
    ]
    with (Path(static) / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    wait_for(f"{url}/healthz")
    yield url
    process.terminate()
    process.wait(timeout=30)


def wait_for(address: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(address).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"{address} does not answer")


@pytest.mark.parametrize("language", ["bn", "hi", "en"])
def test_first_visit_of_the_dues_is_light(server, browser: Browser, language):
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    received: dict[str, tuple[str, int]] = {}  # by address: its kind, and bytes on the wire with their headers
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.responseReceived", lambda event: received.update({event["requestId"]: kind_of(event)}))
    wire.on("Network.loadingFinished", lambda event: add(received, event))

    page.goto(f"{server}/{language}/")
    page.locator("main input[type=text]").first.fill(NUMBER)
    page.locator("main form button").first.click()
    page.wait_for_url("**/property-tax/?assessee_number=**")
    page.evaluate("document.fonts.ready")
    page.wait_for_load_state("networkidle")
    context.close()

    fonts = sum(size for kind, size in received.values() if kind == "Font")
    everything = sum(size for _kind, size in received.values())
    assert everything < WITH_FONTS, received
    assert everything - fonts < WITHOUT_FONTS, received
    assert (fonts > 50_000) == (language != "en"), received


def kind_of(event: dict) -> tuple[str, int]:
    return event["type"], 0


def add(received: dict[str, tuple[str, int]], event: dict) -> None:
    kind, _before = received.get(event["requestId"], ("Other", 0))
    received[event["requestId"]] = (kind, int(event["encodedDataLength"]))


def test_every_file_of_a_page_is_kept_for_ever_and_compressed(server):
    page = httpx.get(f"{server}/bn/", headers={"Accept-Encoding": "br, gzip"})
    files = [word.split('"')[0] for word in page.text.split('"/static/')[1:]]

    answers = [httpx.get(f"{server}/static/{name}", headers={"Accept-Encoding": "br, gzip"}) for name in files]

    assert page.headers["Content-Encoding"] == "gzip"
    assert {answer.headers["Cache-Control"] for answer in answers} == {"max-age=315360000, public, immutable"}
    assert [str(answer.url) for answer in answers if "Content-Encoding" not in answer.headers] == []


def test_what_a_machine_is_answered_is_not_compressed(server):
    answer = httpx.post(
        f"{server}/hooks/twilio/inbound/", data={"From": "x" * 400}, headers={"Accept-Encoding": "gzip"}
    )

    assert (answer.status_code, "Content-Encoding" in answer.headers) == (403, False)
