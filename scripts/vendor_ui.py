"""Fetch the web fonts for readers whose device has none, cut them down, and write their checksums. Only for upgrades; needs npm.

.venv/bin/python scripts/vendor_ui.py
"""

from __future__ import annotations

import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

VERSION = "5.3.0"
FONTTOOLS = "fonttools[woff]==4.68.0"
LIGHTEST, BOLDEST = 400, 700
FONTS = Path(__file__).resolve().parent.parent / "static" / "fonts"
ROOT = FONTS.parent.parent
# What shapes a syllable and places its marks; forms of other languages in the same script are left out.
FEATURES = (
    "abvs,akhn,blwf,blws,cjct,half,init,nukt,pres,pstf,psts,rclt,rkrf,rlig,rphf,vatu,abvm,blwm,dist,kern,mark,mkmk"
)
JOINERS = "U+200C-200D,U+25CC"


class Script(NamedTuple):
    """A script: its characters in the languages we write, and its name in the language switch."""

    name: str
    opentype: str
    characters: str
    own_name: str


# Every syllable of Bengali (with Assamese ra and va) and Hindi; not the signs of Vedic, of old accounts, of other languages.
SCRIPTS = (
    Script("bengali", "bng2", "U+0964-0965,U+0980-09EF,U+09F0-09F1", "বাংলা"),
    Script(
        "devanagari",
        "dev2",
        "U+0901-0903,U+0905-090D,U+090F-0911,U+0913-0928,U+092A-0930,U+0932-0933,U+0935-0939,U+093C-0945,U+0947-0949,"
        "U+094B-094D,U+0950,U+0958-0960,U+0964-0970",
        "हिन्दी",
    ),
)


def main() -> None:
    FONTS.mkdir(parents=True, exist_ok=True)
    for script in SCRIPTS:
        fetch(script)
    kept = sorted(path for path in FONTS.iterdir() if path.name != "SHA256SUMS")
    sums = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in kept)
    (FONTS / "SHA256SUMS").write_text("".join(sums))


def fetch(script: Script) -> None:
    """Unpack one family and its licence, and cut it down: one file for all weights from regular to bold, and its own name."""
    package = f"noto-sans-{script.name}"
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"@fontsource-variable/{package}@{VERSION}", "--silent", "--pack-destination", folder]
        subprocess.run(command, check=True, capture_output=True)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        whole = Path(folder) / "package" / "files" / f"{package}-{script.name}-wght-normal.woff2"
        weights, regular = Path(folder) / "weights.ttf", Path(folder) / "regular.ttf"
        run("fonttools", "varLib.instancer", whole, f"wght={LIGHTEST}:{BOLDEST}", "-o", weights)
        run("fonttools", "varLib.instancer", whole, f"wght={LIGHTEST}", "-o", regular)
        cut(weights, package, script, f"--unicodes={script.characters},{JOINERS}")
        cut(regular, f"{package}-name", script, f"--text={script.own_name}")
        (FONTS / f"LICENSE-{package}.txt").write_bytes((Path(folder) / "package" / "LICENSE").read_bytes())


def cut(font: Path, name: str, script: Script, what: str) -> None:
    """Write what is needed of a font: one script of one language group, without hints."""
    options = [f"--layout-features={FEATURES}", f"--layout-scripts={script.opentype}", "--no-hinting", "--flavor=woff2"]
    run("pyftsubset", font, what, *options, f"--output-file={FONTS / name}.woff2")


def run(program: str, *arguments: str | Path) -> None:
    subprocess.run([ROOT / ".venv" / "bin" / "uvx", "--from", FONTTOOLS, program, *arguments], check=True)


if __name__ == "__main__":
    main()
