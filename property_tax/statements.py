"""Reading: the statement of account of an assessee for any range of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kmc_portal.common.errors import ServiceError
from kmc_portal.common.financial_year import FinancialYear, period_text
from kmc_portal.common.masking import masked_receipt
from payments.queries import payments_of_bills
from property_tax.order_lines import HEAD_LABELS
from property_tax.queries import assessee_dues
from property_tax.rules.facts import TAX_HEADS
from property_tax.rules.rounding import to_rupee
from property_tax.states import KIND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kmc_portal.common.dues import Line
    from payments.queries import BillPayment
    from property_tax.queries import AssesseeDues

MOST_YEARS = 30


class StatementDatesReversed(ServiceError):
    code = "statement_dates_reversed"
    message = _("The first day of a statement cannot come after its last. Please correct one of the two.")
    field = "since"


class StatementInFuture(ServiceError):
    code = "statement_in_future"
    message = _("A statement ends today at the latest. Please choose an earlier last day.")
    field = "until"


class StatementTooLong(ServiceError):
    code = "statement_too_long"
    message = _("A statement covers {years} years at most. Please choose a later first day.")
    field = "since"


class Entry(NamedTuple):
    """One movement. `label` is a message id; what is asked for is positive, what is paid or granted negative."""

    on: date
    label: str
    reference: str
    period: str
    amount_paise: int


@dataclass(frozen=True, slots=True)
class Statement:
    """The movements of some days between two balances, and what brings the last balance to what is due that day.

    A balance is what is unpaid of the bills themselves. `added` are message ids with amounts: interest and penalty that run
    on, a rebate that can still be earned.
    """

    found: AssesseeDues
    since: date
    until: date
    opening_paise: int
    entries: tuple[Entry, ...]
    closing_paise: int
    added: tuple[tuple[str, int], ...]
    shows_receipts: bool

    @property
    def due_paise(self) -> int:
        return self.found.dues.total_paise

    def balances(self) -> Iterator[tuple[Entry, int]]:
        """Yield each entry with the balance after it."""
        balance = self.opening_paise
        for entry in self.entries:
            balance += entry.amount_paise
            yield entry, balance


BILLS = """
SELECT d.demand_number, d.financial_year, d.quarter, d.issued_on, d.paid_on,
       d.property_tax_paise + d.howrah_bridge_tax_paise + d.commercial_surcharge_paise
  FROM property_tax_demand d JOIN property_tax_assessee a ON a.id = d.assessee_id
 WHERE a.assessee_number = %s AND d.issued_on <= %s ORDER BY d.issued_on, d.financial_year, d.quarter, d.demand_number
"""


def default_range(today: date) -> tuple[date, date]:
    """Return the range of a statement that nobody chose: this financial year and the one before, until today."""
    return FinancialYear(FinancialYear.of(today).start - 1).first_day, today


def statement(
    *, assessee_number: str, since: date, until: date, today: date, shows_receipts: bool = False
) -> Statement:
    """Return the statement of account for the days from `since` to `until`, both inside. Three queries.

    Receipt numbers are whole for who has proved a right to them, and else hidden but for their series (ADR 0048).

    :raises AssesseeNotFound, AssesseeClosed: as the look-up says
    :raises StatementDatesReversed, StatementInFuture, StatementTooLong: no statement covers these days
    """
    _check(since, until, today)
    found = assessee_dues(assessee_number=assessee_number, on=until)
    number_of = str if shows_receipts else masked_receipt
    entries = sorted(_entries(assessee_number, until, number_of), key=lambda entry: entry.on)
    before = sum(entry.amount_paise for entry in entries if entry.on < since)
    within = tuple(entry for entry in entries if since <= entry.on <= until)
    closing = before + sum(entry.amount_paise for entry in within)
    return Statement(found, since, until, before, within, closing, tuple(_added(found.dues.lines)), shows_receipts)


def _check(since: date, until: date, today: date) -> None:
    if until > today:
        raise StatementInFuture
    if since > until:
        raise StatementDatesReversed
    if until - since > timedelta(days=366 * MOST_YEARS):
        raise StatementTooLong(years=MOST_YEARS)


def _entries(assessee_number: str, until: date, number_of: Callable[[str], str]) -> Iterator[Entry]:
    """Yield every movement until a day, those of one bill together, and some after it that the caller leaves out.

    `number_of` makes of a receipt number what is shown of it.
    """
    with connection.cursor() as cursor:
        cursor.execute(BILLS, [assessee_number, until])
        bills = cursor.fetchall()
    paid_here: dict[str, list[BillPayment]] = {}
    for payment in payments_of_bills(kind=KIND, bills=[bill[0] for bill in bills]):
        paid_here.setdefault(payment.bill, []).append(payment)
    for number, year, quarter, issued_on, paid_on, gross in bills:
        period, asked = period_text(FinancialYear(year), quarter), to_rupee(gross)
        yield Entry(issued_on, gettext_noop("Bill"), number, period, asked)
        here = paid_here.get(number, [])
        stands = _stands(here)
        is_paid = stands and paid_on is not None and paid_on <= until
        yield from _of_payments(here, period, asked, number_of, is_paid=is_paid)
        if paid_on and not stands:
            yield Entry(paid_on, gettext_noop("Paid, as the register says"), number, period, -asked)


def _stands(payments: Sequence[BillPayment]) -> bool:
    """Say whether anything that was paid here on a bill was left there."""
    taken_back = sum(payment.amount_paise < 0 for payment in payments)
    return len(payments) > 2 * taken_back


def _of_payments(
    payments: Sequence[BillPayment], period: str, asked: int, number_of: Callable[[str], str], *, is_paid: bool
) -> list[Entry]:
    """Return what each payment added to a bill and took off it, and the money; a bill that is paid leaves nothing."""
    entries = []
    for payment in payments:
        for head, label in HEAD_LABELS.items():
            if head in payment.heads and head not in TAX_HEADS:
                entries.append(Entry(payment.landed_on, label, payment.bill, period, payment.heads[head]))
        label = _label(payment)
        number = number_of(payment.receipt_number)
        entries.append(Entry(payment.landed_on, label, number, period, -payment.amount_paise))
    rounding = -asked - sum(entry.amount_paise for entry in entries)
    if is_paid and rounding:
        entries.append(Entry(payments[-1].landed_on, HEAD_LABELS["rounding"], payments[-1].bill, period, rounding))
    return entries


def _label(payment: BillPayment) -> str:
    if payment.amount_paise < 0:
        return gettext_noop("Payment taken back")
    return gettext_noop("Advance used") if payment.is_advance_used else gettext_noop("Payment")


def _added(lines: Iterable[Line]) -> list[tuple[str, int]]:
    """Return what dues ask for beside the bills themselves, by head; what was paid on such a head before is taken off it."""
    sums: dict[str, int] = {}
    for line in lines:
        head = str(dict(line.terms)["against"]) if line.head == "advance" else line.head
        if head not in TAX_HEADS or line.rule == "net_to_rupee":
            sums[head] = sums.get(head, 0) + line.amount_paise
    return [(HEAD_LABELS[head], paise) for head, paise in sums.items() if paise]
