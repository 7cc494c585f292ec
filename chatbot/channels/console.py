"""The terminal: what `manage.py chat` and the transcripts speak through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from chatbot.channels.base import Delivery, Inbound, Limits, RawRequest, numbered
from chatbot.engine.steps import Reply


@dataclass(slots=True)
class ConsoleChannel:
    """A channel without a network: nothing comes in by request, and what is sent is kept in `sent`."""

    code: ClassVar[str] = "console"
    limits: ClassVar[Limits] = Limits(text_chars=1600, free_window=None)

    sent: list[str] = field(default_factory=list)

    def read(self, _request: RawRequest, /) -> Sequence[Inbound | Delivery]:
        return []

    def draw(self, reply: Reply, /) -> str:
        return numbered(reply)

    def send(self, *, recipient: str, reply: Reply, reference: str) -> str:
        self.sent.append(numbered(reply))
        return f"console:{recipient}:{reference}"

    def find(self, *, recipient: str, reply: Reply, since: datetime) -> str:
        return ""

    def send_template(self, *, recipient: str, template: str, variables: Mapping[str, str], reference: str) -> str:
        return self.send(recipient=recipient, reply=Reply(f"{template} {dict(variables)}"), reference=reference)
