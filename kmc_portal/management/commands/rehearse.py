"""Play the portal through with a bank, citizens and processes that misbehave, and prove the books after every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import CommandError

from kmc_portal.common.commands import JsonCommand
from kmc_portal.rehearsal_town import TaxTown
from payments.rehearsal.run import rehearse
from payments.rehearsal.shrink import shrunk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.management.base import CommandParser


class Command(JsonCommand):
    help = "Rehearse payments on a scratch schema: the same seed is the same run. Only where DEBUG is on."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--steps", type=int, default=200, metavar="N")
        parser.add_argument("--only", type=_numbers, metavar="1,2,3", help="take only these steps of the seed")

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        if not settings.DEBUG:
            raise CommandError("A rehearsal pays with play money, so it only starts where DEBUG is on.", returncode=2)
        town = TaxTown()
        steps = options["only"] or range(1, options["steps"] + 1)
        run = rehearse(seed=options["seed"], steps=steps, town=town)
        if run.finding is None:
            return {**run.as_json(), "shrunk": None}, False
        short = shrunk(run, town=town)
        return {**run.as_json(), "shrunk": {"steps": list(short.steps), "trace": short.trace}}, True

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        mishaps = ", ".join(f"{name} {times}" for name, times in document["mishaps"].items())
        self.stdout.write(
            f"Seed {document['seed']}, {document['steps']} steps, {document['payments']} payments; {mishaps}"
        )
        if document["holds"]:
            self.stdout.write("Everything holds.")
            return
        steps = ",".join(str(number) for number in document["shrunk"]["steps"])
        self.stdout.write(f"BROKEN: {document['finding']['name']}: {document['finding']['offender']}")
        self.stdout.write("\n".join(document["shrunk"]["trace"]))
        self.stdout.write(f"Again: rehearse --seed {document['seed']} --only {steps}")


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]
