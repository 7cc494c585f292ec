from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser
from django.utils import timezone

from kmc_portal.city import MOST_ASSESSEES, make_city
from kmc_portal.common.clock import day_of
from kmc_portal.common.commands import JsonCommand

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Add a synthetic city: assessees with three years of bills. No real person."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--assessees", type=int, default=300, choices=range(1, MOST_ASSESSEES + 1), metavar="N")
        parser.add_argument("--seed", type=int, default=1)

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        today = day_of(timezone.now())
        return make_city(assessees=options["assessees"], seed=options["seed"], today=today), False
