"""The line to the bank: requests that never leave, answers that are lost or spoiled, and what happens while one waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from django.db import connection

from payments.rehearsal.mishaps import Mishap

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from payments.sandbox.app import Sandbox

NEVER_LEFT, ANSWER_LOST = "never left", "answer lost"
# The sandbox spoils its next answer when it is told one of these.
SPOILT = ("unavailable", "garbage", "forged", "other_client")
FAULTS = (NEVER_LEFT, ANSWER_LOST, ANSWER_LOST, *SPOILT)
ONE_STEP_IN = 4


def drawn_fault(rng: Random) -> str:
    """Draw what befalls a step's first request to the bank; mostly nothing does."""
    fault = rng.choice(FAULTS)
    return fault if rng.randrange(ONE_STEP_IN) == 0 else ""


class HeldTransaction(Exception):
    """The portal asked the bank with a transaction open: rows would stay locked for as long as the bank likes."""


class Line(httpx.BaseTransport):
    """Carries the portal's requests to a sandbox in the same process. What is set for a step falls on its first request."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._inner = httpx.WSGITransport(app=sandbox)
        self.clear()

    def clear(self) -> None:
        """Let everything through from here on."""
        self.fault = ""
        self.mishap = Mishap()
        self.meanwhile: Callable[[], None] | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if connection.in_atomic_block:
            raise HeldTransaction(request.url.path)
        fault, self.fault = self.fault, ""
        meanwhile, self.meanwhile = self.meanwhile, None
        if fault == NEVER_LEFT:
            raise httpx.ConnectError("nobody there", request=request)
        answer = self.mishap.around(lambda: self._carry(request, fault))
        if meanwhile:
            meanwhile()
        if fault == ANSWER_LOST:
            raise httpx.ReadTimeout("no answer", request=request)
        return answer

    def _carry(self, request: httpx.Request, fault: str) -> httpx.Response:
        with self._sandbox.world() as world:
            world.faults = [fault] if fault in SPOILT else []
        answer = self._inner.handle_request(request)
        answer.read()
        return answer
