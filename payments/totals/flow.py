"""A day's control totals as a picture: six bars, the money that goes from each to the next, and what leaves or comes in between.

Nothing but geometry, in whole units of an SVG whose drawing is 1,000 wide: what a line is called and how an amount is written,
the template says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from payments.totals.lines import Line, Step

WIDTH, MARGIN = 1000, 70
BAR_WIDTH, TOP, TALLEST = 20, 62, 180
FLOOR = TOP + TALLEST
# Below the tallest bar stand the names of what leaves or comes in, one under the other.
FIRST_NAME, NAME_HEIGHT, BOTTOM = 22, 66, 0
# What is too little to be seen is drawn this thick all the same: that it is there matters more than how much it is.
THINNEST = 3
# A line from a bar to a name keeps a lane of its own, and turns off in the middle of the name's first line.
MARK_WIDTH, BEND, LANE, CORNER, NAME_MIDDLE = 9, 10, 5, 5, 9
NAME_GAP, NAME_WIDTH = 44, 104
# How wide the name of a bar may be: as wide as the bars are apart, less a gap.
TITLE_WIDTH = 158


@dataclass(frozen=True, slots=True)
class Bar:
    """A sum. Its name stands above its middle."""

    line: Line
    x: int
    height: int

    @property
    def middle(self) -> int:
        return self.x + BAR_WIDTH // 2

    @property
    def name_x(self) -> int:
        return self.middle - TITLE_WIDTH // 2

    @property
    def right(self) -> int:
        return self.x + BAR_WIDTH


@dataclass(frozen=True, slots=True)
class Mark:
    """The part of a bar that a change takes out of it or brings into it, drawn beside the bar."""

    x: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Branch:
    """What changes a sum: its mark, the line from there to its name, and where the name begins. No mark: it moves no money."""

    line: Line
    x: int
    y: int
    mark: Mark | None = None
    path: str = ""
    is_coming: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    bars: tuple[Bar, ...]
    streams: tuple[str, ...]
    branches: tuple[Branch, ...]
    height: int
    width: int = WIDTH
    bar_width: int = BAR_WIDTH
    mark_width: int = MARK_WIDTH
    name_width: int = NAME_WIDTH
    title_width: int = TITLE_WIDTH
    name_height: int = NAME_HEIGHT
    top: int = TOP
    floor: int = FLOOR


def flow_of(steps: Sequence[Step]) -> Flow:
    """Return the picture of a day. A sum below nothing has a bar of no height; its amount says what it is."""
    most = max((step.total.paise for step in steps), default=0)
    apart = (WIDTH - 2 * MARGIN - BAR_WIDTH) // (len(steps) - 1)
    bars = tuple(
        Bar(step.total, MARGIN + apart * place, _height(step.total.paise, most)) for place, step in enumerate(steps)
    )
    streams: list[str] = []
    branches: list[Branch] = []
    for left, right, step in zip(bars, bars[1:], steps, strict=False):
        going, coming = ({line: _height(sign * line.paise, most) for line in step.changes} for sign in (-1, 1))
        streams.append(_stream(left, right, sum(going.values()), sum(coming.values())))
        branches += _branches(left, right, step.changes, going, coming)
    deepest = max(len(step.changes) for step in steps)
    height = FLOOR + FIRST_NAME + NAME_HEIGHT * deepest + BOTTOM
    return Flow(bars, tuple(filter(None, streams)), tuple(branches), height)


def _height(paise: int, most: int) -> int:
    return max(paise * TALLEST // most, THINNEST) if paise > 0 and most > 0 else 0


def _stream(left: Bar, right: Bar, going: int, coming: int) -> str:
    """Return the outline of what goes from one bar to the next, nothing where nothing does."""
    out, into = max(left.height - going, 0), max(right.height - coming, 0)
    if not out or not into:
        return ""
    a, b = left.right, right.x
    middle = (a + b) // 2
    below = f"V{TOP + into}C{middle} {TOP + into} {middle} {TOP + out} {a} {TOP + out}Z"
    return f"M{a} {TOP}H{b}{below}"


def _branches(
    left: Bar, right: Bar, changes: Sequence[Line], going: dict[Line, int], coming: dict[Line, int]
) -> Iterator[Branch]:
    """Yield what leaves the left bar or comes into the right one, each at its own place of the bar's side.

    What leaves goes down beside the left bar, the first name's line farthest from it, so that no line crosses a name.
    """
    out, into = max(left.height - sum(going.values()), 0), max(right.height - sum(coming.values()), 0)
    for place, line in enumerate(changes):
        y = FLOOR + FIRST_NAME + NAME_HEIGHT * place
        lane = BEND + LANE * max(len(changes) - place, 1)
        if coming[line]:
            mark = Mark(right.x - MARK_WIDTH, TOP + into, coming[line])
            into += coming[line]
            path = _way(mark.x, mark, right.x - lane, y, -1)
            yield Branch(line, right.x - NAME_GAP - NAME_WIDTH, y, mark, path, is_coming=True)
        elif going[line]:
            mark = Mark(left.right, TOP + out, going[line])
            out += going[line]
            path = _way(mark.x + MARK_WIDTH, mark, left.right + lane, y, 1)
            yield Branch(line, left.right + NAME_GAP, y, mark, path)
        else:
            yield Branch(line, left.right + NAME_GAP, y)


def _way(x: int, mark: Mark, lane_x: int, name_y: int, to: int) -> str:
    """Return a thin line from a mark round a corner, down its lane, and round another corner to a name."""
    y, end = mark.y + mark.height // 2, name_y + NAME_MIDDLE
    corner = CORNER * to
    return (
        f"M{x} {y}H{lane_x - corner}Q{lane_x} {y} {lane_x} {y + CORNER}"
        f"V{end - CORNER}Q{lane_x} {end} {lane_x + corner} {end}H{lane_x + 2 * corner}"
    )
