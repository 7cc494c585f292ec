"""Writing: a new counter, with the account under which its money stands in the books."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kmc_portal.common.errors import ServiceError
from payments.models import Counter, GatewayAccount

# What accounts of counters are called where gateways have their vendor; no vendor's code is part of the portal.
GATEWAY = "counter"
LAST_NUMBER = 999


class CounterNumberMalformed(ServiceError):
    code = "counter_number_malformed"
    message = _("Please give the counter a number from 1 to 999: its receipts are numbered under it.")
    field = "number"


class CounterPlaceMissing(ServiceError):
    code = "counter_place_missing"
    message = _("Please say where the counter is, as its receipts shall print it.")
    field = "place"


class CounterNumberUsed(ServiceError):
    code = "counter_number_used"
    message = _("There is a counter of this number already. Please choose another one.")
    field = "number"
    http_status = 409


def add_counter(*, number: int | None, place: str) -> Counter:
    """Return a new counter; its receipts are numbered `CT-007/2026-27/000001`.

    :raises CounterNumberMalformed, CounterPlaceMissing, CounterNumberUsed: it cannot be made
    """
    if number is None or not 1 <= number <= LAST_NUMBER:
        raise CounterNumberMalformed
    if not place.strip():
        raise CounterPlaceMissing
    try:
        with transaction.atomic():
            account = GatewayAccount.objects.create(
                code=f"counter-{number:03d}",
                gateway=GATEWAY,
                merchant_id=f"{number:03d}",
                receipt_series=f"CT-{number:03d}",
            )
            return Counter.objects.create(number=number, account=account, place=place.strip())
    except IntegrityError as error:
        raise CounterNumberUsed from error
