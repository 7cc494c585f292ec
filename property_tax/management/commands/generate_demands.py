from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser
from django.utils import timezone

from kmc_portal.common.commands import JsonCommand
from kmc_portal.common.financial_year import FinancialYear
from kmc_portal.common.money import rupees
from kmc_portal.common.progress import ProgressBar
from property_tax.demand_run import preview_demands, run_demands
from property_tax.models import Assessee

if TYPE_CHECKING:
    from collections.abc import Mapping

    from property_tax.models import DemandRun


class Command(JsonCommand):
    help = (
        "Make the PD of every active assessee for a year; goes on where a stopped run stood, and makes no bill twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--year", type=FinancialYear.parse, required=True, metavar="2026-27")
        parser.add_argument("--quarters", type=quarters, default="1-4", metavar="1-4", help="a range or a list: 2,3")
        parser.add_argument("--issued-on", type=date.fromisoformat, required=True, metavar="DATE")
        parser.add_argument(
            "--presented-on", type=date.fromisoformat, metavar="DATE", help="when all were presented on one day"
        )
        parser.add_argument("--maker", default="the operator of the server", metavar="NAME", help="who starts the run")
        parser.add_argument("--dry-run", action="store_true", help="count and add up, write nothing")

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        bar = ProgressBar(Assessee.objects.count(), "assessees")
        act = preview_demands if options["dry_run"] else run_demands
        run = act(
            financial_year=options["year"],
            quarters=options["quarters"],
            issued_on=options["issued_on"],
            presented_on=options["presented_on"],
            maker=options["maker"],
            now=timezone.now(),
            watch=lambda run: bar.show(run.assessees),
        )
        return document(run), False

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        counts = ", ".join(f"{name} {document[name]}" for name in ("assessees", "closed", "untaxed", "standing"))
        verb = "made" if document["run"] else "would be made"
        self.stdout.write(f"{document['created']} bills {verb}, {rupees(document['amount_paise'])} rupees; {counts}")


def quarters(text: str) -> list[int]:
    """Return the quarters of `1-4` or `2,3`. :raises ValueError: anything else"""
    first, dash, last = text.partition("-")
    found = list(range(int(first), int(last) + 1)) if dash else [int(one) for one in text.split(",")]
    if not found or not set(found) <= {1, 2, 3, 4}:
        raise ValueError(text)
    return found


def document(run: DemandRun) -> dict[str, Any]:
    """Return a run as JSON; `run` is null for one that was only tried. `standing` counts quarters left as they are."""
    return {
        "run": run.pk,
        "financial_year": str(FinancialYear(run.financial_year)),
        "quarters": run.quarters,
        "issued_on": run.issued_on.isoformat(),
        "presented_on": run.presented_on.isoformat() if run.presented_on else None,
        "assessees": run.assessees,
        "closed": run.closed,
        "untaxed": run.untaxed,
        "standing": (run.assessees - run.closed - run.untaxed) * len(run.quarters) - run.created,
        "created": run.created,
        "amount_paise": run.amount_paise,
    }
