"""Write docs/help/ from the page /help/, so that what citizens are told on paper and on the portal is the same."""

from __future__ import annotations

import os
import sys
from html.parser import HTMLParser
from pathlib import Path

import django
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "help"
LANGUAGES = ("bn", "hi", "en")
MARKS = {"h1": "# ", "h2": "## ", "h3": "### ", "p": ""}


class Sections(HTMLParser):
    """Collects the title and the sections of a page as Markdown. Its menus are left out: they are for a screen."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self._inside = False
        self._words = ""
        self._address = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = self._inside or tag in {"h1", "section"}
        if tag in MARKS:
            self._words = ""
        if tag == "a":
            self._address = dict(attrs)["href"] or ""

    def handle_data(self, data: str) -> None:
        self._words += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._words += f": `{self._address}`"
        if tag in MARKS and self._inside:
            self.blocks.append(MARKS[tag] + " ".join(self._words.split()))
        self._inside = self._inside and tag not in {"h1", "section"}


def page(language: str) -> str:
    """Return the help of a language as Markdown, with addresses as they stand below the portal's own. Needs Django set up."""
    with translation.override(language):
        found = Sections()
        found.feed(render_to_string("help.html", request=RequestFactory().get("/")))
    return "\n\n".join(found.blocks) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmc_portal.settings")
    django.setup()
    FOLDER.mkdir(exist_ok=True)
    for language in LANGUAGES:
        (FOLDER / f"{language}.md").write_text(page(language))
