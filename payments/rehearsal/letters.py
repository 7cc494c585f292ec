"""What travels from the bank to the portal: browsers that come back, and webhooks. Both get lost, doubled and spoilt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from payments.sandbox import jose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payments.sandbox.records import Webhook
    from payments.sandbox.world import World

RETURN, WEBHOOK = "return", "webhook"
FORM, TOKEN = "application/x-www-form-urlencoded", "application/jose"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message on its way to the portal. `webhook` is the bank's record of it, which knows when to try again."""

    source: str
    content_type: str
    body: bytes
    webhook: Webhook | None = None

    @property
    def spoilt(self) -> Letter:
        """The same with one letter changed under the signature, or in the order's number where there is none."""
        start, dot, rest = self.body.partition(b".")
        if not dot:
            return Letter(self.source, self.content_type, self.body.replace(b"orderid=", b"orderid=X"), self.webhook)
        changed = b"B" if rest[:1] == b"A" else b"A"
        return Letter(self.source, self.content_type, start + dot + changed + rest[1:], self.webhook)


def returned(fields: Mapping[str, str]) -> Letter:
    """Return what a browser brings back from the bank's page."""
    return Letter(RETURN, FORM, urlencode(fields).encode())


def due_webhooks(world: World) -> list[Letter]:
    """Return what the bank's server wants to tell the portal now, signed."""
    return [
        Letter(
            WEBHOOK,
            TOKEN,
            jose.seal(webhook.content, world.merchants[webhook.merchant_id], forged=webhook.forged).encode(),
            webhook,
        )
        for webhook in world.due_webhooks()
    ]
