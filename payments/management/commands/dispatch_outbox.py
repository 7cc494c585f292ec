from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kmc_portal.common.commands import JsonCommand
from payments import outbox

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Send what waits in the outbox, one batch."

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        return {"sent": outbox.dispatch(now=timezone.now())}, False
