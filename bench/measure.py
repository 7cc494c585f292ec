"""Rounds, medians, verdicts, and the CPU that a process tree has used."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
HEADER = f"{'':52} {'figure':>10} {'reference':>10} {'ratio':>6} {'limit':>8}"


@dataclass(frozen=True, slots=True)
class Size:
    """How much to measure: the city, how often, the posts and chat turns of each way in a round; how long a load on the chat
    lasts, in seconds.
    """

    assessees: int
    rounds: int
    posts: int
    turns: int
    load_seconds: int


QUICK = Size(assessees=5_000, rounds=7, posts=192, turns=200, load_seconds=10)
FULL = Size(assessees=50_000, rounds=15, posts=800, turns=500, load_seconds=60)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours beside the reference. `limit` bounds the ratio, from below when `at_least`."""

    name: str
    unit: str
    figure: float
    reference: float
    ratio: float
    limit: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit

    def __str__(self) -> str:
        bound = f"{'>=' if self.at_least else '<='} {self.limit:g}"
        label = f"{self.name} ({self.unit})"
        return (
            f"{label:52} {self.figure:10.2f} {self.reference:10.2f} {self.ratio:6.2f} {bound:>8}  {verdict(self.holds)}"
        )


@dataclass(frozen=True, slots=True)
class Count:
    """A number of things that must not exceed `limit`; nothing to compare it with."""

    name: str
    figure: int
    limit: int

    @property
    def holds(self) -> bool:
        return self.figure <= self.limit

    def __str__(self) -> str:
        return f"{self.name:52} {self.figure:10} {'':10} {'':6} {f'<= {self.limit}':>8}  {verdict(self.holds)}"


@dataclass(frozen=True, slots=True)
class Rounds:
    """The figures of each way, one a round. A machine is shared: ratios are taken inside a round, then the median."""

    figures: Mapping[str, Sequence[float]]

    def median(self, way: str) -> float:
        return median(self.figures[way])

    def ratio(self, name: str, unit: str, ways: tuple[str, str], limit: float, *, at_least: bool = False) -> Ratio:
        """Return the first way beside the second."""
        ours, reference = ways
        within = median(a / b for a, b in zip(self.figures[ours], self.figures[reference], strict=True))
        return Ratio(name, unit, self.median(ours), self.median(reference), within, limit, at_least)


def interleaved(ways: Mapping[str, Callable[[], float]], rounds: int) -> Rounds:
    """Take one figure of every way in each round; every other round goes backwards, so that none is always first."""
    figures: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds):
        for way in list(ways) if number % 2 else reversed(ways):
            figures[way].append(ways[way]())
    return Rounds(figures)


def median_milliseconds(calls: Sequence[Callable[[], object]]) -> float:
    """Return the median time of one call, in ms."""
    times = []
    for call in calls:
        started = perf_counter()
        call()
        times.append(perf_counter() - started)
    return median(times) * 1000


def queries(act: Callable[[], object]) -> int:
    """Return how many statements `act` sends."""
    sent = []

    def note(execute, sql, parameters, many, context):
        sent.append(sql)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        act()
    return len(sent)


def cpu_seconds(pid: int) -> float:
    """Return the CPU that a process and everything below it have used so far."""
    ticks = 0
    for member in _tree(pid):
        try:
            stat = Path(f"/proc/{member}/stat").read_text()
        except FileNotFoundError:
            continue  # ended since the tree was read
        user, system = stat.rpartition(")")[2].split()[11:13]
        ticks += int(user) + int(system)
    return ticks / TICKS_PER_SECOND


def own_peak_megabytes() -> float:
    """Return the most memory that this process has held. `getrusage` would count what the process held that began it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def verdict(holds: bool) -> str:
    return "holds" if holds else "FAILS"


def _tree(pid: int) -> list[int]:
    members, waiting = [], [pid]
    while waiting:
        member = waiting.pop()
        members.append(member)
        for children in Path(f"/proc/{member}/task").glob("*/children"):
            waiting.extend(int(child) for child in children.read_text().split())
    return members
