from __future__ import annotations

from typing import TYPE_CHECKING

from kmc_portal.common.commands import ImportCommand
from kmc_portal.common.csv_import import import_csv
from trade_license.imports import DEMANDS

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from kmc_portal.common.csv_import import Report


class Command(ImportCommand):
    help = "Import licence demands from a CSV file, a row for each section; good rows land, bad rows are listed."

    def take_in(self, path: Path, *, rejects: TextIO | None, dry_run: bool, maker: str) -> Report:
        return import_csv(path, DEMANDS, dry_run=dry_run, rejects=rejects)
