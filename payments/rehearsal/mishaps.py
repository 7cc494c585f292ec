"""What may go wrong inside the portal: its process dies, or the database does not answer, at a boundary that is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import OperationalError

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    Done = TypeVar("Done")

DIES_BEFORE, DIES_AFTER, DATABASE_AWAY = "dies before", "dies after", "database away"
KINDS = (DIES_BEFORE, DIES_AFTER, DATABASE_AWAY)
ONE_STEP_IN = 4
# About as many as the statements of an act; a boundary that an act does not reach is no mishap.
LAST_BOUNDARY = 14


class Crash(BaseException):
    """The process has ended here. No `except Exception` of the portal sees it, as none would."""


@dataclass(slots=True)
class Mishap:
    """One thing that goes wrong at the `at`-th boundary of a step: a statement, or a request to the gateway.

    To die before the next statement is to die after the last commit, so these places are all there are.
    """

    kind: str = ""
    at: int = 0
    passed: int = 0

    @property
    def has_happened(self) -> bool:
        return bool(self.kind) and self.passed >= self.at

    def on_statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Let a statement through, or not: an execute wrapper of the connection."""
        return self.around(lambda: execute(sql, params, many, context), may_be_away=True)

    def around(self, act: Callable[[], Done], *, may_be_away: bool = False) -> Done:
        """Do what stands at a boundary. :raises Crash: before or after it :raises OperationalError: instead"""
        self.passed += 1
        if not self.kind or self.passed != self.at:
            return act()
        if self.kind == DIES_BEFORE:
            raise Crash
        if self.kind == DATABASE_AWAY and may_be_away:
            raise OperationalError("the database does not answer")
        done = act()
        if self.kind == DIES_AFTER:
            raise Crash
        return done


def drawn(rng: Random) -> Mishap:
    """Draw a step's mishap; most steps have none."""
    kind, at = rng.choice(KINDS), rng.randint(1, LAST_BOUNDARY)
    return Mishap(kind, at) if rng.randrange(ONE_STEP_IN) == 0 else Mishap()
