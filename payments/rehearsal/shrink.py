"""From a long run that fails to a short one: steps are left out as long as the same thing is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payments.rehearsal.run import rehearse
from payments.rehearsal.scratch import kept_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payments.rehearsal.run import Run
    from payments.rehearsal.stage import Town

MOST_TRIES = 100


def shrunk(run: Run, *, town: Town, tries: int = MOST_TRIES) -> Run:
    """Return the shortest run that was found, in so many tries, to end as a failed run did.

    Halves are left out first, then quarters and so on, each time from the end: what a step needs came before it. Unless the
    tries end before, none of the steps that are left can be left out by itself.
    """
    with kept_schema():
        best = _again(run, run.steps[: run.acted], town) or run
        size = len(best.steps) // 2
        while size and tries > 0:
            before = len(best.steps)
            for end in range(len(best.steps), 0, -size):
                rest = [*best.steps[: max(0, end - size)], *best.steps[end:]]
                best = _again(run, rest, town) or best
                tries -= 1
            # A step may have been there only for one that has gone since.
            if len(best.steps) == before:
                size //= 2
    return best


def _again(run: Run, steps: Sequence[int], town: Town) -> Run | None:
    """Return the run of these steps when it ends as the other one did."""
    found = rehearse(seed=run.seed, steps=steps, town=town, falls_quiet=run.fell_quiet)
    is_same = found.finding and run.finding and found.finding.name == run.finding.name
    return found if is_same else None
