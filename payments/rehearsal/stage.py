"""One portal, one bank, one town and one clock in one process; and the time that everybody there goes by."""

from __future__ import annotations

import logging
import random
import secrets
from base64 import urlsafe_b64encode
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol
from unittest import mock

from celery import current_app
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from kmc_portal.common.clock import day_of
from payments.gateways.billdesk import BillDesk
from payments.gateways.registry import BUILDERS, gateway_for
from payments.models import GatewayAccount
from payments.rehearsal import counter_acts
from payments.rehearsal.checks import planned
from payments.rehearsal.line import Line
from payments.rehearsal.scratch import scratch_schema
from payments.sandbox.app import Sandbox
from payments.sandbox.clock import Clock
from payments.sandbox.records import Merchant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from datetime import date

    from payments.gateways.base import Credentials, Gateway
    from payments.rehearsal.letters import Letter

# The third quarter of 2026-27: rebates run, and some end within the days of a run.
BEGINS_AT = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
GATEWAY, ACCOUNT = "rehearsal", "billdesk"
BANK = "http://bank.example"
MERCHANT = Merchant("KMCSIM", "kmcsim", ("a-key-of-the-rehearsal-and-no-other",), "")


class Town(Protocol):
    """Who pays, and for what: payments knows no bill and no conversation."""

    def settle(self, rng: random.Random, *, now: datetime) -> None:
        """Write everybody and what they owe."""

    def ask_to_pay(self, rng: random.Random) -> str:
        """Have one of them ask to pay, through some door. Returns the token of the link, empty when there is none."""

    def pay_elsewhere(self, rng: random.Random, *, on: date) -> bool:
        """Have a bill paid outside the portal. Says whether there was one."""

    def bill(self, rng: random.Random, *, on: date) -> str:
        """Present a bill to one of them, first to those for whom something is kept. Returns what came of that, in a word or two."""

    def not_told(self) -> str:
        """Return a receipt whose payer waits for it in vain, empty when there is none."""


@dataclass(slots=True)
class Stage:
    """What the acts of a run are done with. `orders` are tokens of payment links, `pages` the bank's order numbers."""

    town: Town
    clock: Clock
    sandbox: Sandbox
    line: Line
    browser: Client = field(default_factory=Client)
    orders: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    travelling: list[Letter] = field(default_factory=list)
    arrived: list[Letter] = field(default_factory=list)

    @property
    def today(self) -> date:
        return day_of(self.clock())


@contextmanager
def staged(town: Town, *, seed: int) -> Iterator[Stage]:
    """Set everything up on a scratch schema, with the portal's doors reading this clock, and take it down again."""
    clock = Clock(lambda: BEGINS_AT)
    sandbox = Sandbox([MERCHANT], clock=clock, rng=random.Random(f"bank {seed}"), public_url=BANK)
    line = Line(sandbox)
    current_app.loader.import_default_modules()
    with ExitStack() as taken_down:
        taken_down.enter_context(_silence())
        # As in production: where DEBUG is on, Django writes every statement down, which is a fifth of a run.
        taken_down.enter_context(override_settings(DEBUG=False))
        taken_down.enter_context(scratch_schema())
        taken_down.enter_context(planned())
        taken_down.enter_context(mock.patch.object(timezone, "now", clock))
        taken_down.enter_context(_chance(random.Random(f"chance {seed}")))
        taken_down.enter_context(_gateway(line, clock))
        taken_down.enter_context(connection.execute_wrapper(lambda *said: line.mishap.on_statement(*said)))
        GatewayAccount.objects.create(
            code=ACCOUNT,
            gateway=GATEWAY,
            merchant_id=MERCHANT.merchant_id,
            client_id=MERCHANT.client_id,
            base_url=BANK,
            secret_names="",
        )
        counter_acts.set_up()
        town.settle(random.Random(f"town {seed}"), now=clock())
        yield Stage(town, clock, sandbox, line)


@contextmanager
def _silence() -> Iterator[None]:
    """Write no log: what goes wrong here was meant to, and the trace tells of it."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _chance(rng: random.Random) -> AbstractContextManager[object]:
    """Draw tokens and references from a seed too, so that a run can be followed by them from one time to the next."""
    return mock.patch.multiple(
        secrets,
        choice=rng.choice,
        token_bytes=rng.randbytes,
        token_hex=lambda size: rng.randbytes(size).hex(),
        token_urlsafe=lambda size: urlsafe_b64encode(rng.randbytes(size)).rstrip(b"=").decode(),
    )


@contextmanager
def _gateway(line: Line, clock: Clock) -> Iterator[None]:
    """Add the gateway that speaks over this line. Its key needs no name in the environment."""

    def build(credentials: Credentials) -> Gateway:
        return BillDesk(replace(credentials, secrets=MERCHANT.secrets), clock=clock, transport=line)

    gateway_for.cache_clear()
    BUILDERS[GATEWAY] = build
    try:
        yield
    finally:
        del BUILDERS[GATEWAY]
        gateway_for.cache_clear()
