"""Fetch the web fonts for readers whose device has none, and write their checksums. Only for upgrades; needs npm.

.venv/bin/python scripts/vendor_ui.py
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

VERSION = "5.3.0"
SCRIPTS = ("bengali", "devanagari")
WEIGHTS = (400, 700)
FONTS = Path(__file__).resolve().parent.parent / "static" / "fonts"


def main() -> None:
    FONTS.mkdir(parents=True, exist_ok=True)
    for script in SCRIPTS:
        fetch(script)
    kept = sorted(path for path in FONTS.iterdir() if path.name != "SHA256SUMS")
    sums = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in kept)
    (FONTS / "SHA256SUMS").write_text("".join(sums))


def fetch(script: str) -> None:
    """Unpack one family's regular and bold subset and its licence."""
    package = f"noto-sans-{script}"
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"@fontsource/{package}@{VERSION}", "--silent", "--pack-destination", folder]
        subprocess.run(command, check=True, capture_output=True)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as packed:
            for weight in WEIGHTS:
                keep(packed, f"files/{package}-{script}-{weight}-normal.woff2", f"{package}-{weight}.woff2")
            keep(packed, "LICENSE", f"LICENSE-{package}.txt")


def keep(packed: tarfile.TarFile, member: str, name: str) -> None:
    found = packed.extractfile(f"package/{member}")
    assert found is not None
    (FONTS / name).write_bytes(found.read())


if __name__ == "__main__":
    main()
