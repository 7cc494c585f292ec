"""What the commands for operators share: one JSON document on standard output, sentences on standard error."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser

from kmc_portal.common.csv_import import Layout, Report, import_csv
from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping


class JsonCommand(BaseCommand):
    """A command that answers with a document. Exit status 0 done, 1 a refusal or a finding, 2 wrong usage."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            document, is_finding = self.answer(**options)
        except ServiceError as refusal:
            document, is_finding = refusal.as_json(), True
        self.show(document, as_json=options["json"])
        if is_finding:
            sys.exit(1)

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        """Return the document, and whether it holds a finding. :raises ServiceError: a refusal"""
        raise NotImplementedError

    def show(self, document: Mapping[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=None))
        elif "error" in document:
            self.stderr.write(document["error"]["message"])
        else:
            self.show_to_person(document)

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        self.stdout.write(json.dumps(document, ensure_ascii=False, indent=2))


class ImportCommand(JsonCommand):
    """Import one CSV file; a subclass names its layout."""

    layout: ClassVar[Layout]

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="try everything, write nothing")

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        if not options["file"].is_file():
            self.stderr.write(f"There is no file {options['file']}.")
            sys.exit(2)
        report = import_csv(options["file"], self.layout, dry_run=options["dry_run"])
        return report.as_json(), bool(report.rejected)

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        for reject in document["rejects"]:
            self.stderr.write(
                f"row {reject['row']}, {reject['field'] or 'whole row'}: {reject['message']} ({reject['code']})"
            )
        counts = (f"{name} {document[name]}" for name in Report.__slots__ if name != "rejects")
        self.stdout.write(", ".join(counts))
