"""Compiling the catalogues without GNU gettext, so that a machine needs nothing but Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polib

if TYPE_CHECKING:
    from pathlib import Path


def compile_translations(locale: Path) -> None:
    """Write `django.mo` beside every `django.po` that is newer."""
    for source in locale.glob("*/LC_MESSAGES/django.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(compiled))
