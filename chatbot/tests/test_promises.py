"""`docs/chat.md` names what shows each promise; all of it exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.utils import translation

from chatbot.dialogs.catalogue import CATALOGUE
from chatbot.engine.language import NAMES
from chatbot.engine.steps import Ask, Choose, Say

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs/chat.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([\w/.*:]+)`", "\n".join(line for line in PAGE.splitlines() if line.startswith("|")))

# What no transcript can lead to, and what shows it instead.
NOT_PLAYED = {
    ("property_tax", "amount_paise"): "takes a rule book that allows parts: test_property_tax_dialog.py, test_walks.py",
    ("receipt", "receipt"): "takes money that came for this talk: test_payments_dialog.py, test_walks.py",
}


def exists(named: str) -> bool:
    file, _colons, test = named.partition("::")
    if file.endswith(".*"):
        return (HERE / "transcripts" / f"{file.removesuffix('.*')}.bn.txt").exists()
    path = HERE / file
    return path.exists() and (not test or f"def {test}(" in path.read_text(encoding="utf-8"))


def test_every_proof_that_is_named_exists():
    assert len(NAMED) > 40
    assert [named for named in NAMED if not exists(named)] == []


def test_every_transcript_proves_something():
    shown = {path.stem.rpartition(".")[0] for path in (HERE / "transcripts").glob("*.txt")}

    assert shown - {named.removesuffix(".*") for named in NAMED} == set()


def beginning(text):
    """The words of a question or a paragraph before its first value, as far as they stand in one line."""
    return str(text).split("{")[0].split("\n")[0].strip()


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.parametrize("dialog", CATALOGUE.by_name.values(), ids=lambda dialog: dialog.name)
def test_every_question_of_every_dialog_stands_in_a_transcript(dialog, language):
    played = "\n".join(path.read_text(encoding="utf-8") for path in (HERE / "transcripts").glob(f"*.{language}.txt"))
    with translation.override(language):
        asked = [step for step in dialog.steps if isinstance(step, Ask | Choose)]
        questions = [step.text for step in asked if (dialog.name, step.key) not in NOT_PLAYED]
        said = questions or [step.text for step in dialog.steps if isinstance(step, Say)][:1]

        assert [text for text in map(beginning, said) if text not in played] == []
