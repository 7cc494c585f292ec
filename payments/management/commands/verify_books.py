from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kmc_portal.common.commands import JsonCommand
from payments import invariants

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Prove every invariant of the books, or name the first offender."

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        found = invariants.verify(now=timezone.now())
        holds = all(invariant["holds"] for invariant in found)
        return {"holds": holds, "invariants": found}, not holds

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        for one in document["invariants"]:
            verdict = "holds" if one["holds"] else f"BROKEN by {one['first_offender']}"
            self.stdout.write(f"{one['number']:3} {one['name']}: {verdict} ({one['checked']} checked)")
