"""A production start with a secret that is none is refused, and says which. Each start is a process of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def start(tmp_path):
    """Run a command of manage.py with production's settings, changed as given."""

    def run(*command: str, **changes: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "VAR_DIR": str(tmp_path),
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
            "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
            "DEBUG": "off",
            "PUBLIC_BASE_URL": "https://portal.example.org",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
            **changes,
        }
        command = (sys.executable, "manage.py", *command)
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("name", ["SECRET_KEY", "TWILIO_AUTH_TOKEN"])
@pytest.mark.parametrize("value", ["", "change-me", "short", "your-token-goes-in-here"])
def test_production_without_a_secret_is_refused_by_name(start, name, value):
    ended = start("check", **{name: value})

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        f"{name} is missing or still a placeholder. Set it in the environment or in .env (see .env.example), "
        f"or set DEBUG=on on a developer's machine."
    )


def test_production_with_secrets_starts(start):
    ended = start("check")

    assert (ended.returncode, ended.stdout) == (0, "System check identified no issues (0 silenced).\n")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"CHAT_REPLY_VIA": "pigeon"}, "portal.E001"),
        ({"TWILIO_ACCOUNT_SID": "change-me"}, "portal.E002"),
        ({"PUBLIC_BASE_URL": "http://portal.example.org"}, "portal.E003"),
    ],
)
def test_deployment_check_names_what_is_missing(start, changes, fault):
    ended = start("check", "--deploy", **{"TWILIO_ACCOUNT_SID": f"AC{'a' * 32}", **changes})

    assert ended.returncode == 1
    assert fault in ended.stderr


def test_secrets_of_the_example_file_are_refused():
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))

    assert {example["SECRET_KEY"], example["TWILIO_AUTH_TOKEN"], example["TWILIO_ACCOUNT_SID"]} == {"change-me"}


def test_developer_needs_no_secret(start):
    assert start("check", DEBUG="on", SECRET_KEY="only-for-tests-and-development", TWILIO_AUTH_TOKEN="").returncode == 0


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (
            "gateway_sandbox",
            "CommandError: The gateway sandbox pays with play money, so it only starts where DEBUG is on.\n",
        ),
        ("seed_demo", "CommandError: The demo's people and passwords belong on no real system: DEBUG is off.\n"),
    ],
)
def test_play_things_are_refused_in_production(start, command, sentence):
    ended = start(command)

    assert (ended.returncode, ended.stderr) == (1, sentence)


def test_addresses_of_the_demo_phone_do_not_exist_in_production(start):
    ended = start("shell", "-v0", "-c", "from django.urls import resolve; resolve('/demo/phone/')")

    assert "Resolver404" in ended.stderr
