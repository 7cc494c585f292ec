from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kmc_portal.common.commands import JsonCommand, add_maker
from payments.reconciliation.holidays import load_holidays

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.management.base import CommandParser


class Command(JsonCommand):
    help = "Load days on which banks are closed, beside Sundays and second and fourth Saturdays; all rows or none."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV with the header day,name,source,confidence")
        add_maker(parser)

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        if not options["file"].is_file():
            self.stderr.write(f"There is no file {options['file']}.")
            sys.exit(2)
        return load_holidays(options["file"], maker=options["maker"], now=timezone.now()), False
