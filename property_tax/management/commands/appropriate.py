from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser
from django.utils import timezone

from kmc_portal.common.clock import day_of
from kmc_portal.common.commands import JsonCommand, read_json
from kmc_portal.common.money import paise_from_rupees, rupees
from property_tax.inputs import assessee_number
from property_tax.queries import appropriated
from property_tax.rule_services import KEEPING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Show which bills and heads an amount would pay, under the rule in force or under another rule book."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("assessee_number")
        parser.add_argument("amount", type=paise_from_rupees, metavar="RUPEES")
        parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="as of this day; today when left out")
        parser.add_argument("--rules", type=Path, metavar="FILE", help="a rule book to try")

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        on = options["on"] or day_of(timezone.now())
        book = KEEPING.parsed(read_json(options["rules"])) if options["rules"] else None
        number, amount = assessee_number(options["assessee_number"]), options["amount"]
        lines = appropriated(assessee_number=number, amount_paise=amount, on=on, book=book)
        taken = sum(line["amount_paise"] for line in lines)
        return {
            "assessee_number": number,
            "as_of": on.isoformat(),
            "amount_paise": amount,
            "left_over_paise": amount - taken,
            "lines": lines,
        }, False

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        for line in document["lines"]:
            part = "  in part" if line.get("is_part") else ""
            self.stdout.write(
                f"{rupees(line['amount_paise']):>15}  {line['period']}  {line['head']}  {line['bill']}{part}"
            )
        self.stdout.write(f"{rupees(document['left_over_paise']):>15}  kept in advance")
