from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser
from django.utils import timezone

from kmc_portal.common.commands import JsonCommand, add_maker
from property_tax.import_runs import undo_import

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Take an import back, as long as nothing has been paid on it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("run", type=int, metavar="RUN", help="the number that the import gave")
        add_maker(parser)

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        run = undo_import(run=options["run"], maker=options["maker"], now=timezone.now())
        return {"run": run.pk, "register": run.register, "deleted": run.created, "restored": run.updated}, False

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        self.stdout.write(
            "Import {run} ({register}) is taken back: {deleted} deleted, {restored} as before.".format(**document)
        )
