"""Understanding what a message means, against the 20 ms that a citizen's message may cost."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from bench.measure import Ratio
from chatbot.tests.understanding.scoring import cases
from chatbot.understanding.understand import understand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.measure import Size

MOST_MS = 20.0
LONGEST = "asdf qwer 1102601000 কর बकाया " * 40  # as long as WhatsApp lets a message be


def measure(size: Size) -> Iterator[Ratio]:
    texts = [case.text for case in cases("utterances.txt")]
    understand(texts[0])  # the model is read once per process
    took = sorted(milliseconds(text) for text in texts for _round in range(2))
    yield against_limit("understanding a message (p95, ms)", took[len(took) * 95 // 100])
    yield against_limit("the longest message (ms)", min(milliseconds(LONGEST) for _round in range(size.rounds)))


def against_limit(name: str, figure: float) -> Ratio:
    return Ratio(name.partition(" (")[0], name.partition("(")[2].rstrip(")"), figure, MOST_MS, figure / MOST_MS, 1.0)


def milliseconds(text: str) -> float:
    began = perf_counter()
    understand(text)
    return 1000 * (perf_counter() - began)
