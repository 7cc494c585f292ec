"""Bars as inline SVG: drawn by attributes alone, so that no style sheet and no script has to be let in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, LABEL, BAR, GAP = 420, 120, 12, 12


class Bar(NamedTuple):
    """One bar: where it begins and how long it is, in units of the drawing; `series` says of which day it is, from 0."""

    x: int
    y: int
    width: int
    height: int
    series: int


class Group(NamedTuple):
    """The bars of one word, one for each day, and where the word stands."""

    label: str
    y: int
    bars: Sequence[Bar]


class Chart(NamedTuple):
    """A drawing of bars in groups, as wide as `WIDTH`."""

    width: int
    height: int
    label_width: int
    groups: Sequence[Group]


def chart(rows: Sequence[tuple[str, Sequence[int]]]) -> Chart:
    """Return the bars of some words, each with a figure for every day; what is below nothing has no length."""
    longest = max((figure for _label, figures in rows for figure in figures), default=0)
    groups, y = [], 0
    for label, figures in rows:
        bars = [
            Bar(
                LABEL,
                y + place * BAR,
                max(0, figure) * (WIDTH - LABEL) // longest if longest > 0 else 0,
                BAR - 2,
                place,
            )
            for place, figure in enumerate(figures)
        ]
        groups.append(Group(label, y + BAR * len(figures) // 2, bars))
        y += BAR * len(figures) + GAP
    return Chart(WIDTH, max(1, y), LABEL - 8, groups)
