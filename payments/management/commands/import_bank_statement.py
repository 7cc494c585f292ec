from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from payments.management.treasury_command import TreasuryCommand
from payments.reconciliation.taking_in import take_in_statement

if TYPE_CHECKING:
    from kmc_portal.common.csv_import import Report


class Command(TreasuryCommand):
    help = "Take in a statement of the bank account that an account is paid out into."

    def take_in(self, **options: Any) -> Report:
        return take_in_statement(
            options["file"], account=options["account"], maker=options["maker"], now=timezone.now()
        )
