from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kmc_portal.common.commands import JsonCommand
from payments import polling

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Ask gateways about the payments that are due to be asked about, one batch."

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        return {"asked": polling.poll(now=timezone.now())}, False
