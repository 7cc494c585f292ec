"""Where a conversation stands between two messages, and what one message leads to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from chatbot.engine.steps import Option, Reply

NO_ANSWERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class State:
    """Where a conversation stands. No dialog: at the menu. `offered` is the last list of options that was sent.

    `said_at` (seconds since 1970) is when answers were given last, zero while there are none. `paused`: so long ago that
    its citizen has to say whether to go on. `missed` counts the messages in a row that led nowhere.
    """

    language: str = ""
    dialog: str = ""
    version: int = 0
    key: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    offered: tuple[Option, ...] = ()
    said_at: int = 0
    paused: bool = False
    missed: int = 0

    def as_json(self, beside: Mapping[str, object] = NO_ANSWERS) -> str:
        """Return the state as it is stored, only what is set, with what somebody else keeps beside it."""
        held = {name: getattr(self, name) for name in STORED}
        return json.dumps({name: value for name, value in held.items() if value} | dict(beside), ensure_ascii=False)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> State:
        """Return the state of `as_json`; what is missing is empty, what another version stored is left out."""
        held = {name: stored[name] for name in STORED if name in stored}
        return cls(**{**held, "offered": tuple((name, label) for name, label in held.get("offered", ()))})


STORED = tuple(each.name for each in fields(State))


@dataclass(frozen=True, slots=True)
class Turn:
    """What one message leads to: the next state, and the one reply.

    For counting: the service that was run, and whether the message was refused, asked about, or not understood.
    """

    state: State
    reply: Reply
    dialog: str = ""
    outcome: str = ""
