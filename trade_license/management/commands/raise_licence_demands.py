from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from kmc_portal.common.commands import JsonCommand
from kmc_portal.common.financial_year import FinancialYear
from kmc_portal.common.money import rupees
from kmc_portal.common.progress import ProgressBar
from trade_license.demand_run import raise_demands
from trade_license.models import License

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Raise the demand of a year for every certificate in use; started again, it goes on and makes none twice."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--year", type=FinancialYear.parse, required=True, metavar="2026-27")
        parser.add_argument(
            "--last-date", type=date.fromisoformat, metavar="DATE", help="the notified last day without a late fine"
        )
        parser.add_argument("--dry-run", action="store_true", help="count and add up, write nothing")

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        bar = ProgressBar(License.objects.count(), "certificates")
        year = options["year"]
        report = raise_demands(
            financial_year=year,
            last_date=options["last_date"],
            dry_run=options["dry_run"],
            watch=lambda report: bar.show(report.licenses),
        )
        found = {name: report.found[name] for name in ("closed", "for_life", "allotted", "standing")}
        document = {
            "financial_year": str(year),
            "licenses": report.licenses,
            **found,
            "created": report.created,
            "amount_paise": report.amount_paise,
            "without_fee": dict(report.without_fee),
        }
        return document, bool(report.without_fee)

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        for trade, count in document["without_fee"].items():
            self.stderr.write(f"the schedule has no row for {trade}: {count} certificates")
        counts = ", ".join(
            f"{name} {document[name]}" for name in ("licenses", "closed", "for_life", "allotted", "standing")
        )
        self.stdout.write(f"{document['created']} demands, {rupees(document['amount_paise'])} rupees; {counts}")
