from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from kmc_portal.common.commands import JsonCommand
from property_tax.presentation import present_demands, ward_groups

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Note when bills were presented, from a CSV table of ward groups and days; their rebate runs from then."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE")

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        if not options["file"].is_file():
            self.stderr.write(f"There is no file {options['file']}.")
            sys.exit(2)
        with options["file"].open(encoding="utf-8-sig", errors="replace", newline="") as lines:
            groups = ward_groups(lines)
        presented = [
            {
                "ward_group": each.group.name,
                "presented_on": each.group.presented_on.isoformat(),
                "rebate_date": each.rebate_date.isoformat() if each.rebate_date else None,
                "presented": each.bills,
            }
            for each in present_demands(groups)
        ]
        return {"presented": sum(each["presented"] for each in presented), "ward_groups": presented}, False

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        for group in document["ward_groups"]:
            self.stdout.write(
                f"{group['ward_group']}: {group['presented']} bills presented on {group['presented_on']}, "
                f"rebate until {group['rebate_date']}"
            )
