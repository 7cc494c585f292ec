"""Play the portal through with a bank, citizens and processes that misbehave, and prove the books after every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import CommandError

from kmc_portal.common.commands import JsonCommand
from kmc_portal.rehearsal_town import TaxTown
from payments.rehearsal.many import Tally, rehearse_many
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
        parser.add_argument("--seeds", type=int, default=1, metavar="N", help="so many seeds, from --seed on")
        parser.add_argument("--processes", type=int, default=1, metavar="N", help="spread them over N processes")
        parser.add_argument("--only", type=_numbers, metavar="1,2,3", help="take only these steps of the seed")

    def answer(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        if not settings.DEBUG:
            raise CommandError("A rehearsal pays with play money, so it only starts where DEBUG is on.", returncode=2)
        if options["seeds"] > 1 and options["only"]:
            raise CommandError("--only names steps of one seed: leave --seeds out.", returncode=2)
        if options["seeds"] > 1:
            return self._answer_for_many(**options)
        town = TaxTown()
        steps = options["only"] or range(1, options["steps"] + 1)
        run = rehearse(seed=options["seed"], steps=steps, town=town)
        if run.finding is None:
            return {**run.as_json(), "shrunk": None}, False
        short = shrunk(run, town=town)
        return {**run.as_json(), "shrunk": {"steps": list(short.steps), "trace": short.trace}}, True

    def _answer_for_many(self, **options: Any) -> tuple[Mapping[str, Any], bool]:
        seeds = range(options["seed"], options["seed"] + options["seeds"])
        tally = Tally()
        for tally in rehearse_many(seeds=seeds, steps=options["steps"], town=TaxTown, processes=options["processes"]):
            self.stderr.write(f"{tally.seeds} of {len(seeds)} seeds, {len(tally.broken)} broken")
        return {"seed": seeds[0], "steps": options["steps"], **tally.as_json()}, bool(tally.broken)

    def show_to_person(self, document: Mapping[str, Any]) -> None:
        if "seeds" in document:
            self._show_many(document)
        else:
            self._show_one(document)

    def _show_many(self, document: Mapping[str, Any]) -> None:
        self.stdout.write(
            f"{document['seeds']} seeds from {document['seed']} on, {document['steps']} steps each, "
            f"{document['payments']} payments; {_counted(document['mishaps'])}; {_counted(document['reached'])}"
        )
        for run in document["broken"]:
            self.stdout.write(f"BROKEN: {run['finding']['name']}: {run['finding']['offender']}")
            self.stdout.write(f"Shrink it: rehearse --seed {run['seed']} --steps {document['steps']}")
        if document["holds"]:
            self.stdout.write("Everything holds.")

    def _show_one(self, document: Mapping[str, Any]) -> None:
        self.stdout.write(
            f"Seed {document['seed']}, {document['steps']} steps, {document['payments']} payments; "
            f"{_counted(document['mishaps'])}; {_counted(document['reached'])}"
        )
        if document["holds"]:
            self.stdout.write("Everything holds.")
            return
        steps = ",".join(str(number) for number in document["shrunk"]["steps"])
        self.stdout.write(f"BROKEN: {document['finding']['name']}: {document['finding']['offender']}")
        self.stdout.write("\n".join(document["shrunk"]["trace"]))
        self.stdout.write(f"Again: rehearse --seed {document['seed']} --only {steps}")


def _counted(mishaps: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {times}" for name, times in mishaps.items())


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]
