from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser
from django.utils import timezone

from kmc_portal.common.clock import day_of
from kmc_portal.common.commands import JsonCommand
from property_tax import rule_services

if TYPE_CHECKING:
    from collections.abc import Mapping

# Whoever can run commands on the server can change the law of the portal; the two names say that it was done there.
MAKER, APPROVER = "manage.py load_rules", "the operator of the server"


class Command(JsonCommand):
    help = "Load a rule book from a JSON file and put it in force; refused whole if any row is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--preview", action="store_true", help="say what it would change of today's dues, load nothing"
        )

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        document = read(options["file"])
        now = timezone.now()
        try:
            if options["preview"]:
                return rule_services.preview_rules(document, on=day_of(now)), False
            version = rule_services.load_rules(document, maker=MAKER, now=now)
        except rule_services.RuleBookKnown as known:
            return {"version": known.details["version"], "rules": len(document["rules"]), "loaded": False}, False
        except rule_services.RuleBookRefused as refused:
            faults = [
                {"row": one.row, "code": one.code, "field": one.field, "reason": one.reason} for one in refused.faults
            ]
            return {**refused.as_json(), "faults": faults}, True
        rule_services.preview_version(version.pk, now=now)
        rule_services.approve_rules(version.pk, approver=APPROVER, now=now)
        return {"version": version.pk, "rules": len(document["rules"]), "loaded": True}, False

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        self.stdout.write(", ".join(f"{name} {value}" for name, value in document.items()))

    def show(self, document: Mapping[str, Any], *, as_json: bool) -> None:
        if not as_json:
            for fault in document.get("faults", []):
                self.stderr.write(f"row {fault['row']}, {fault['field']}: {fault['reason']} ({fault['code']})")
        super().show(document, as_json=as_json)


def read(path: Path) -> Any:
    """Return the JSON of a file; what is no JSON is returned as nothing, which the rule book refuses by name."""
    if not path.is_file():
        print(f"There is no file {path}.", file=sys.stderr)
        sys.exit(2)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
