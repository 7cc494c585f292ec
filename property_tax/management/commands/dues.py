from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser
from django.utils import timezone

from kmc_portal.common.clock import day_of
from kmc_portal.common.commands import JsonCommand
from kmc_portal.common.dues import dues_document
from kmc_portal.common.money import rupees
from property_tax.inputs import assessee_number
from property_tax.queries import assessee_dues

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Print everything due under an assessee number as of a day."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("assessee_number")
        parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="as of this day; today when left out")

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        on = options["on"] or day_of(timezone.now())
        found = assessee_dues(assessee_number=assessee_number(options["assessee_number"]), on=on)
        return dues_document("assessee_number", found.assessee.assessee_number, found.dues), False

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        for name, heading in document["headings"].items():
            self.stdout.write(f"{name:4} {rupees(heading['payable_paise']):>15}")
            for line in heading["lines"]:
                self.stdout.write(
                    f"     {rupees(line['amount_paise']):>15}  {line['period']}  {line['head']}  {line['demand_number']}"
                )
        self.stdout.write(f"due  {rupees(document['total_paise']):>15}  on {document['as_of']}")
