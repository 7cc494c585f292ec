from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from kmc_portal.common.commands import JsonCommand
from property_tax.disputes import mark_disputed

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Note that a bill is disputed, or no longer."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("demand_number")
        state = parser.add_mutually_exclusive_group(required=True)
        state.add_argument("--since", type=date.fromisoformat, metavar="DATE")
        state.add_argument("--settled", action="store_true")

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        since = options["since"]
        mark_disputed(demand_number=options["demand_number"], since=since)
        return {
            "demand_number": options["demand_number"],
            "disputed_on": since.isoformat() if since else None,
        }, False
