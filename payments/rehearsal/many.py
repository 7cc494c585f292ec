"""Many seeds: dealt out in shares, each share on one scratch schema, several at once in processes of their own."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import django
from django.db import connection

from payments.rehearsal.run import rehearse
from payments.rehearsal.scratch import kept_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from payments.rehearsal.run import Run
    from payments.rehearsal.stage import Town

# So many runs share a schema: beside them its migrations weigh nothing, and nobody waits long for the next word.
SHARE = 25


@dataclass(slots=True)
class Tally:
    """What came of some seeds: how often each mishap happened, and the document of every run that failed."""

    seeds: int = 0
    payments: int = 0
    paise: int = 0
    mishaps: Counter[str] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)
    broken: list[dict[str, Any]] = field(default_factory=list)

    def count(self, run: Run) -> None:
        self.seeds += 1
        self.payments += run.books.payments
        self.paise += run.books.paise
        self.mishaps.update(run.mishaps)
        self.reached.update(run.reached)
        if run.finding:
            self.broken.append(run.as_json())

    def add(self, other: Tally) -> None:
        self.seeds += other.seeds
        self.payments += other.payments
        self.paise += other.paise
        self.mishaps.update(other.mishaps)
        self.reached.update(other.reached)
        self.broken = sorted([*self.broken, *other.broken], key=lambda one: one["seed"])

    def as_json(self) -> dict[str, Any]:
        """Return the document of `rehearse --seeds N --json`; amounts are paise."""
        return {
            "seeds": self.seeds,
            "holds": not self.broken,
            "payments": self.payments,
            "amount_paise": self.paise,
            "mishaps": dict(sorted(self.mishaps.items())),
            "reached": dict(sorted(self.reached.items())),
            "broken": self.broken,
        }


def rehearse_many(*, seeds: Sequence[int], steps: int, town: Callable[[], Town], processes: int) -> Iterator[Tally]:
    """Yield the tally of all that is done so far, after each share of the seeds. A run that fails stops no other.

    A seed comes to the same, whichever process it runs in and whatever ran there before.
    """
    shares = [seeds[first : first + SHARE] for first in range(0, len(seeds), SHARE)]
    database = str(connection.settings_dict["NAME"])
    so_far = Tally()
    # Begun anew, not forked: no process may go on with a connection of ours.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=django.setup) as pool:
        for done in as_completed([pool.submit(_rehearse_share, share, steps, town, database) for share in shares]):
            so_far.add(done.result())
            yield so_far


def _rehearse_share(seeds: Sequence[int], steps: int, town: Callable[[], Town], database: str) -> Tally:
    connection.settings_dict["NAME"] = database
    tally = Tally()
    with kept_schema():
        for seed in seeds:
            tally.count(rehearse(seed=seed, steps=range(1, steps + 1), town=town()))
    return tally
