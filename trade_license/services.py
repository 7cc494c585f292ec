"""Writing: turning what is due for a certificate into a payment order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kmc_portal.common.clock import day_of, end_of
from kmc_portal.common.errors import ServiceError
from kmc_portal.common.templatetags.portal import long_date
from payments.services import OrderRequest, open_order
from trade_license.order_lines import order_lines
from trade_license.queries import ONE_YEAR, LicenseDues, license_dues, particulars
from trade_license.states import FOR_LIFE, KIND

if TYPE_CHECKING:
    from datetime import date

    from payments.models import PaymentOrder
    from payments.states import Source

PRICE_HOLDS_DAYS = 7
# How the scope of an order begins that names a number of years.
YEARS = "years-"
TITLE = gettext_noop("Trade licence")


class NothingToRenew(ServiceError):
    code = "nothing_to_renew"
    message = _("Nothing is due for {ce_number}. It is valid until {day}; the next demand comes in April.")
    field = "ce_number"
    http_status = 409


class NotDemanded(ServiceError):
    code = "not_demanded"
    message = _(
        "No demand has been raised yet for {ce_number}, so nothing can be paid. Please ask the Licence department of your borough."
    )
    field = "ce_number"
    http_status = 409


def open_payment(
    *,
    ce_number: str,
    source: Source,
    now: datetime,
    years: str = ONE_YEAR,
    language: str = "en",
    reply_to: str = "",
    idempotency_key: str = "",
) -> PaymentOrder:
    """Return one order for everything due for a certificate, and for the further years of a term that is sold.

    Arrears cannot be left out: a year's certificate is not sold over unpaid ones. An order already open for the same dues is
    returned, not doubled. The price holds until it changes, at most seven days; once a payment has begun it holds until the
    gateway's last word.

    :raises LicenseNotFound, LicenseReplaced, LicenseClosed, LicenseDeleted, TermUnknown: as the look-up says
    :raises NothingToRenew, NotDemanded: there is no unpaid demand
    """
    today = day_of(now)
    found = license_dues(ce_number=ce_number, on=today)
    if found.dues.total_paise <= 0:
        raise nothing_to_pay(found)
    if years != ONE_YEAR:
        found = license_dues(ce_number=ce_number, on=today, years=years)
    request = OrderRequest(
        kind=KIND,
        reference=found.license.ce_number,
        scope=scope_of(years),
        snapshot=_snapshot(found),
        asked_paise=None,
        series=f"TL-{found.license.ward:03d}",
        priced_on=today,
        expires_at=end_of(_last_day_of_price(found, today)),
    )
    return open_order(
        request, source=source, now=now, language=language, reply_to=reply_to, idempotency_key=idempotency_key
    )


def nothing_to_pay(found: LicenseDues) -> ServiceError:
    """Return the refusal to say when nothing is due for a certificate."""
    number, until = found.license.ce_number, found.worth.until
    return NothingToRenew(ce_number=number, day=long_date(until)) if until else NotDemanded(ce_number=number)


def scope_of(years: str) -> str:
    """Return the scope of an order for so many years, or for life."""
    return FOR_LIFE if years == FOR_LIFE else f"{YEARS}{years}"


def _last_day_of_price(found: LicenseDues, today: date) -> date:
    week = today + timedelta(days=PRICE_HOLDS_DAYS - 1)
    change = found.dues.next_change
    return min(week, change.on - timedelta(days=1)) if change else week


def _snapshot(found: LicenseDues) -> dict[str, Any]:
    """Return what page, link and receipt show of the order, whatever the books say later. Labels are message ids."""
    lines = order_lines(found.dues, found.further)
    if found.years == FOR_LIFE:
        lines = [{**line, "for_life": True} if "first_year" in line else line for line in lines]
    return {"title": TITLE, "particulars": particulars(found.license), "lines": lines}
