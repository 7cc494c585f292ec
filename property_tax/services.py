"""Writing: turning dues into a payment order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kmc_portal.common.clock import day_of, end_of
from kmc_portal.common.errors import ServiceError
from payments.services import OrderRequest, open_order
from property_tax.payable import KIND
from property_tax.queries import AssesseeDues, assessee_dues, payable_lines

if TYPE_CHECKING:
    from datetime import date

    from payments.models import PaymentOrder
    from payments.states import Source

PRICE_HOLDS_DAYS = 7

# What a line is called on a page, in a chat and on a receipt.
HEAD_LABELS = {
    "property_tax": gettext_noop("Property tax"),
    "howrah_bridge_tax": gettext_noop("Howrah Bridge tax"),
    "commercial_surcharge": gettext_noop("Commercial surcharge"),
    "rebate": gettext_noop("Rebate"),
    "online_rebate": gettext_noop("Online rebate"),
    "interest": gettext_noop("Interest"),
    "penalty": gettext_noop("Penalty"),
    "waiver": gettext_noop("Waiver"),
    "rounding": gettext_noop("Rounding"),
}
TITLE = gettext_noop("Property tax")
PARTICULARS = (gettext_noop("Assessee number"), gettext_noop("Owner"), gettext_noop("Premises"), gettext_noop("Ward"))


class NothingDue(ServiceError):
    code = "nothing_due"
    message = _("Nothing is due under this heading for {assessee_number}. Please look at the other headings.")
    field = "heading"
    http_status = 409


def open_payment(
    *,
    assessee_number: str,
    heading: str,
    source: Source,
    now: datetime,
    language: str = "en",
    reply_to: str = "",
    idempotency_key: str = "",
) -> PaymentOrder:
    """Return one order for everything due under a heading, or under all of them with `ALL`.

    An order already open for the same dues is returned, not doubled. The price holds until it changes, at most seven days.

    :raises AssesseeNotFound, AssesseeClosed: as the look-up says
    :raises NothingDue: no bill under this heading is unpaid
    """
    today = day_of(now)
    found = assessee_dues(assessee_number=assessee_number, on=today)
    lines = payable_lines(found, heading)
    if sum(line.amount_paise for _heading, line in lines) <= 0:
        raise NothingDue(assessee_number=found.assessee.printed_number)
    request = OrderRequest(
        kind=KIND,
        reference=assessee_number,
        scope=heading,
        snapshot=_snapshot(found, heading),
        series=f"PT-{found.assessee.ward:03d}",
        priced_on=today,
        expires_at=end_of(_last_day_of_price(found, today)),
    )
    return open_order(
        request, source=source, now=now, language=language, reply_to=reply_to, idempotency_key=idempotency_key
    )


def _last_day_of_price(found: AssesseeDues, today: date) -> date:
    week = today + timedelta(days=PRICE_HOLDS_DAYS - 1)
    change = found.dues.next_change
    return min(week, change.on - timedelta(days=1)) if change else week


def _snapshot(found: AssesseeDues, heading: str) -> dict[str, Any]:
    """Return what page, link and receipt show of the order, whatever the books say later. Labels are message ids."""
    assessee = found.assessee
    values = (assessee.printed_number, assessee.masked_owner, assessee.premises, f"{assessee.ward:03d}")
    lines = [
        {
            "heading": name,
            "bill": line.demand_number,
            "period": line.period,
            "head": line.head,
            "label": HEAD_LABELS[line.head],
            "amount_paise": line.amount_paise,
            "rule": line.rule,
            "source": line.source,
        }
        for name, line in payable_lines(found, heading)
    ]
    return {
        "title": TITLE,
        "particulars": [list(pair) for pair in zip(PARTICULARS, values, strict=True)],
        "lines": lines,
    }
