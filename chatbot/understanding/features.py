"""What a classifier sees of a message: meanings and their pairs, skeletons of words, and pieces of long skeletons."""

from __future__ import annotations

from itertools import combinations, pairwise

from chatbot.understanding.lexicon import FILLER, lexicon
from kmc_portal.common.skeleton import skeleton

MOST_MEANINGS = 6
SHORTEST_PIECED, PIECE = 4, 3


def features(words: list[str]) -> list[str]:
    """Return the features of a message, each once: `m` a meaning, `w` a word as written, `s` a skeleton, `p` a piece of one."""
    read = lexicon().read(words)
    meant = list(dict.fromkeys(meaning for _word, meanings in read for meaning in meanings if meaning != FILLER))
    known = [f"m {meaning}" for meaning in meant]
    known += [f"m {first}+{second}" for first, second in combinations(sorted(meant[:MOST_MEANINGS]), 2)]
    bare = [skeleton(word) or word for word in words]
    seen = [f"w {word}" for word in words] + [f"s {word}" for word in bare]
    seen += [f"s {first} {second}" for first, second in pairwise(["^", *bare, "$"])]
    pieces = [f"p {piece}" for word in bare for piece in _pieces(word)]
    return list(dict.fromkeys([*known, *seen, *pieces, _share_unknown(read), f"n {min(len(words), 6)}"]))


def evidence(words: list[str]) -> set[str]:
    """Return what the words of a message mean, fillers left out."""
    return {meaning for _word, meanings in lexicon().read(words) for meaning in meanings} - {FILLER}


def _pieces(word: str) -> list[str]:
    if len(word) < SHORTEST_PIECED:
        return []
    framed = f"^{word}$"
    return [framed[place : place + PIECE] for place in range(len(framed) - PIECE + 1)]


def _share_unknown(read: list[tuple[str, tuple[str, ...]]]) -> str:
    """Say how much of a message nobody listed: all, most, some or none of its words."""
    unknown = sum(not meanings for _word, meanings in read)
    if not any(set(meanings) - {FILLER} for _word, meanings in read):
        return "u meaningless"
    return f"u {3 * unknown // len(read)}"
