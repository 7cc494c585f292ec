"""What the commands share that take in a file of the gateway's or the bank's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kmc_portal.common.commands import JsonCommand, add_maker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.management.base import CommandParser

    from kmc_portal.common.csv_import import Report


class TreasuryCommand(JsonCommand):
    """Take in one file; a subclass says how. Rows that were set aside are a finding."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--account", required=True, metavar="CODE", help="the gateway account that it belongs to")
        add_maker(parser)

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        if not options["file"].is_file():
            self.stderr.write(f"There is no file {options['file']}.")
            sys.exit(2)
        report = self.take_in(**options)
        return report.as_json(), bool(report.rejected)

    def take_in(self, **options: Any) -> Report:
        """Take in a file that is there. :raises ServiceError: it is refused whole"""
        raise NotImplementedError
