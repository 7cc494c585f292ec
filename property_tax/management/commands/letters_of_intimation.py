from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from kmc_portal.common.clock import day_of
from kmc_portal.common.money import rupees
from property_tax.letters import letters_of_intimation

if TYPE_CHECKING:
    from property_tax.letters import LetterOfIntimation


class Command(BaseCommand):
    help = "List who is to get a letter of intimation and for which bills, one line an assessee."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="as of this day; today when left out")
        parser.add_argument("--json", action="store_true", help="print one JSON document a line and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        show = as_json if options["json"] else as_text
        for letter in letters_of_intimation(on=options["on"] or day_of(timezone.now())):
            self.stdout.write(show(letter))


def as_json(letter: LetterOfIntimation) -> str:
    document = asdict(letter) | {"as_of": letter.as_of.isoformat(), "bills": [bill._asdict() for bill in letter.bills]}
    return json.dumps(document, ensure_ascii=False)


def as_text(letter: LetterOfIntimation) -> str:
    numbers = ", ".join(bill.demand_number for bill in letter.bills)
    return f"{letter.assessee_number} {rupees(letter.payable_paise):>15}  {numbers}"
