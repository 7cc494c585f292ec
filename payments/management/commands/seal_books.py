from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kmc_portal.common.commands import JsonCommand
from payments import sealing

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Seal the journals and the entries of the trail written since the last time, and name the last seal of each book."

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        sealed = sealing.seal_books(now=timezone.now())
        return {"sealed": sealed, "heads": [head._asdict() for head in sealing.heads()]}, False
