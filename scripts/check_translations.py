"""Refuse a catalogue that is stale, incomplete, fuzzy, or that has lost a placeholder. Needs GNU gettext."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("bn", "hi")
PLACEHOLDER = re.compile(r"\{\w+\}|%\(\w+\)[sd]|%[sd]")
COMMAND = [
    sys.executable, "manage.py", "makemessages", "--no-location", "--no-wrap", "--ignore=.venv", "--ignore=var", "--ignore=bench",
]  # fmt: skip


def main() -> int:
    if not shutil.which("xgettext"):
        print("GNU gettext is missing: apt-get install gettext", file=sys.stderr)
        return 1
    faults = [fault for language in LANGUAGES for fault in faults_of(language)]
    for fault in faults:
        print(fault, file=sys.stderr)
    return bool(faults)


def faults_of(language: str) -> list[str]:
    kept = ROOT / "locale" / language / "LC_MESSAGES" / "django.po"
    catalogue = polib.pofile(str(kept))
    wanted = {(entry.msgctxt, entry.msgid) for entry in fresh(kept, language) if not entry.obsolete}
    have = {(entry.msgctxt, entry.msgid) for entry in catalogue if not entry.obsolete}
    faults = [f"{language}: not collected, run make messages: {msgid!r}" for _, msgid in sorted(wanted - have, key=str)]
    faults += [f"{language}: no longer used: {msgid!r}" for _, msgid in sorted(have - wanted, key=str)]
    for entry in catalogue:
        faults += [f"{language}: {fault}: {entry.msgid!r}" for fault in faults_in(entry)]
    return faults


def faults_in(entry: polib.POEntry) -> list[str]:
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    sources = {frozenset(PLACEHOLDER.findall(text)) for text in (entry.msgid, entry.msgid_plural) if text}
    checks = {
        "obsolete": entry.obsolete,
        "fuzzy": entry.fuzzy,
        "not translated": not all(texts),
        "placeholders differ": all(texts)
        and any(frozenset(PLACEHOLDER.findall(text)) not in sources for text in texts),
    }
    return [name for name, is_wrong in checks.items() if is_wrong]


def fresh(kept: Path, language: str) -> polib.POFile:
    """Return what a new collection of all texts would give, leaving the catalogue as it is."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "django.po"
        shutil.copy(kept, saved)
        try:
            subprocess.run([*COMMAND, "-l", language], cwd=ROOT, check=True, capture_output=True)
            return polib.pofile(str(kept))
        finally:
            shutil.copy2(saved, kept)


if __name__ == "__main__":
    sys.exit(main())
