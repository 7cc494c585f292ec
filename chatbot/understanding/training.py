"""Learning the weights from the utterances beside this file. Plain Python, the same weights on every machine, a minute or so."""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.understanding import lexicon
from chatbot.understanding.classifier import SCALE, Model, softmax
from chatbot.understanding.features import features
from chatbot.understanding.lexicon import to_the_point
from chatbot.understanding.normalise import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLDER = Path(__file__).parent / "utterances"
CODE = ("normalise.py", "numbers.py", "lexicon.py", "features.py", "training.py")
CHOICE = re.compile(r"\(([^()]*)\)")
ROUNDS, STEP, SHRINKAGE, SEED = 14, 0.4, 0.002, 1
# Of the ways to say one line so many are learnt from, all together as one and a half lines.
WAYS_OF_A_LINE, WEIGHT_OF_A_LINE = 10, 1.5
FEWEST_SEEN = 3
# Each way is learnt a second time with a slip of the finger, for half as much.
MISTYPED, SHORTEST_MISTYPED, EVEN = 0.5, 5, 0.5


@dataclass(frozen=True, slots=True)
class Example:
    """A message with its features, the place of its intent, and how much it counts."""

    seen: tuple[str, ...]
    intent: int
    weight: float


def learn() -> Model:
    """Return the model that the utterances lead to."""
    intents = tuple(path.stem for path in _files())
    examples = [example for place, path in enumerate(_files()) for example in _examples(path, place)]
    counted = Counter(feature for example in examples for feature in example.seen)
    kept = {feature for feature, count in counted.items() if count >= FEWEST_SEEN}
    weights = _descend([_with_kept(example, kept) for example in _evened(examples)], len(intents))
    return Model(intents, _in_hundredths(weights), origin())


def origin() -> str:
    """Return the fingerprint of everything that a model is learnt from."""
    files = [*_files(), lexicon.FILE, *(Path(__file__).parent / name for name in CODE)]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


def ways_to_say(line: str) -> list[str]:
    """Return what a line stands for: `(a|b|) c` is `a c`, `b c` and `c`."""
    parts = [part.split("|") if place % 2 else [part] for place, part in enumerate(CHOICE.split(line))]
    return [" ".join("".join(chosen).split()) for chosen in product(*parts)]


def mistyped(text: str) -> str:
    """Return a text with a slip in its longest word: a letter left out, or exchanged with the next, always the same."""
    word = max(text.split(), key=len, default="")
    if len(word) < SHORTEST_MISTYPED:
        return text
    chance = random.Random(text)
    place = chance.randrange(1, len(word) - 2)
    swapped = word[place + 1] + word[place] if chance.random() < EVEN else word[place + 1]
    return text.replace(word, word[:place] + swapped + word[place + 2 :], 1)


def _files() -> list[Path]:
    return sorted(FOLDER.glob("*.txt"))


def _examples(path: Path, intent: int) -> Iterator[Example]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        ways = ways_to_say(line)
        chosen = random.Random(line).sample(ways, min(len(ways), WAYS_OF_A_LINE))
        weight = min(1.0, WEIGHT_OF_A_LINE / len(chosen))
        for way in chosen:
            yield Example(tuple(features(to_the_point(words_of(way)))), intent, weight)
            yield Example(tuple(features(to_the_point(words_of(mistyped(way))))), intent, weight * MISTYPED)


def _evened(examples: list[Example]) -> list[Example]:
    """Return the examples with those of an intent that has many counting less: to be written about is no reason to be meant."""
    total = defaultdict[int, float](float)
    for example in examples:
        total[example.intent] += example.weight
    mean = sum(total.values()) / len(total)
    return [replace(one, weight=one.weight * min(1.0, mean / total[one.intent])) for one in examples]


def _with_kept(example: Example, kept: set[str]) -> Example:
    return Example(tuple(feature for feature in example.seen if feature in kept), example.intent, example.weight)


def _descend(examples: list[Example], intents: int) -> dict[str, list[float]]:
    """Return weights by stochastic gradient descent, each feature with a step of its own (AdaGrad)."""
    weights = {feature: [0.0] * intents for example in examples for feature in example.seen}
    squares = dict.fromkeys(weights, 1e-06)
    order, shuffled = list(examples), random.Random(SEED)
    for _round in range(ROUNDS):
        shuffled.shuffle(order)
        for example in order:
            _learn_one(example, weights, squares)
    return weights


def _learn_one(example: Example, weights: dict[str, list[float]], squares: dict[str, float]) -> None:
    rows = [weights[feature] for feature in example.seen]
    errors = softmax([sum(column) for column in zip(*rows, strict=True)])
    errors[example.intent] -= 1.0
    size = sum(error * error for error in errors) * example.weight**2
    for feature, row in zip(example.seen, rows, strict=True):
        squares[feature] += size
        step = STEP / squares[feature] ** 0.5
        for place, error in enumerate(errors):
            row[place] -= step * (error * example.weight + SHRINKAGE * row[place])


def _in_hundredths(weights: dict[str, list[float]]) -> dict[str, Sequence[int]]:
    rounded = {feature: [round(weight * SCALE) for weight in row] for feature, row in weights.items()}
    return {feature: row for feature, row in rounded.items() if any(row)}
