"""A log-linear model: each feature of a message speaks for some intents and against others, and their weights are added."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.understanding.features import features

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FILE = Path(__file__).parent / "model.txt"
# Weights are stored as whole hundredths.
SCALE = 100


@dataclass(frozen=True, slots=True)
class Model:
    """The weights of every feature for every intent, in the sequence of `intents`, and what they were learnt from."""

    intents: tuple[str, ...]
    weights: Mapping[str, Sequence[int]]
    learnt_from: str

    def likelihoods(self, words: list[str]) -> list[tuple[str, float]]:
        """Return every intent with its probability, the likeliest first."""
        return sorted(self.weigh(features(words)), key=lambda pair: -pair[1])

    def weigh(self, seen: Iterable[str]) -> list[tuple[str, float]]:
        sums = [0] * len(self.intents)
        for feature in seen:
            for place, weight in enumerate(self.weights.get(feature, ())):
                sums[place] += weight
        return list(zip(self.intents, softmax([weight / SCALE for weight in sums]), strict=True))

    def written(self) -> str:
        """Return the model as its file: intents, origin, then a line a feature."""
        lines = [f"{feature}\t{' '.join(map(str, weights))}" for feature, weights in sorted(self.weights.items())]
        return "\n".join([" ".join(self.intents), self.learnt_from, *lines, ""])


def read_model(text: str) -> Model:
    """Return the model of `written`."""
    intents, learnt_from, *lines = text.splitlines()
    pairs = (line.split("\t") for line in lines)
    weights = {feature: tuple(map(int, listed.split())) for feature, listed in pairs}
    return Model(tuple(intents.split()), weights, learnt_from)


def softmax(sums: Sequence[float]) -> list[float]:
    """Return numbers as probabilities."""
    top = max(sums)
    powers = [math.exp(each - top) for each in sums]
    total = sum(powers)
    return [power / total for power in powers]


@lru_cache(maxsize=1)
def model() -> Model:
    """Return the model in use."""
    return read_model(FILE.read_text(encoding="utf-8"))
