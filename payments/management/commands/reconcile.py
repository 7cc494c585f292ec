from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kmc_portal.common.clock import day_of
from kmc_portal.common.commands import JsonCommand
from payments.reconciliation.reporting import accounts_to_reconcile, report_of
from payments.reconciliation.running import reconcile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.management.base import CommandParser

DAYS = 7


class Command(JsonCommand):
    help = "Lay payments, settlements and bank credits side by side; open and close breaks; give the control totals."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--day", type=date.fromisoformat, metavar="DATE", help="the day of payment; else the last seven"
        )
        parser.add_argument("--account", metavar="CODE", help="one account; else all whose money a bank receives")

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        now = timezone.now()
        accounts = accounts_to_reconcile(options["account"])
        for account in accounts:
            reconcile(account, now=now)
        days = [options["day"]] if options["day"] else [day_of(now) - timedelta(days=back) for back in range(DAYS)]
        report = report_of(accounts, days=days, is_every_day=options["day"] is None)
        return report, bool(report["breaks"])

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        self.stdout.write(f"{document['matched']} matched")
        for kind, count in document["breaks"].items():
            self.stdout.write(f"{kind}: {count}")
        for one in document["control_totals"]:
            self.stdout.write(
                f"{one['account']} {one['day']}: paid {one['paid']['paise']}, settled {one['settled']['paise']}, "
                f"credited {one['credited']['paise']}: {one['outcome']}"
            )
