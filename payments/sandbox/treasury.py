"""The tester's side of the pay-outs: the files that a treasury gets, and what goes wrong with them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.http import HttpResponse

from payments.sandbox.bank import bank_message, bank_statement
from payments.sandbox.control import asked, chosen, done, no
from payments.sandbox.mis import settlement_report, settlement_workbook
from payments.sandbox.records import plain
from payments.sandbox.twists import KNOBS, MOST_DAYS, USUAL_DAYS

if TYPE_CHECKING:
    from django.http import HttpRequest

    from payments.sandbox.app import Sandbox

CSV = "text/csv; charset=utf-8"
FILES = {
    ("settlement", "csv"): (settlement_report, CSV),
    ("settlement", "xlsx"): (
        settlement_workbook,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("bank", "csv"): (bank_statement, CSV),
    ("bank", "sta"): (bank_message, "text/plain; charset=utf-8"),
}


def treasury_file(
    sandbox: Sandbox, request: HttpRequest, kind: str, merchant_id: str, day: str, form: str
) -> HttpResponse:
    """Return the settlement report (CSV, xlsx) or the bank statement (CSV, MT940) of a merchant and a day (IST)."""
    with sandbox.world(changes=False) as world:
        try:
            write, content_type = FILES[kind, form]
            content = write(world, world.merchants[merchant_id], date.fromisoformat(day))
        except (LookupError, ValueError) as problem:
            return no(problem)
    headers = {"Content-Disposition": f'attachment; filename="{kind}-{merchant_id}-{day}.{form}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)


def add_twist(sandbox: Sandbox, request: HttpRequest, merchant_id: str, day: str) -> HttpResponse:
    """`twist`: what goes wrong; by how many `paise`, how many `days` later, with which `transaction`, where that matters."""
    with sandbox.world() as world:
        try:
            said = asked(request)
            transaction = str(said.get("transaction") or "")
            if transaction and world.transactions[transaction].merchant_id != merchant_id:
                raise LookupError("This transaction is another merchant's.")
            made = world.twist(
                world.merchants[merchant_id],
                date.fromisoformat(day),
                kind=chosen(request, "twist", KNOBS),
                transaction_id=transaction,
                paise=_number(said.get("paise"), least=0, most=10**12, usual=0),
                days=_number(said.get("days"), least=1, most=MOST_DAYS, usual=USUAL_DAYS),
            )
        except (LookupError, ValueError) as problem:
            return no(problem)
    return done(request, twist={**plain(made), "breaks": made.breaks})


def remove_twist(sandbox: Sandbox, request: HttpRequest, number: str) -> HttpResponse:
    """Put one thing right again: the next file is a corrected one."""
    with sandbox.world() as world:
        try:
            del world.twists[int(number)]
        except LookupError as problem:
            return no(problem)
    return done(request)


def forget(sandbox: Sandbox, request: HttpRequest, reference: str) -> HttpResponse:
    """Have the gateway know nothing more of a transaction, though it told of it."""
    with sandbox.world() as world:
        try:
            world.forget(world.transactions[reference])
        except LookupError as problem:
            return no(problem)
    return done(request)


def _number(given: object, *, least: int, most: int, usual: int) -> int:
    """:raises ValueError: no whole number within the bounds"""
    number = int(str(given)) if given not in (None, "") else usual
    if not least <= number <= most:
        raise ValueError(f"A number from {least} to {most} is needed.")
    return number
