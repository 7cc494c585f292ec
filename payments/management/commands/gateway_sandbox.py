"""The BillDesk sandbox as its own process."""

from __future__ import annotations

import random
import signal
import threading
from os import environ
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from payments.sandbox.app import Sandbox
from payments.sandbox.merchants import DEVELOPMENT_KEY, merchants_from
from payments.sandbox.server import Server

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

FILE_NAME = "gateway_sandbox.json"


class Command(BaseCommand):
    help = "Runs a test BillDesk on a port: no real money moves. Only where DEBUG is on."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.SANDBOX_PORT)
        parser.add_argument("--public-url", default="", help="address under which browsers reach it, when another")
        parser.add_argument("--webhook-base", default=settings.PUBLIC_BASE_URL, help="the portal's address")
        parser.add_argument("--merchants", default=environ.get("BILLDESK_SANDBOX_MERCHANTS", ""), help="a JSON list")
        parser.add_argument("--seed", type=int, help="makes every reference repeatable")

    def handle(self, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The gateway sandbox pays with play money, so it only starts where DEBUG is on.")
        stopping = threading.Event()
        for wanted in (signal.SIGTERM, signal.SIGINT):
            signal.signal(wanted, lambda *_: stopping.set())
        try:
            server = Server(self._sandbox(options), host=options["host"], port=options["port"])
        except (OSError, ValueError) as problem:
            raise CommandError(f"The gateway sandbox cannot start: {problem}.") from problem
        with server:
            self.stdout.write(f"Gateway sandbox: {server.url}/sim/ (no real money moves)")
            self.stdout.flush()
            stopping.wait()

    def _sandbox(self, options: dict[str, Any]) -> Sandbox:
        key = environ.get("BILLDESK_SANDBOX_KEY") or DEVELOPMENT_KEY
        return Sandbox(
            merchants_from(options["merchants"], key=key, webhook_base=options["webhook_base"]),
            rng=None if options["seed"] is None else random.Random(options["seed"]),
            public_url=options["public_url"].rstrip("/"),
            file=settings.VAR_DIR / FILE_NAME,
        )
