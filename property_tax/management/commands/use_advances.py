from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kmc_portal.common.clock import day_of
from kmc_portal.common.commands import JsonCommand
from kmc_portal.common.money import rupees
from property_tax.advances import use_advances

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Give what is kept for assessees in advance to the bills presented since. The scheduler does it every hour."

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        now = timezone.now()
        return use_advances(on=day_of(now), now=now)._asdict(), False

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        self.stdout.write(f"{document['assessees']} assessees with an advance; {rupees(document['amount_paise'])} used")
