"""Compile the catalogues, without GNU gettext and without a database."""

import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root / "kmc_portal"))

from translations import compile_translations  # noqa: E402 - found by the line above

compile_translations(root / "locale")
