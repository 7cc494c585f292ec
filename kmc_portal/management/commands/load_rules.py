from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser
from django.utils import timezone

from kmc_portal import rule_books
from kmc_portal.common.clock import day_of
from kmc_portal.common.commands import JsonCommand, read_json
from kmc_portal.common.rulebook.keeping import RuleBookRefused

if TYPE_CHECKING:
    from collections.abc import Mapping


class Command(JsonCommand):
    help = "Load rule books from a JSON file and put them in force; refused whole if any row is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--preview", action="store_true", help="say what it would change of today's dues, load nothing"
        )

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        document, now = read_json(options["file"]), timezone.now()
        try:
            if options["preview"]:
                return rule_books.preview(document, on=day_of(now)), False
            return {"books": rule_books.put_in_force(document, now=now)}, False
        except RuleBookRefused as refused:
            faults = [
                {"row": one.row, "code": one.code, "field": one.field, "reason": one.reason} for one in refused.faults
            ]
            return {**refused.as_json(), "faults": faults}, True

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        books = document["books"] if "books" in document else [{"book": name, **document[name]} for name in document]
        for book in books:
            self.stdout.write(", ".join(f"{name} {value}" for name, value in book.items()))

    def show(self, document: Mapping[str, Any], *, as_json: bool) -> None:
        if not as_json:
            for fault in document.get("faults", []):
                self.stderr.write(f"row {fault['row']}, {fault['field']}: {fault['reason']} ({fault['code']})")
        super().show(document, as_json=as_json)
