"""Write docs/law.md from the `# LAW` tags of the rules, so that what is computed and what is said to be the law agree."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "law.md"
BOOKS = sorted(ROOT.glob("*/rules/kolkata.json"))
TAG = re.compile(r"^# LAW (?P<first>.+\n)(?P<more>(?:#  .+\n)*)(?P<code>.+)", re.MULTILINE)
PARTS = re.compile(
    r"(?P<about>[^:]+): (?P<says>.+?) source: (?P<source>[^;]+); confidence: (?P<confidence>[^;]+)(?:; .+)?"
)
NAME = re.compile(r"(?:def )?(\w+)")
SURE = "official"

HEAD = """# The law in the code

Every rule that makes an amount carries a `# LAW` tag beside the code that computes it: what it says, who says so, and how
sure that is. This page is collected from those tags by `.venv/bin/python scripts/write_law.py`; a test compares the two.
A rule that is not marked *official* is an **assumption**: somebody has to confirm it before money is taken by it.

| about | what is computed | source | sure? | code |
| --- | --- | --- | --- | --- |
"""
BOOK_HEAD = """
## The rule books that come with the portal

Rates and dates are rows, not code. These books are in force until a city loads its own (`manage.py load_rules`). A row holds
from its first day to its last; an assumption is marked. Where a rate of property tax is not public it charges nothing:
[ADR 0015](adr/0015-unknown-rates.md); licence fees are illustrative: [ADR 0025](adr/0025-license-rates.md).
"""
BOOK_TABLE = """
### [`{path}`](../{path})

| kind | rule | from | to | source | sure? |
| --- | --- | --- | --- | --- | --- |
"""
FOOT = """
## Assumptions outside the rules

- Which borough a ward belongs to is recollected, not confirmed: [ADR 0006](adr/0006-ward-and-borough.md). No amount
  depends on it.
- A receipt carries a number of its own series, a ward's or a counter's: [ADR 0012](adr/0012-receipt-series.md). Whether the
  corporation wants another series is for its accounts department to say.
- A counter takes cheques and drafts that are at most three months old, with a number of six digits, and pays the bills on
  the day it takes them: [ADR 0028](adr/0028-counters.md).
"""


@dataclass(frozen=True, slots=True)
class Tag:
    """One rule as its tag tells it; `code` is the name that stands below the tag."""

    about: str
    says: str
    source: str
    confidence: str
    file: str
    code: str


def tags() -> Iterator[Tag]:
    """Yield the tags of all rules, file by file. Raises ValueError when one is not whole."""
    for path in sorted(ROOT.glob("*/rules/**/*.py")):
        for found in TAG.finditer(path.read_text()):
            yield tag(found, path.relative_to(ROOT).as_posix())


def tag(found: re.Match[str], file: str) -> Tag:
    text = " ".join((found["first"] + found["more"]).replace("#", " ").split())
    parts, name = PARTS.fullmatch(text), NAME.match(found["code"])
    if parts is None or name is None:
        raise ValueError(f"{file}: a LAW tag reads `about: what is computed. source: …; confidence: …`, not {text!r}")
    return Tag(**parts.groupdict(), file=file, code=name[1])


def row(tag: Tag) -> str:
    sure = tag.confidence if tag.confidence == SURE else f"**assumption**: {tag.confidence}"
    return f"| {tag.about} | {tag.says} | {tag.source} | {sure} | [`{tag.code}`](../{tag.file}) |\n"


def book_row(rule: dict[str, str]) -> str:
    sure = rule["confidence"] if rule["confidence"] == SURE else f"**assumption**: {rule['confidence']}"
    until = rule.get("valid_to", "")
    return f"| {rule['kind']} | `{rule['code']}` | {rule['valid_from']} | {until} | {rule['source']} | {sure} |\n"


def page() -> str:
    """Return docs/law.md as the tags and the shipped rule book have it."""
    return HEAD + "".join(row(each) for each in tags()) + BOOK_HEAD + "".join(map(book_table, BOOKS)) + FOOT


def book_table(path: Path) -> str:
    rules = json.loads(path.read_text())["rules"]
    return BOOK_TABLE.format(path=path.relative_to(ROOT)) + "".join(book_row(rule) for rule in rules)


if __name__ == "__main__":
    PAGE.write_text(page())
