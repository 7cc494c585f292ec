"""What the imports of both registers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils import timezone

from kmc_portal.common.commands import ImportCommand
from property_tax.import_runs import import_register

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

    from kmc_portal.common.csv_import import Report
    from property_tax.states import Register


class RegisterCommand(ImportCommand):
    """Import one register; what it wrote can be taken back."""

    register: ClassVar[Register]

    def take_in(self, path: Path, *, rejects: TextIO | None, dry_run: bool, maker: str) -> Report:
        report, run = import_register(
            path=path, register=self.register, maker=maker, now=timezone.now(), dry_run=dry_run, rejects=rejects
        )
        if run:
            self.stderr.write(f"This is import {run.pk}; `undo_import {run.pk}` takes it back.")
        return report
