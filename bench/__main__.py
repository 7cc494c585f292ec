"""Run the benchmarks: exit 0 when every verdict holds, 1 when one does not."""

from __future__ import annotations

import argparse
import os
import secrets
import socket
import sys
from importlib import import_module
from pathlib import Path

from bench.measure import FULL, HEADER, QUICK

# The last one empties the city.
BENCHMARKS = [
    "dues",
    "whole_book",
    "demand_run",
    "licenses",
    "posting",
    "chat_turn",
    "chat_load",
    "understanding",
    "servers",
    "search",
    "settlements",
    "desk",
    "imports",
]


def main() -> int:
    asked = arguments()
    stand_apart()
    import django  # noqa: PLC0415 - settings read the environment prepared above

    django.setup()
    from bench import city  # noqa: PLC0415 - needs the settings

    size = QUICK if asked.quick else FULL
    print(f"A city of {size.assessees} assessees, {size.rounds} rounds; ratios are taken inside a round.", flush=True)
    city.rebuild(size.assessees)
    print(HEADER, flush=True)
    failed = 0
    for name in asked.names or BENCHMARKS:
        for line in import_module(f"bench.{name}").measure(size):
            print(line, flush=True)
            failed += not line.holds
    print(f"Verdicts that fail: {failed}." if failed else "Every verdict holds.")
    return 1 if failed else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small city and short rounds")
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"one or more of {', '.join(BENCHMARKS)}; all by default"
    )
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    return asked


def stand_apart() -> None:
    """Choose production's settings and a database of our own, whatever the environment or a running demo says."""
    home = Path(os.environ.get("VAR_DIR") or Path(__file__).resolve().parent.parent / "var") / "bench"
    home.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "VAR_DIR": str(home),
        "DATABASE_URL": "",
        "DEBUG": "off",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{free_port()}",
        "SECRET_KEY": secrets.token_hex(32),
        "TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "CHAT_REPLY_VIA": "twiml",
    }


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main())
