"""A bill whose amounts were changed while its payer was at the bank: the money counts, and the bill says what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.db import connection

from payments.payables import Share, shares_of
from property_tax import credits
from property_tax.order_lines import order_lines
from property_tax.queries import AssesseeClosed, assessee_dues
from property_tax.rules.appropriation import appropriate

if TYPE_CHECKING:
    from datetime import date

    from kmc_portal.common.dues import Line
    from property_tax.queries import AssesseeDues

log = structlog.get_logger()
# A bill that somebody else has paid was not revised, whatever was due on it on an earlier day.
UNPAID = "SELECT 1 FROM property_tax_demand WHERE demand_number = %s AND paid_on IS NULL FOR UPDATE"
MARK_PAID = "UPDATE property_tax_demand SET paid_on = %s WHERE demand_number = %s"


def taken(reference: str, share: Share, *, on: date, paid_by: str) -> Share | None:
    """Return what a bill takes of the money that an order meant for it; None when it is paid, cancelled or not due.

    Raised meanwhile, it takes all of it in part, in the sequence of the rule in force, and the difference stays due. Lowered
    meanwhile, it is paid whole at the price of the day, and the rest of the money is the payer's.
    """
    if not _is_unpaid(share.bill):
        return None
    try:
        found = assessee_dues(assessee_number=reference, on=on)
    except AssesseeClosed:
        return None
    lines = [line for line in found.dues.lines if line.demand_number == share.bill]
    due = sum(line.amount_paise for line in lines)
    if due <= 0:
        return None
    log.warning("bill_revised_while_paid", is_raised=due > share.amount_paise)
    if due <= share.amount_paise:
        return _whole(found, lines, on)
    return _part(found, lines, share.amount_paise, on, paid_by)


def _is_unpaid(bill: str) -> bool:
    """Say whether a bill is there and unpaid, locked until the commit."""
    with connection.cursor() as cursor:
        cursor.execute(UNPAID, [bill])
        return bool(cursor.fetchone())


def _whole(found: AssesseeDues, lines: list[Line], on: date) -> Share:
    (share,) = shares_of(order_lines(found.dues, lines))
    with connection.cursor() as cursor:
        cursor.execute(MARK_PAID, [on, share.bill])
    return share


def _part(found: AssesseeDues, lines: list[Line], amount_paise: int, on: date, paid_by: str) -> Share | None:
    rule = found.book.appropriation(on)
    if rule is None:
        return None
    (share,) = shares_of(order_lines(found.dues, appropriate(lines, amount_paise, rule)))
    credits.write(share, on=on, paid_by=paid_by)
    return share
