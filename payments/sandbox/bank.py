"""The merchants' bank: what it credits for each pay-out, and its statement of a day as CSV or MT940."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from payments.sandbox import twists
from payments.sandbox.messages import rupees
from payments.sandbox.settlement import batches
from payments.sandbox.tables import as_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from payments.sandbox.records import Merchant
    from payments.sandbox.settlement import Batch
    from payments.sandbox.twists import Twist
    from payments.sandbox.world import World

COLUMNS = ("Value Date", "Narration", "UTR", "Debit", "Credit")
# Fields 20, 25, 28C, 60F and 62F, and a 61 with its 86 for each line, as SWIFT's book of standards has them.
OPENING_PAISE = 10_000_000
STRANGE_NAME = "SRI RAMA STORES"


class Line(NamedTuple):
    """One line of a statement; negative is money that went out."""

    value_on: date
    utr: str
    narration: str
    amount_paise: int


def lines_of(world: World, merchant: Merchant, day: date) -> list[Line]:
    """Return what the bank booked on a day (value date, IST)."""
    earliest = day - timedelta(days=twists.MOST_DAYS)
    booked = [line for batch in batches(world, merchant, earliest, day) for line in _booked(world, batch)]
    booked += [
        _strange(one)
        for one in world.twists.values()
        if one.merchant_id == merchant.merchant_id and one.kind == "strange_credit"
    ]
    return [line for line in booked if line.value_on == day and line.amount_paise]


def bank_statement(world: World, merchant: Merchant, day: date) -> str:
    """Return the statement of a day in the columns of this bank; no line when nothing was paid out."""
    return as_csv([COLUMNS, *(_cells(line) for line in lines_of(world, merchant, day))])


def bank_message(world: World, merchant: Merchant, day: date) -> str:
    """Return the statement of a day as a SWIFT message, from a balance that is always the same."""
    lines = lines_of(world, merchant, day)
    closing = OPENING_PAISE + sum(line.amount_paise for line in lines)
    fields = [
        f":20:SIM{day:%y%m%d}",
        f":25:SIMBANK/{merchant.merchant_id[:20]}",
        f":28C:{day:%j}/1",
        f":60F:{_balance(day - timedelta(days=1), OPENING_PAISE)}",
        *(field for line in lines for field in _swift(line)),
        f":62F:{_balance(day, closing)}",
        "-",
    ]
    return "\r\n".join([*fields, ""])


def _booked(world: World, batch: Batch) -> Iterator[Line]:
    """Yield the credit of a pay-out, or what its twists made of it."""
    line = Line(batch.paid_out_on, batch.utr, f"NEFT CR {batch.utr} BILLDESK", batch.net_paise)
    split: list[Line] = []
    for twist in twists.of_batch(world, batch.merchant_id, batch.paid_out_on, "credit"):
        match twist.kind:
            case "no_credit":
                line = line._replace(amount_paise=0)
            case "late_credit":
                line = line._replace(value_on=twist.later)
            case "short_credit":
                line = line._replace(amount_paise=line.amount_paise - twist.by_paise)
            case "over_credit":
                line = line._replace(amount_paise=line.amount_paise + twist.by_paise)
            case "other_utr":
                line = line._replace(utr=_reference(twist), narration=f"NEFT CR {_reference(twist)} BILLDESK")
            case "split_credit":
                utr = _reference(twist)
                split.append(Line(line.value_on, utr, f"NEFT CR {utr} BILLDESK", twist.by_paise))
                line = line._replace(amount_paise=line.amount_paise - twist.by_paise)
    yield line
    yield from split


def _strange(twist: Twist) -> Line:
    utr = _reference(twist)
    return Line(twist.day, utr, f"NEFT CR {utr} {STRANGE_NAME}", twist.by_paise)


def _reference(twist: Twist) -> str:
    return f"SIMX{twist.day:%y%m%d}{twist.twist_id:06}"


def _cells(line: Line) -> tuple[str, ...]:
    amount = rupees(abs(line.amount_paise))
    debit, credit = (amount, "") if line.amount_paise < 0 else ("", amount)
    return (f"{line.value_on:%d-%m-%Y}", line.narration, line.utr, debit, credit)


def _balance(day: date, paise: int) -> str:
    return f"{_mark(paise)}{day:%y%m%d}INR{_amount(paise)}"


def _swift(line: Line) -> tuple[str, str]:
    moved = f"{_mark(line.amount_paise)}{_amount(line.amount_paise)}"
    return f":61:{line.value_on:%y%m%d%m%d}{moved}NTRF{line.utr}", f":86:{line.narration}"


def _mark(paise: int) -> str:
    return "D" if paise < 0 else "C"


def _amount(paise: int) -> str:
    return rupees(abs(paise)).replace(".", ",")
