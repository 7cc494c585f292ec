"""Writing: turning dues into a payment order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kmc_portal.common.clock import day_of, end_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.money import rupee_text
from payments.services import OrderRequest, open_order
from payments.states import Source
from property_tax.order_lines import order_lines
from property_tax.queries import AssesseeDues, assessee_dues, particulars, payable_lines
from property_tax.rules.appropriation import appropriate
from property_tax.states import KIND

if TYPE_CHECKING:
    from datetime import date

    from kmc_portal.common.dues import Line
    from payments.models import PaymentOrder

PRICE_HOLDS_DAYS = 7
TITLE = gettext_noop("Property tax")


class NothingDue(ServiceError):
    code = "nothing_due"
    message = _("Nothing is due under this heading for {assessee_number}. Please look at the other headings.")
    field = "heading"
    http_status = 409


class PartPaymentRefused(ServiceError):
    code = "part_payment_refused"
    message = _("Bills are paid whole. Please pay everything, or all that is due under one heading.")
    field = "amount_paise"
    http_status = 409


class PartTooSmall(ServiceError):
    code = "part_too_small"
    message = _("The least that can be paid on a bill is {least}. Please pay that or more.")
    field = "amount_paise"


class AmountAboveDues(ServiceError):
    code = "amount_above_dues"
    message = _("No more than {due} is due here. Please pay that or less.")
    field = "amount_paise"


def open_payment(
    *,
    assessee_number: str,
    heading: str,
    source: Source,
    now: datetime,
    amount_paise: int | None = None,
    language: str = "en",
    reply_to: str = "",
    idempotency_key: str = "",
) -> PaymentOrder:
    """Return one order for everything due under a heading, or under all of them with `ALL`, or for a part of it.

    With `amount_paise` the bills are paid in the sequence of the rule in force, the last one in part. An order already open
    for the same dues is returned, not doubled. The price holds until it changes, at most seven days; once a payment has
    begun it holds until the gateway's last word.

    :raises AssesseeNotFound, AssesseeClosed: as the look-up says
    :raises NothingDue: no bill under this heading is unpaid
    :raises PartPaymentRefused, PartTooSmall, AmountAboveDues: this amount cannot be paid
    """
    today = day_of(now)
    found = assessee_dues(assessee_number=assessee_number, on=today, at_counter=source == Source.COUNTER)
    lines = _lines_to_pay(found, heading, amount_paise)
    request = OrderRequest(
        kind=KIND,
        reference=assessee_number,
        scope=heading,
        snapshot=_snapshot(found, lines),
        asked_paise=amount_paise,
        series=f"PT-{found.assessee.ward:03d}",
        priced_on=today,
        expires_at=end_of(_last_day_of_price(found, today)),
    )
    return open_order(
        request, source=source, now=now, language=language, reply_to=reply_to, idempotency_key=idempotency_key
    )


def _lines_to_pay(found: AssesseeDues, heading: str, amount_paise: int | None) -> list[Line]:
    lines = [line for _heading, line in payable_lines(found, heading)]
    due = sum(line.amount_paise for line in lines)
    if due <= 0:
        raise NothingDue(assessee_number=found.assessee.printed_number)
    return lines if amount_paise in (None, due) else _part(found, lines, amount_paise or 0, due)


def _part(found: AssesseeDues, lines: list[Line], amount_paise: int, due_paise: int) -> list[Line]:
    rule = found.book.appropriation(found.dues.as_of)
    if rule is None or not rule.is_part_allowed:
        raise PartPaymentRefused
    if amount_paise < max(1, rule.least_part_paise):
        raise PartTooSmall(least=rupee_text(max(1, rule.least_part_paise)))
    if amount_paise > due_paise:
        raise AmountAboveDues(due=rupee_text(due_paise))
    return appropriate(lines, amount_paise, rule)


def _last_day_of_price(found: AssesseeDues, today: date) -> date:
    week = today + timedelta(days=PRICE_HOLDS_DAYS - 1)
    change = found.dues.next_change
    return min(week, change.on - timedelta(days=1)) if change else week


def _snapshot(found: AssesseeDues, lines: list[Line]) -> dict[str, Any]:
    """Return what page, link and receipt show of the order, whatever the books say later. Labels are message ids."""
    return {
        "title": TITLE,
        "particulars": particulars(found.assessee),
        "lines": order_lines(found.dues, lines),
    }
