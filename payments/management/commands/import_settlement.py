from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from payments.management.treasury_command import TreasuryCommand
from payments.reconciliation.taking_in import take_in_settlement

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from kmc_portal.common.csv_import import Report


class Command(TreasuryCommand):
    help = "Take in a gateway's settlement report; good rows land, bad rows are listed."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--correction", action="store_true", help="what it leaves out of its days no longer counts")

    def take_in(self, **options: Any) -> Report:
        return take_in_settlement(
            options["file"],
            account=options["account"],
            maker=options["maker"],
            now=timezone.now(),
            is_correction=options["correction"],
        )
