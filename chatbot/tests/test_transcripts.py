"""Every file in `transcripts/` is played against the real services; an official can read and sign them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))
DRAWN = (
    (re.compile(r"KP[0-9]{6}[0-9A-Z]{7}"), "<order>"),
    (re.compile(r"/(pay|certificates|receipts)/[\w-]{22}"), r"/\1/<token>"),
)


def exchanges(text: str) -> list[tuple[str, str]]:
    """Return what the citizen says and what the portal answers; lines of an answer are indented as deep as its first."""
    turns: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("citizen:"):
            turns.append((line.removeprefix("citizen:").strip(), []))
        elif turns:
            turns[-1][1].append(line.removeprefix("portal: ").removeprefix(" " * 8))
    return [(said, "\n".join(answer).strip()) for said, answer in turns]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_transcript_is_what_the_portal_says(file, say, paid, unpaid, applied):
    for said, expected in exchanges(file.read_text(encoding="utf-8")):
        answer = say(said).text
        for pattern, name in DRAWN:
            answer = pattern.sub(name, answer)

        assert answer == expected, said


def test_every_transcript_exists_in_three_languages():
    names = {file.stem.rpartition(".")[0] for file in FILES}

    assert {file.stem for file in FILES} == {f"{name}.{language}" for name in names for language in ("bn", "hi", "en")}
