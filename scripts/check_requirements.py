"""Refuse locked files that miss what pyproject.toml asks for, and files that name a package host."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"^[A-Za-z0-9._-]+")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(path: Path) -> set[str]:
    return {normal(line.split("==")[0].split("[")[0]) for line in path.read_text().splitlines() if "==" in line}


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = {
        "requirements.txt": project["project"]["dependencies"],
        "requirements-dev.txt": project["project"]["dependencies"] + project["dependency-groups"]["dev"],
    }
    faults = []
    for name, wanted in asked.items():
        text = (ROOT / name).read_text()
        missing = {normal(NAME.match(one)[0]) for one in wanted} - locked(ROOT / name)  # type: ignore[index]
        faults += [f"{name}: {one} is not locked, run make lock" for one in sorted(missing)]
        faults += [f"{name}: names a package host"] if "://" in text else []
    for fault in faults:
        print(fault, file=sys.stderr)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
