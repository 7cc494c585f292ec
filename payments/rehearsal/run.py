"""One run: steps drawn from a seed, everything checked after each, and quiet at the end."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import OperationalError

from payments.rehearsal import acts, line, mishaps
from payments.rehearsal.checks import Books, Finding, books, check, check_when_quiet, reached
from payments.rehearsal.mishaps import Crash
from payments.rehearsal.stage import staged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from payments.rehearsal.stage import Stage, Town

# Beyond the last question to the gateway, with a day for each of the daily ones.
QUIET = [
    *(timedelta(minutes=minutes) for minutes in (2, 10, 40)),
    *(timedelta(hours=hours) for hours in (3, 8)),
    *[timedelta(days=1)] * 10,
]
MEANWHILE_ONE_STEP_IN = 6


@dataclass(slots=True)
class Run:
    """What came of a seed. `trace` has a line for each step; the same seed and steps give the same trace.

    `acted` counts the steps that were taken before a `finding` ended the run; one that `fell_quiet` took them all.
    """

    seed: int
    steps: Sequence[int]
    trace: list[str] = field(default_factory=list)
    mishaps: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    books: Books = Books(0, 0, 0, 0, 0)
    finding: Finding | None = None
    acted: int = 0
    fell_quiet: bool = False

    @property
    def digest(self) -> str:
        """Equal for equal runs."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """Return the document of `rehearse --json`; amounts are paise."""
        return {
            "seed": self.seed,
            "steps": len(self.steps),
            "holds": self.finding is None,
            "digest": self.digest,
            "payments": self.books.payments,
            "amount_paise": self.books.paise,
            "mishaps": dict(sorted(self.mishaps.items())),
            "reached": dict(sorted(self.reached.items())),
            "finding": {"name": self.finding.name, "offender": self.finding.offender} if self.finding else None,
        }


def rehearse(*, seed: int, steps: Sequence[int], town: Town, falls_quiet: bool = True) -> Run:
    """Act the numbered steps of a seed on a scratch schema, then let everything come to its end.

    A step draws by itself, so leaving one out changes no other.
    """
    run = Run(seed, steps)
    with staged(town, seed=seed) as stage:
        try:
            for number in steps:
                run.acted += 1
                _step(run, stage, number)
            if falls_quiet:
                _fall_quiet(run, stage)
        except Finding as finding:
            run.finding = finding
        stage.line.clear()
        run.books = books()
        run.reached.update(reached())
    return run


def _step(run: Run, stage: Stage, number: int) -> None:
    rng = random.Random(f"{run.seed}/{number}")
    name, act = acts.draw(rng)
    mishap, fault, others = mishaps.drawn(rng), line.drawn_fault(rng), rng.choice(acts.MEANWHILE)
    stage.line.mishap, stage.line.fault = mishap, fault
    if rng.randrange(MEANWHILE_ONE_STEP_IN) == 0:
        stage.line.meanwhile = lambda: run.trace.append(f"  meanwhile {others(stage, rng)}")
    said = _acted(partial(act, stage, rng))
    happened = [*([mishap.kind] if mishap.has_happened else []), *([fault] if fault and not stage.line.fault else [])]
    stage.line.clear()
    run.mishaps.update(happened)
    run.trace.append("; ".join([f"{number} {name}: {said}", *happened]))
    _check(run, stage, said)


def _acted(act: Callable[[], object]) -> object:
    """Do an act and return what came of it; what no act may end with is returned as it was raised."""
    try:
        return act()
    except Crash:
        return "the process dies"
    except OperationalError:
        return "the database does not answer"
    except Exception as error:
        return error


def _check(run: Run, stage: Stage, said: object) -> None:
    """Prove what must always hold, and write down what the books have come to. :raises Finding:"""
    if isinstance(said, Exception):
        raise Finding("no step falls over", f"{type(said).__name__}: {said}") from said
    with stage.sandbox.world() as world:
        run.books = check(world, before=run.books, now=stage.clock())
    run.trace[-1] += f"; {run.books.payments} payments, {run.books.paise} paise"


def _fall_quiet(run: Run, stage: Stage) -> None:
    """Let ten days pass without faults. :raises Finding: something has not come to its end"""
    run.fell_quiet = True
    for by in QUIET:
        said = _acted(partial(acts.settle, stage, by))
        run.trace.append(f"quiet {by}")
        _check(run, stage, said)
    with stage.sandbox.world() as world:
        check_when_quiet(world, now=stage.clock())
    receipt = stage.town.not_told()
    if receipt:
        raise Finding("whoever asked in the chat is told in the chat", receipt)
