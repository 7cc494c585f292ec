"""What every chat channel can do, and the plain values that go in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from django.utils.datastructures import MultiValueDict

from chatbot.engine.steps import Reply


class ChannelError(Exception):
    """A message that did not go out, or one that may not come in; the subclass says what may be done next."""

    def __init__(self, reason: str = "", *, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


class ChannelBusy(ChannelError):
    """Not now: the same message may be tried again later."""


class MaybeSent(ChannelBusy):
    """The answer was lost: the message may have gone out, so `find` it before it is sent again."""


class RecipientUnreachable(ChannelError):
    """Never: blocked, stopped, or not on this channel."""


class WindowClosed(ChannelError):
    """Only an approved template may go to this person now."""


class SignatureRejected(ChannelError):
    """Not from the provider, or not for this account. The reason is a short word fit for counting."""


@dataclass(frozen=True, slots=True)
class RawRequest:
    """What came in: the path with its query as the server saw it, the form untouched, the headers by lower-case name."""

    path: str
    form: MultiValueDict[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message of a citizen. `address` is opaque and all that identifies the sender; `provider_id` is given once.

    Where a button was tapped, `text` is its id or its place, `label` what stands on it if that is known, and `replied_to`
    the provider's number of the message that it hangs under.
    """

    provider_id: str
    address: str
    text: str
    replied_to: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message of ours. A `rank` never goes back: a later report with a lower one is old news."""

    provider_id: str
    address: str
    status: str
    rank: int
    error_code: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What fits. `free_window` is how long after a message of the citizen free text may be sent; None is for ever."""

    text_chars: int
    free_window: timedelta | None
    takes_documents: bool = False


class ChatChannel(Protocol):
    """A way to talk to people."""

    code: ClassVar[str]
    limits: ClassVar[Limits]

    def read(self, request: RawRequest, /) -> Sequence[Inbound | Delivery]:
        """Verify and decode what came in; nothing when it holds nothing of ours. :raises SignatureRejected:"""

    def draw(self, reply: Reply, /) -> str:
        """Return the text of a reply as this channel shows it, with the options where it has no buttons for them."""

    def send(self, *, recipient: str, reply: Reply, reference: str) -> str:
        """Send and return the provider's id. `reference` comes back with what becomes of the message.

        A paper is sent instead of its words where `limits.takes_documents`.

        :raises ChannelBusy, MaybeSent, RecipientUnreachable, WindowClosed:
        """

    def find(self, *, recipient: str, reply: Reply, since: datetime) -> str:
        """Return the provider's id of a message like this one sent since then, empty when there is none.

        :raises ChannelBusy:
        """

    def send_template(self, *, recipient: str, template: str, variables: Mapping[str, str], reference: str) -> str:
        """Send an approved template and return the provider's id. :raises ChannelBusy, RecipientUnreachable:"""


def numbered(reply: Reply) -> str:
    """Draw a reply as text, its options as numbered lines: the digits of every keypad, which any script's digits answer."""
    if not reply.options:
        return reply.text
    lines = (f"{number}. {label}" for number, (_name, label) in enumerate(reply.options, start=1))
    return reply.text + "\n" + "\n".join(lines)
