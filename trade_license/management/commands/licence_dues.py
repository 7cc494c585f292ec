from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser
from django.utils import timezone

from kmc_portal.common.clock import day_of
from kmc_portal.common.commands import JsonCommand
from kmc_portal.common.dues import dues_document
from kmc_portal.common.money import rupees
from trade_license import inputs
from trade_license.queries import license_dues

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Print everything due for a certificate of enlistment as of a day, and what further years would cost."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("ce_number")
        parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="as of this day; today when left out")
        parser.add_argument("--years", default="1", metavar="N", help="renew for so many years, or for life")

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        on = options["on"] or day_of(timezone.now())
        number, years = inputs.ce_number(options["ce_number"]), inputs.years(options["years"])
        found = license_dues(ce_number=number, on=on, years=years)
        return dues_document("ce_number", found.license.ce_number, found.dues), False

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        for name, heading in document["headings"].items():
            self.stdout.write(f"{name:8} {rupees(heading['payable_paise']):>15}")
            for line in heading["lines"]:
                self.stdout.write(
                    f"         {rupees(line['amount_paise']):>15}  {line['period']}  {line['head']}  {line['demand_number']}"
                )
        self.stdout.write(f"due      {rupees(document['total_paise']):>15}  on {document['as_of']}")
