"""The browser: a message is sent by being stored, and read when the page is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from chatbot.channels.base import Delivery, Inbound, Limits, RawRequest
from chatbot.engine.steps import Reply


@dataclass(frozen=True, slots=True)
class WebChannel:
    """The page at /chat/. Its messages come in through the page's own form."""

    code: ClassVar[str] = "web"
    limits: ClassVar[Limits] = Limits(text_chars=1600, free_window=None)

    def read(self, _request: RawRequest, /) -> Sequence[Inbound | Delivery]:
        return []

    def draw(self, reply: Reply, /) -> str:
        """Return the text alone: the page has a button for each option."""
        return reply.text

    def send(self, *, recipient: str, reply: Reply, reference: str) -> str:
        return f"web:{reference}"

    def find(self, *, recipient: str, reply: Reply, since: datetime) -> str:
        return ""

    def send_template(self, *, recipient: str, template: str, variables: Mapping[str, str], reference: str) -> str:
        return f"web:{reference}"
