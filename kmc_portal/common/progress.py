"""A bar on standard error for what takes minutes."""

from __future__ import annotations

import sys

WIDTH = 40


class ProgressBar:
    """Draws how much of `total` is done: in place on a terminal, a line every tenth elsewhere. Nothing when total is 0."""

    def __init__(self, total: int, unit: str) -> None:
        self._total, self._unit = total, unit
        self._is_terminal = sys.stderr.isatty()
        self._tenths = 0

    def show(self, done: int) -> None:
        """Draw the bar for `done` of the total."""
        if self._total == 0:
            return
        share = min(done, self._total) * 100 // self._total
        if self._is_terminal:
            filled = share * WIDTH // 100
            end = "\n" if share == 100 else ""
            print(f"\r[{'#' * filled:{WIDTH}}] {share:3} %  {done} {self._unit}", end=end, file=sys.stderr, flush=True)
        elif share // 10 > self._tenths:
            self._tenths = share // 10
            print(f"{share:3} %  {done} {self._unit}", file=sys.stderr, flush=True)
