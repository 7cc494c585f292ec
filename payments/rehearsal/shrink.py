"""From a long run that fails to a short one: steps are left out as long as the same thing is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payments.rehearsal.run import rehearse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from payments.rehearsal.run import Run
    from payments.rehearsal.stage import Town

MOST_TRIES = 80


def shrunk(run: Run, *, town: Town, tries: int = MOST_TRIES) -> Run:
    """Return the shortest run that was found, in so many tries, to end as a failed run did."""
    best = _again(run, run.steps[: run.acted], town) or run
    size = len(best.steps) // 2
    while size and tries > 0:
        for steps in _without(best.steps, size):
            tries -= 1
            found = _again(run, steps, town)
            if found or tries <= 0:
                best = found or best
                break
        else:
            size //= 2
        size = min(size, len(best.steps) // 2)
    return best


def _without(steps: Sequence[int], size: int) -> Iterator[list[int]]:
    """Leave out so many steps at a time, the last ones first: what a step needs came before it."""
    for end in range(len(steps), 0, -size):
        yield [*steps[: max(0, end - size)], *steps[end:]]


def _again(run: Run, steps: Sequence[int], town: Town) -> Run | None:
    """Return the run of these steps when it ends as the other one did."""
    found = rehearse(seed=run.seed, steps=steps, town=town, falls_quiet=run.fell_quiet)
    is_same = found.finding and run.finding and found.finding.name == run.finding.name
    return found if is_same else None
