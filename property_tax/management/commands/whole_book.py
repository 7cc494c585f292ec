from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser
from django.utils import timezone

from kmc_portal.common.clock import day_of
from kmc_portal.common.commands import JsonCommand
from kmc_portal.common.money import rupees
from property_tax.whole_book import whole_book

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Print what the whole city owes as of a day, by ward and heading, computed from the bills there and then."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="as of this day; today when left out")

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        on = options["on"] or day_of(timezone.now())
        owed = whole_book(on=on)
        wards = [
            {
                "ward": each.ward,
                "heading": each.heading,
                "bills": each.bills,
                "total_paise": each.total_paise,
                "by_head": each.by_head,
            }
            for each in owed
        ]
        return {"as_of": on.isoformat(), "total_paise": sum(each.total_paise for each in owed), "wards": wards}, False

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        for each in document["wards"]:
            self.stdout.write(
                f"ward {each['ward']:>3} {each['heading']:3} {each['bills']:>9} bills {rupees(each['total_paise']):>20}"
            )
        self.stdout.write(f"the city owes {rupees(document['total_paise'])} on {document['as_of']}")
