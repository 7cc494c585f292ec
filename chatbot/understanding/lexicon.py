"""What single words mean, whatever their script, spelling and ending. The words themselves stand in `lexicon.txt`."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from chatbot.understanding.normalise import spelt
from kmc_portal.common.skeleton import skeleton

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FILE = Path(__file__).parent / "lexicon.txt"
FILLER = "filler"
# What is said around a wish: it hides the wish where it is weighed with it.
AROUND = {"greet", "thanks", "courtesy", "plea", "temper"}
# So many unknown words are a wish too, if nobody knows for what.
WISHFUL = 2
LONGEST_PHRASE = 4
# Shorter skeletons are shared by words that have nothing to do with each other.
SURE_SKELETON = 4
# Nor is a shorter word known by all its letters but one.
SURE_SLIP = 5
# What Bengali, Banglish and English put behind a word.
ENDINGS = (
    *["গুলোর", "গুলো", "গুলি", "টার", "টির", "টায়", "দের", "ের", "টা", "টি", "কে", "তে", "য়", "র", "ে", "ও", "ই"],
    *["gulor", "gulo", "tar", "tir", "der", "ta", "ti", "er", "ke", "te", "ing", "es", "ed", "r", "e", "s"],
)
SHORTEST_STEM = 3
# What is written together is parted into pieces no shorter.
SHORTEST_PART = 3

Meanings = tuple[str, ...]


class Lexicon:
    """Words by what they mean. `filler` words mean nothing, and are known so that nothing else is taken for them."""

    def __init__(self, lines: Iterator[str]) -> None:
        words: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
        skeletons: dict[str, set[str]] = defaultdict(set)
        slips: dict[str, set[str]] = defaultdict(set)
        for meaning, word in _entries(lines):
            words[word][meaning] = None
            bare = skeleton(" ".join(word))
            if len(bare) >= SURE_SKELETON:
                skeletons[bare].add(meaning)
            if len(word) == 1 and len(word[0]) >= SURE_SLIP:
                for slip in _one_letter_less(word[0]):
                    slips[slip].add(meaning)
        self._by_words: dict[tuple[str, ...], Meanings] = {word: _but_filler(held) for word, held in words.items()}
        # What several meanings share has none.
        self._by_skeleton = {bare: next(iter(held)) for bare, held in skeletons.items() if len(held) == 1}
        self._by_slip = slips
        self._of_word = lru_cache(maxsize=8192)(self._look_up)
        self._parts = lru_cache(maxsize=8192)(self._part)

    def read(self, words: Sequence[str]) -> list[tuple[str, Meanings]]:
        """Return the message as known words and phrases with their meanings, the longest phrase first; unknown ones have none."""
        found: list[tuple[str, Meanings]] = []
        place = 0
        while place < len(words):
            length, meanings = self._longest(words, place)
            found.append((" ".join(words[place : place + length]), meanings))
            place += length
        return found

    def parted(self, words: Sequence[str]) -> list[str]:
        """Return the words with those parted that are two known ones written together: `housetax` is `house tax`."""
        return [part for word in words for part in self._parts(word)]

    def _part(self, word: str) -> tuple[str, ...]:
        if self._of_word(word) or len(word) < 2 * SHORTEST_PART:
            return (word,)
        cuts = range(len(word) - SHORTEST_PART, SHORTEST_PART - 1, -1)
        pairs = ((word[:place], word[place:]) for place in cuts)
        return next((pair for pair in pairs if self._are_known(pair)), (word,))

    def _are_known(self, pair: tuple[str, str]) -> bool:
        held = [self._by_words.get((part,), ()) for part in pair]
        return all(held) and any(set(meanings) - {FILLER} for meanings in held)

    def _longest(self, words: Sequence[str], place: int) -> tuple[int, Meanings]:
        for length in range(min(LONGEST_PHRASE, len(words) - place), 1, -1):
            meanings = self._by_words.get(tuple(words[place : place + length]))
            if meanings:
                return length, meanings
        return 1, self._of_word(words[place])

    def _look_up(self, word: str) -> Meanings:
        """Return the meanings of a word as it stands, else without its ending, else by its consonants, else one slip away."""
        for form in (word, *_stems(word)):
            meanings = self._by_words.get((form,))
            if meanings:
                return meanings
        by_sound = self._by_skeleton.get(skeleton(word))
        if by_sound:
            return (by_sound,)
        near = {meaning for slip in _one_letter_less(word) for meaning in self._by_slip.get(slip, ())}
        return (near.pop(),) if len(near) == 1 and len(word) >= SURE_SLIP else ()


def to_the_point(words: list[str]) -> list[str]:
    """Return the words of a message without greetings, courtesies, cries for help and anger; all where nothing else is there.

    Known words that were written together are parted.
    """
    words = lexicon().parted(words)
    read = lexicon().read(words)
    kept = [(phrase, meanings) for phrase, meanings in read if not (meanings and AROUND.issuperset(meanings))]
    unknown = sum(not meanings for _phrase, meanings in kept)
    if unknown < WISHFUL and all(meaning == FILLER for _phrase, meanings in kept for meaning in meanings):
        return words
    return [word for phrase, _meanings in kept for word in phrase.split()]


def _entries(lines: Iterator[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in lines:
        meaning, _colon, listed = line.partition(":")
        if line.startswith("#") or not listed:
            continue
        for word in listed.split(";"):
            yield meaning.strip(), tuple(spelt(word))


def _but_filler(held: dict[str, None]) -> Meanings:
    return tuple(meaning for meaning in held if meaning != FILLER) or (FILLER,)


def _one_letter_less(word: str) -> set[str]:
    """Return the word and all that a left-out letter makes of it: words one slip apart have one of these in common."""
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def _stems(word: str) -> Iterator[str]:
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            yield word.removesuffix(ending)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """Return the lexicon of `lexicon.txt`."""
    return Lexicon(iter(FILE.read_text(encoding="utf-8").splitlines()))
