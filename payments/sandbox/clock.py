"""The sandbox's own time, which a tester can push forward."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Clock:
    """Real time plus what has been skipped; with a `source` that stands still, a time that moves only when told."""

    source: Callable[[], datetime] = field(default=_now)
    skipped: timedelta = timedelta()

    def __call__(self) -> datetime:
        return self.source() + self.skipped

    def advance(self, by: timedelta) -> None:
        self.skipped += by
