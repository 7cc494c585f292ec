"""Brings webhooks to the merchants. Each one travels in a thread of its own, so that no merchant waits for another."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import httpx

from payments.sandbox import voices

if TYPE_CHECKING:
    from payments.sandbox.app import Sandbox
    from payments.sandbox.records import Webhook

PATIENCE_SECONDS = 10.0
AT_ONCE = 8


class Courier:
    """What is due leaves on `start_due`; `deliver_due` also waits until it has arrived or come back."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._travelling: dict[int, threading.Thread] = {}
        self._http = httpx.Client(timeout=PATIENCE_SECONDS, limits=httpx.Limits(max_keepalive_connections=0))

    def deliver_due(self) -> None:
        self.start_due()
        for thread in list(self._travelling.values()):
            thread.join()

    def start_due(self) -> None:
        with self._sandbox.world(changes=False) as world:
            due = [webhook for webhook in world.due_webhooks() if webhook.webhook_id not in self._travelling]
            for webhook in due[: AT_ONCE - len(self._travelling)]:
                thread = threading.Thread(target=self._bring, args=(webhook,), daemon=True)
                self._travelling[webhook.webhook_id] = thread
                thread.start()

    def _bring(self, webhook: Webhook) -> None:
        with self._sandbox.world(changes=False) as world:
            merchant = world.merchants[webhook.merchant_id]
        body, headers = voices.posted(webhook, merchant)
        try:
            answer = self._http.post(merchant.webhook_url, content=body, headers=headers)
            said, accepted = str(answer.status_code), answer.is_success
        except httpx.HTTPError as problem:
            said, accepted = type(problem).__name__, False
        with self._sandbox.world() as world:
            world.delivered(webhook, answer=said, accepted=accepted)
            del self._travelling[webhook.webhook_id]
