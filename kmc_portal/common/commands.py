"""What the commands for operators share: one JSON document on standard output, sentences on standard error."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandParser

from kmc_portal.common.csv_import import Report
from kmc_portal.common.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from typing import TextIO


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


def add_maker(parser: CommandParser) -> None:
    parser.add_argument("--maker", metavar="NAME", default="the operator of the server", help="whose act it is")


class ImportCommand(JsonCommand):
    """Import one CSV file; a subclass says how its rows are taken in."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="try everything, write nothing")
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="write all misfits here, as CSV")
        add_maker(parser)

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        if not options["file"].is_file():
            self.stderr.write(f"There is no file {options['file']}.")
            sys.exit(2)
        with self._rejects_file(options["rejects"]) as rejects:
            report = self.take_in(options["file"], rejects=rejects, dry_run=options["dry_run"], maker=options["maker"])
        return report.as_json(), bool(report.rejected)

    def take_in(self, path: Path, *, rejects: TextIO | None, dry_run: bool, maker: str) -> Report:
        """Import a file that is there. :raises ServiceError: it is refused whole"""
        raise NotImplementedError

    def _rejects_file(self, path: Path | None) -> AbstractContextManager[TextIO | None]:
        """Return the file, open before the import begins: with the mark by which a spreadsheet knows UTF-8."""
        if path is None:
            return nullcontext()
        try:
            return path.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            self.stderr.write(f"{path} cannot be written: {error.strerror}.")
            sys.exit(2)

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        for reject in document["rejects"]:
            self.stderr.write(
                f"row {reject['row']}, {reject['field'] or 'whole row'}: {reject['message']} ({reject['code']})"
            )
        counts = (f"{name} {document[name]}" for name in Report.__slots__ if name != "rejects")
        self.stdout.write(", ".join(counts))


def read_json(path: Path) -> Any:
    """Return the JSON of a file; what is no JSON is returned as nothing, which a rule book refuses by name."""
    if not path.is_file():
        print(f"There is no file {path}.", file=sys.stderr)
        sys.exit(2)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
