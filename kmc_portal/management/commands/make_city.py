from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser
from django.utils import timezone

from kmc_portal.city import MOST_ASSESSEES, make_city
from kmc_portal.city_licenses import MOST_LICENSES, make_licenses
from kmc_portal.common.clock import day_of
from kmc_portal.common.commands import JsonCommand

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Add a synthetic city: assessees with three years of bills, and trade licences. No real person."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--assessees", type=int, default=300, choices=range(1, MOST_ASSESSEES + 1), metavar="N")
        parser.add_argument("--licences", type=int, default=0, choices=range(MOST_LICENSES + 1), metavar="N")
        parser.add_argument("--seed", type=int, default=1)

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        today = day_of(timezone.now())
        asked = {"seed": options["seed"], "today": today}
        added = make_city(assessees=options["assessees"], **asked)
        return {**added, **make_licenses(licenses=options["licences"], **asked)}, False
